package benchtable

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// series returns lines of one benchmark with normal noise around a mean.
func series(name string, n int, mean, noise float64, seed uint64, more string) string {
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "Benchmark%s \t %d\t %.1f ns/op%s\n", name, 1000, mean*(1+noise*random.NormFloat64()), more)
	}
	return b.String()
}

// corpus has inputs and layouts for which benchstat and this package must give the same
// tables.
var corpus = map[string]struct {
	inputs []string
	layout Layout
}{
	"two files": {inputs: []string{
		"goos: linux\npkg: a\n" + series("Sum/size=1-8", 10, 100, .02, 1, " 16 B/op 2 allocs/op") + series("Sum/size=2-8", 10, 2e6, .02, 2, ""),
		"goos: linux\npkg: a\n" + series("Sum/size=1-8", 10, 110, .02, 3, " 16 B/op 2 allocs/op") + series("Sum/size=2-8", 10, 2e6, .02, 4, ""),
	}},
	"three files and another number of samples": {inputs: []string{series("A", 8, 5, .1, 1, ""), series("A", 11, 6, .1, 2, ""), series("A", 3, 7, .1, 3, "")}},
	"one file":                  {inputs: []string{series("A", 6, 5, .1, 1, "")}},
	"nothing in it":             {inputs: []string{"PASS\n", "ok\n"}},
	"few samples":               {inputs: []string{series("A", 1, 5, .1, 1, "") + series("B", 5, 5, .1, 2, ""), series("A", 1, 6, .1, 3, "") + series("B", 4, 9, .1, 4, "")}},
	"benchmarks lost and found": {inputs: []string{series("A", 6, 5, .1, 1, "") + series("B", 6, 5, .1, 2, ""), series("C", 6, 6, .1, 3, "") + series("B", 6, 5, .1, 4, "")}},
	"several packages and machines": {inputs: []string{
		"goos: linux\npkg: a\ncpu: x\n" + series("A", 6, 5, .1, 1, "") + "pkg: b\n" + series("A", 6, 50, .1, 2, ""),
		"goos: linux\npkg: a\ncpu: y\n" + series("A", 6, 5, .1, 3, "") + "pkg: b\n" + series("A", 6, 55, .1, 4, ""),
	}},
	"zeros":           {inputs: []string{series("A", 6, 0, 0, 1, " 0 allocs/op") + series("B", 6, 5, 0, 1, " 0 allocs/op"), series("A", 6, 0, 0, 2, " 0 allocs/op") + series("B", 6, 5, 0, 1, " 3 allocs/op")}},
	"zero base alone": {inputs: []string{series("A", 6, 3, .1, 1, " 0 errors"), series("A", 6, 3, .1, 2, " 5 errors")}},
	"units that assume": {inputs: []string{
		"Unit text-bytes assume=exact\nUnit score better=higher assume=nothing\n" + series("A", 6, 5, .1, 1, " 100 text-bytes 7 score"),
		series("A", 6, 5, .1, 2, " 105 text-bytes 9 score") + "BenchmarkA 1 106 text-bytes\n",
	}},
	"custom units": {inputs: []string{series("A", 6, 5, .1, 1, " 120 MB/s 5 p99-ns"), series("A", 6, 5, .1, 2, " 130 MB/s 6 p99-ns")}},
	"broken lines": {inputs: []string{"BenchmarkA\nBenchmarkB x 5 ns/op\nBenchmarkC 1\n" + series("A", 6, 5, .1, 1, ""), "Benchmark\n" + series("A", 6, 5, .1, 2, "")}},
	"strategies side by side": {
		inputs: []string{series("Fanout/scenario=k/strategy=sequential-2", 6, 5e9, .01, 1, "") + series("Fanout/scenario=k/strategy=fixed-pool:workers=4-2", 6, 1e9, .01, 2, "") + series("Fanout/scenario=k/strategy=fixed-pool:workers=8-2", 6, 5e8, .01, 3, "")},
		layout: Layout{Col: "/strategy"},
	},
	"filter": {
		inputs: []string{"pkg: a\n" + series("A/n=10", 6, 5, .1, 1, "") + series("A/n=2", 6, 7, .1, 2, "") + "pkg: b\n" + series("A/n=2", 6, 9, .1, 3, ""), series("A/n=10", 6, 5, .1, 4, " 1 B/op") + series("B/n=2", 6, 5, .1, 5, "")},
		layout: Layout{Col: ".file", Filter: ".unit:ns/op"},
	},
	"sorted by hand": {
		inputs: []string{series("A/n=10", 6, 5, .1, 1, "") + series("A/n=2", 6, 7, .1, 2, "") + series("A/n=3", 6, 7, .1, 2, "")},
		layout: Layout{Table: "/m", Col: "/n@(2 10)"},
	},
}

