package reports

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	_ "github.com/fanbench/fanbench/strategies/all"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// copyRun copies a run of testdata into a directory for its reports.
func copyRun(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// coarse is a resolution at which charts are cheap.
const coarse = 16

func render(t *testing.T, dir string, o Options) *Report {
	t.Helper()
	o.dpi = coarse
	run, err := results.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Render(run, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// renders are the runs of testdata. Each is rendered once, for all tests that only read it.
var renders = struct {
	dir string
	of  map[string]*Report
}{of: map[string]*Report{}}

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "fanbench-reports")
	if err != nil {
		panic(err)
	}
	renders.dir = dir
	_ = os.Unsetenv("COLUMNS") // golden files are as wide as without it
	status := m.Run()
	_ = os.RemoveAll(dir) // it is in a temporary directory anyway
	os.Exit(status)
}

// rendered returns a run of testdata with its reports. Tests must not change it.
func rendered(t *testing.T, name string) *Report {
	t.Helper()
	if r := renders.of[name]; r != nil {
		return r
	}
	dir := filepath.Join(renders.dir, name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", name))); err != nil {
		t.Fatal(err)
	}
	renders.of[name] = render(t, dir, Options{SVG: name == "urls", Parquet: name == "run"}) // SVG only for the smaller run
	return renders.of[name]
}

// printed is the report's terminal output, with RUN in place of the run directory.
func printed(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(strings.ReplaceAll(b.String(), r.dir, "RUN"))
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"run", "urls"} {
		t.Run(name, func(t *testing.T) {
			r := rendered(t, name)
			got := map[string]string{"terminal.txt": printed(t, r)}
			files := []string{"summary.md", "summary.json", "summary.csv", "trials.csv", "junit.xml", "metrics.txt"}
			if len(r.Summary.Scenarios) > 1 {
				files = append(files, "matrix.md")
			}
			for _, f := range files {
				text, err := os.ReadFile(filepath.Join(r.dir, f))
				if err != nil {
					t.Fatal(err)
				}
				got[f] = string(text)
			}
			for f, text := range got {
				path := filepath.Join("testdata", "golden", name+"-"+f)
				if *update {
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
						t.Fatal(err)
					}
					continue
				}
				want, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), text); diff != "" {
					t.Errorf("%s (-want +got; go test ./reports -update accepts it):\n%s", f, diff)
				}
			}
		})
	}
}

func TestRenderingAgainGivesTheSameBytes(t *testing.T) {
	for _, name := range []string{"run", "urls", "recorded"} {
		first := rendered(t, name)
		again := render(t, copyRun(t, name), Options{SVG: name == "urls", Parquet: name == "run"})
		if len(first.Files) != len(again.Files) {
			t.Fatalf("%s: %d files, then %d", name, len(first.Files), len(again.Files))
		}
		for i, f := range first.Files {
			a, errA := os.ReadFile(f)
			b, errB := os.ReadFile(again.Files[i])
			if errA != nil || errB != nil || !bytes.Equal(a, b) {
				t.Errorf("%s differs, or cannot be read: %v, %v", f, errA, errB)
			}
		}
	}
}

func TestHistogramLogsHoldEveryTask(t *testing.T) {
	r := rendered(t, "run")
	for _, sc := range r.Summary.Scenarios {
		for _, st := range sc.Strategies {
			got := map[string]int64{}
			reader := hdrhistogram.NewHistogramLogReader(bytes.NewReader(st.HistogramLog))
			for {
				h, err := reader.NextIntervalHistogram()
				if err != nil {
					t.Fatal(err)
				}
				if h == nil {
					break
				}
				got[h.Tag()] += h.TotalCount()
			}
			n := int64(st.Comparable * sc.Tasks)
			if diff := cmp.Diff(map[string]int64{"sojourn": n, "wait": n, "service": n}, got); diff != "" {
				t.Errorf("%s, %s: tasks by tag (-want +got):\n%s", sc.Name, st.Strategy, diff)
			}
		}
	}
}

