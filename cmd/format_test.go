package cmd

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/internal/compare"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/internal/semantics"
	"github.com/fanbench/fanbench/strategies"
)

// every writes a value in every format.
func every[T any](t *testing.T, f formats[T], v T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, write := range f {
		var b bytes.Buffer
		if err := write(&b, v); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		out[name] = b.String()
	}
	return out
}

func TestAFormatThatIsNotThere(t *testing.T) {
	if _, err := doctorFormats.named("jsn"); err == nil || !strings.Contains(err.Error(), `--format: unknown format "jsn"; did you mean "json"?`) {
		t.Error(err)
	}
}

// benchText returns n lines of one benchmark with slightly different times around ns.
func benchText(name string, n int, ns float64) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Benchmark%s-2 1 %.2f ns/op\n", name, ns*(1+0.005*math.Sin(float64(7*i))))
	}
	return b.String()
}

func compared(t *testing.T, base, head string) *compare.Report {
	t.Helper()
	var sides [2]*compare.Side
	for i, text := range []string{base, head} {
		file := filepath.Join(t.TempDir(), "bench.txt")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		side, err := compare.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = side
	}
	r, err := compare.New(compare.Sides{Base: sides[0], Head: sides[1]}, compare.Options{MaxRegress: .05})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestComparisonInEveryFormat(t *testing.T) {
	base := benchText("A", 10, 100) + benchText("B", 3, 1)
	head := benchText("A", 10, 150) + benchText("B", 3, 1) + benchText("C", 3, 1)
	out := every(t, compareFormats, compared(t, base, head))
	for name, wants := range map[string][]string{
		"text":     {"REGRESSION: 1 of 2 benchmarks", "slower", "note: only HEAD has C-2", "p=0.000 n=10"},
		"markdown": {"**REGRESSION: ", "| benchmark |", "<details>"},
		"github":   {"::error title=Regression::A-2 sec/op: +", "beyond the limit of 5%25", "::warning title=fanbench cannot tell::B-2"},
		"junit":    {`failures="1"`, `skipped="1"`, `<testcase classname="fanbench.compare" name="A-2 sec/op">`, "<failure message="},
	} {
		for _, want := range wants {
			if !strings.Contains(out[name], want) {
				t.Errorf("%s: no %q in\n%s", name, want, out[name])
			}
		}
	}
	var read compare.Report
	if err := json.Unmarshal([]byte(out["json"]), &read); err != nil || read.Outcome != compare.Regression || read.Benchmarks[0].Comparison.Ratio < 1.4 {
		t.Errorf("json: %v, %+v", err, read)
	}
	if err := xml.Unmarshal([]byte(out["junit"]), new(struct{})); err != nil {
		t.Errorf("junit: %v", err)
	}
}

// Sides that cannot be compared are never a regression, in any format, even if HEAD looks slower.
func TestWhatCannotBeComparedInEveryFormat(t *testing.T) {
	r := compared(t, "cpu: old\n"+benchText("A", 10, 100), "cpu: new\n"+benchText("A", 10, 500))
	for name, text := range every(t, compareFormats, r) {
		if strings.Contains(text, "::error") || strings.Contains(text, "<failure") || strings.Contains(text, "regression") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

func TestDiagnosisInEveryFormat(t *testing.T) {
	d := &doctor.Diagnosis{Schema: doctor.Schema, Findings: []doctor.Finding{
		{Name: "clock", Level: doctor.Fine, Figure: "tsc"},
		{Name: "files", Level: doctor.Unusual, Figure: "256 open files", Advice: "raise it"},
	}}
	out := every(t, doctorFormats, d)
	for _, want := range []string{"warning  files", "-> raise it", "Fit to measure ratios, with 1 reservation."} {
		if !strings.Contains(out["text"], want) {
			t.Errorf("no %q in\n%s", want, out["text"])
		}
	}
	var again doctor.Diagnosis
	if err := json.Unmarshal([]byte(out["json"]), &again); err != nil || len(again.Findings) != 2 || again.Schema != doctor.Schema {
		t.Errorf("%v, %+v", err, again)
	}
}

func TestBehaviourInEveryFormat(t *testing.T) {
	cells := map[string]string{}
	for _, part := range semantics.Tables() {
		for _, c := range part.Columns {
			cells[c] = "cell of " + c
		}
	}
	out := every(t, semanticsFormats, semanticsReport{Matrix: semantics.Matrix{Rows: []semantics.Row{{Strategy: "s", Mismatches: []string{"OnError: declared a, found b"}, Cells: cells}}}})
	for _, name := range []string{"text", "markdown"} {
		for _, cell := range cells {
			if !strings.Contains(out[name], cell) {
				t.Errorf("%s: no %q in\n%s", name, cell, out[name])
			}
		}
		if !strings.Contains(out[name], "mismatch: s: OnError: declared a, found b") {
			t.Errorf("%s:\n%s", name, out[name])
		}
	}
	if !strings.Contains(out["markdown"], "| strategy | order |") {
		t.Errorf("got\n%s", out["markdown"])
	}
	var again semantics.Matrix
	if err := json.Unmarshal([]byte(out["json"]), &again); err != nil || again.Rows[0].Strategy != "s" {
		t.Errorf("%v\n%s", err, out["json"])
	}
}

// What commands print for people fits the terminal, whatever the names and figures. The tables of
// runs and of advice have the same test in package reports, help in TestHelpFits.
func TestTextFits(t *testing.T) {
	long := "Fanout/scenario=long-names-and-failures/tasks=40/strategy=hedged-percentile:workers=8,percentile=95%,budget=20%"
	comparison := compared(t, "goos: linux\n"+benchText(long, 10, 1e9)+benchText("B", 3, 1), "goos: linux\n"+benchText(long, 12, 1.5e9)+benchText("B", 3, 1)+benchText("C", 3, 1))
	incomparable := compared(t, "cpu: an old one with a long name\n"+benchText(long, 10, 100), "cpu: a new one with a long name\n"+benchText(long, 10, 500))
	d := &doctor.Diagnosis{Findings: []doctor.Finding{
		{Name: "A/A one after the other", Level: doctor.Fine, Figure: "called different: 1 of 6, 16.7% [0.0%, 56.1%]"},
		{Name: "sleep", Level: doctor.Unfit, Figure: "a sleep of 1 ms ends late by 117.13µs, p99 316.54µs", Advice: strings.Repeat("stop other programs ", 9)},
	}}
	d.Environment.CPU = strings.Repeat("a processor with a name ", 4)
	cells := map[string]string{}
	for _, part := range semantics.Tables() {
		for _, c := range part.Columns {
			cells[c] = "stops starting"
		}
	}
	matrix := semantics.Matrix{Go: "go1.26", Rows: []semantics.Row{
		{Strategy: "failsafe-adaptive-shared:max=200,initial=20,window=1s", Cells: cells, Mismatches: []string{"OnError: declared runs all, found stops at the first error"}},
		{Strategy: "errgroup", Cells: cells},
	}}
	for _, columns := range []int{60, 80, 200} {
		t.Setenv("COLUMNS", strconv.Itoa(columns))
		var compareOut, incomparableOut, doctorOut, listOut, matrixOut, explainedOut bytes.Buffer
		err := errors.Join(
			compareText(&compareOut, comparison), compareText(&incomparableOut, incomparable), doctorText(&doctorOut, d), listFormats["text"](&listOut, strategies.All()),
			semanticsText(&matrixOut, semanticsReport{matrix, false}), semanticsText(&explainedOut, semanticsReport{matrix, true}),
		)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{
			"compare": compareOut.String(), "compare, cannot": incomparableOut.String(), "doctor": doctorOut.String(), "list": listOut.String(),
			"semantics": matrixOut.String(), "semantics --verbose": explainedOut.String(),
		} {
			if strings.Count(text, "\n") < 4 {
				t.Errorf("%s:\n%s", what, text)
			}
			for line := range strings.Lines(text) {
				line = strings.TrimRight(line, "\n")
				path := strings.Contains(line, string(filepath.Separator)) && !strings.Contains(strings.TrimSpace(line), " ") // of a temporary directory
				if n := screen.Width(line); n > columns && !path {
					t.Errorf("%s at %d columns: %d wide: %s", what, columns, n, line)
				}
			}
		}
	}
}