// The tables of this package are those of benchstat.
func TestCSVIsThatOfBenchstat(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "benchstat")
	if out, err := exec.Command("go", "build", "-o", tool, "golang.org/x/perf/cmd/benchstat").CombinedOutput(); err != nil {
		t.Fatalf("building benchstat: %v\n%s", err, out)
	}
	for name, c := range corpus {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := []string{"-format", "csv"}
			flag := func(name, value string) {
				if value != "" {
					args = append(args, name, value)
				}
			}
			flag("-filter", c.layout.Filter)
			flag("-table", c.layout.Table)
			flag("-col", c.layout.Col)
			var inputs []Input
			for i, text := range c.inputs {
				file := filepath.Join(dir, fmt.Sprintf("%d.txt", i))
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				label := fmt.Sprintf("side%d", i)
				args = append(args, label+"="+file)
				inputs = append(inputs, Input{label, file, text})
			}
			want, err := exec.Command(tool, args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			tables, err := New(inputs, c.layout)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := tables.csv(&got); err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("got\n%s\nbenchstat says\n%s", got.String(), want)
			}
			if name != "nothing in it" && len(want) < 20 {
				t.Errorf("benchstat printed almost nothing: %q", want)
			}
		})
	}
}

func TestABadLayoutIsAnError(t *testing.T) {
	if _, err := New(nil, Layout{Table: "(", Col: "/a@"}); err == nil {
		t.Error("no error")
	}
	if _, err := New(nil, Layout{Filter: "a:("}); err == nil {
		t.Error("no error")
	}
}

func TestTextAndMarkdown(t *testing.T) {
	c := corpus["few samples"]
	tables, err := New([]Input{{"base", "b", c.inputs[0]}, {"head", "h", c.inputs[1] + "BenchmarkX y\n"}}, c.layout)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables.Skipped) != 1 {
		t.Errorf("skipped %v", tables.Skipped)
	}
	var text, md bytes.Buffer
	if err := tables.Text(&text, 0); err != nil {
		t.Fatal(err)
	}
	if err := tables.Markdown(&md); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"sec/op", "base", "vs base", "± ∞", "geomean", "note: need >= 6 samples"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if !strings.Contains(md.String(), "| sec/op | base | head | vs base |") {
		t.Errorf("markdown:\n%s", md.String())
	}
}

func TestValuesThatAreNoNumbersAreSkipped(t *testing.T) {
	tables, err := New([]Input{{Label: "a", Name: "a.txt", Text: "BenchmarkX 1 5 ns/op\nBenchmarkX 1 NaN ns/op\nBenchmarkX 1 +Inf B/op\n"}}, Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if len(tables.Skipped) != 2 || tables.Skipped[0].Error() != "a.txt:2: NaN sec/op is not a finite number" || tables.Tables[0].Rows[0].Cells[0].N != 1 {
		t.Errorf("skipped %v", tables.Skipped)
	}
}

// csv writes the tables in the format of benchstat -format csv: a column for the benchmark's
// name, two for the first sample (centre and range), and four for each further one (also the
// difference and p).
func (t *Tables) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	for i, table := range t.Tables {
		if i > 0 {
			// The writer keeps the first error for Error.
			_ = out.Write([]string{""})
		}
		for _, line := range table.Config {
			_ = out.Write([]string{line})
		}
		for _, row := range table.csvRows() {
			_ = out.Write(row)
		}
	}
	out.Flush()
	return out.Error()
}

// first is the index of a column's first field.
func first(col int) int {
	if col == 0 {
		return 1
	}
	return 4*col - 1
}

// fill adds empty fields until the row has n.
func fill(row []string, n int) []string {
	for len(row) < n {
		row = append(row, "")
	}
	return row
}

func (t *Table) csvRows() [][]string {
	var rows [][]string
	width := first(len(t.Means))
	for _, values := range t.Heads {
		var row []string
		for col, value := range values {
			row = append(fill(row, first(col)), value)
		}
		rows = append(rows, fill(row, width))
	}
	units := []string{"", t.Unit, "CI"}
	for range len(t.Means) - 1 {
		units = append(units, t.Unit, "CI", "vs base", "P")
	}
	rows = append(rows, units)
	for _, r := range t.Rows {
		row := []string{r.Name}
		for col, c := range r.Cells {
			if c == nil {
				continue
			}
			row = append(fill(row, first(col)), fmt.Sprint(c.Center), c.Range)
			if c.P != "" {
				row = append(row, c.Delta, c.P)
			}
		}
		rows = append(rows, row)
	}
	row := []string{"geomean"}
	for col, m := range t.Means {
		row = fill(row, first(col))
		if m.Center != nil {
			row = append(row, fmt.Sprint(*m.Center))
		}
		if col > 0 {
			row = append(fill(row, first(col)+2), m.ratio())
		}
	}
	return append(rows, fill(row, width))
}