func TestParquetHoldsEveryRecord(t *testing.T) {
	r := rendered(t, "run")
	rows, err := parquet.ReadFile[taskRow](filepath.Join(r.dir, "tasks.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	failed, lost := 0, 0
	for _, row := range rows {
		switch {
		case row.Round < 0:
		case row.Outcome == "pending":
			lost++
		case row.Outcome != "ok":
			failed++
			if row.Error != "HTTP 500 Internal Server Error" || row.Status != 500 {
				t.Errorf("a failed task's row is %+v", row)
			}
		}
	}
	wantFailed, wantLost := 0, 0
	for _, sc := range r.Summary.Scenarios {
		for _, st := range sc.Strategies {
			wantFailed += st.Failed
			wantLost += st.Lost
		}
	}
	if wantFailed == 0 || failed != wantFailed || lost != wantLost {
		t.Errorf("%d failed and %d lost tasks, want %d and %d", failed, lost, wantFailed, wantLost)
	}
	run, err := results.Open(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := len(run.Trials) * 12; len(rows) != want {
		t.Errorf("%d rows, want %d", len(rows), want)
	}
}

// editing returns a function that changes a file of a directory.
func editing(t *testing.T, dir string) func(name string, change func([]byte) []byte) {
	return func(name string, change func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(dir, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// firstLines returns the first lines of every report that people read.
func firstLines(t *testing.T, r *Report) map[string]string {
	t.Helper()
	terminal, _, _ := strings.Cut(printed(t, r), "\n\n")
	lines := map[string]string{"the terminal": terminal}
	for _, f := range []string{"index.html", "summary.md"} {
		page, err := os.ReadFile(filepath.Join(r.dir, f))
		if err != nil {
			t.Fatal(err)
		}
		lines[f] = string(page)
	}
	return lines
}

// A run whose coordinator was killed is rendered as far as possible, and its first line says
// so.
func TestUnfinishedRun(t *testing.T) {
	dir := copyRun(t, "run")
	edit := editing(t, dir)
	edit("run.json", func(b []byte) []byte {
		return bytes.Replace(b, []byte(`"status": "complete"`), []byte(`"status": "running"`), 1)
	})
	lines := func(n int) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Join(bytes.SplitAfter(b, []byte("\n"))[:n], nil) }
	}
	edit("trials.jsonl", lines(14))
	edit("bench.txt", lines(16))
	r := render(t, dir, Options{})
	for where, text := range firstLines(t, r) {
		if !strings.Contains(text, "UNFINISHED") {
			t.Errorf("%s does not say that the run is unfinished", where)
		}
	}
	for _, want := range []string{"From ", "No trial was measured."} {
		if text := printed(t, r); !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("nothing says %q in:\n%s", want, text)
		}
	}
}

// A run with missing or truncated records is invalid: every report names the files in its
// first line.
func TestDamagedRun(t *testing.T) {
	dir := copyRun(t, "run")
	editing(t, dir)("tasks/steady/fixed-pool_workers=3/round-0001.rec", func(b []byte) []byte { return b[:100] })
	if err := os.Remove(filepath.Join(dir, "tasks/steady/sequential/round-0002.rec")); err != nil {
		t.Fatal(err)
	}
	for where, text := range firstLines(t, render(t, dir, Options{})) {
		for _, want := range []string{"INVALID", "steady/fixed-pool_workers=3/round-0001.rec", "was altered", "steady/sequential/round-0002.rec", "is missing"} {
			if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
				t.Errorf("%s does not say %q", where, want)
			}
		}
	}
}

// Without the records of one strategy, or of all, fewer charts are drawn, and nothing panics.
func TestRecordsThatAreGone(t *testing.T) {
	dir := copyRun(t, "run")
	for _, gone := range []string{"tasks/steady/sequential", "tasks/steady", "tasks"} {
		if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(gone))); err != nil {
			t.Fatal(err)
		}
		if text := printed(t, render(t, dir, Options{NoCharts: true})); !strings.HasPrefix(text, "INVALID for ") || !strings.Contains(text, "\n- tasks/") {
			t.Errorf("no warning about the missing %s:\n%s", gone, text)
		}
	}
}

// Without a recording its chart is missing, and a warning gives the reason.
func TestRecordingsThatAreGone(t *testing.T) {
	dir := copyRun(t, "recorded")
	if err := os.RemoveAll(filepath.Join(dir, "usage")); err != nil {
		t.Fatal(err)
	}
	if text := printed(t, render(t, dir, Options{})); !strings.Contains(text, "reading a recording") {
		t.Errorf("nothing warns:\n%s", text)
	}
}

func TestEveryFileIsListed(t *testing.T) {
	dir := copyRun(t, "urls")
	before := map[string]bool{}
	walk := func(visit func(path string)) {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				visit(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	walk(func(path string) { before[path] = true })
	listed := map[string]bool{}
	for _, f := range render(t, dir, Options{SVG: true, Theme: "dark"}).Files {
		listed[f] = true
	}
	walk(func(path string) {
		if !before[path] && !listed[path] {
			t.Errorf("%s was written but not listed", path)
		}
	})
}

func TestOptionsCheck(t *testing.T) {
	if err := (Options{Theme: "dark"}).Check(); err != nil {
		t.Error(err)
	}
	if err := (Options{Theme: "pink"}).Check(); err == nil || !strings.Contains(err.Error(), "light or dark") {
		t.Errorf("unknown theme: %v", err)
	}
}

// Without charts there is no page, and none is listed.
func TestListingNamesOnlyWhatExists(t *testing.T) {
	for _, noCharts := range []bool{false, true} {
		dir := copyRun(t, "urls")
		r := render(t, dir, Options{NoCharts: noCharts})
		want := "index.html"
		if noCharts {
			want = "summary.md"
		}
		if got := filepath.Base(r.Start()); got != want {
			t.Errorf("without charts: %v: start is %s, want %s", noCharts, got, want)
		}
		for _, line := range append(r.listing(), r.Start()) {
			file, _, _ := strings.Cut(line, " (")
			if _, err := os.Stat(file); err != nil {
				t.Errorf("without charts: %v: %v", noCharts, err)
			}
		}
	}
}

func TestVerdictInCSVIsOneWord(t *testing.T) {
	for _, name := range []string{"run", "urls"} {
		r := rendered(t, name)
		for _, sc := range r.Summary.Scenarios {
			for _, st := range sc.Strategies {
				word := verdictWord(sc, st)
				if strings.ContainsAny(word, " (:;") || (word == "failed") != (st.Failure != "") {
					t.Errorf("%s: %q", st.Strategy, word)
				}
			}
		}
	}
}
