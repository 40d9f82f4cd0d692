package metric

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The table of docs/summary.md is the table of the code.
func TestMetricsAreDocumented(t *testing.T) {
	var want strings.Builder
	want.WriteString("| name | | bench.txt | assertion | of a strategy |\n|---|---|---|---|---|\n")
	code := func(text string) string {
		if text == "" {
			return ""
		}
		return "`" + text + "`"
	}
	for _, m := range All {
		over := map[Over]string{Median: "", Greatest: "greatest trial", InWarmup: "greatest of the warm-up", NotSummed: "trials only"}[m.Over]
		fmt.Fprintf(&want, "| %s | %s | %s | %s | %s |\n", code(m.Name()), m.Doc, code(m.Bench), code(m.Assert), over)
	}
	text, err := os.ReadFile("../../docs/summary.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), want.String()) {
		t.Errorf("docs/summary.md lacks the table\n%s", want.String())
	}
}

// Every key of Usage in trials.jsonl has a line in All, and the line sets that field.
func TestEveryFieldHasALine(t *testing.T) {
	var u Usage
	for i, m := range All {
		m.Set(&u, int64(i+1))
	}
	text, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	var read map[string]int64
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if len(read) != len(All) {
		t.Errorf("%d fields, %d lines", len(read), len(All))
	}
	for i, m := range All {
		if read[m.Key] != int64(i+1) || m.Of(u) != int64(i+1) {
			t.Errorf("%s: %d, want %d", m.Key, read[m.Key], i+1)
		}
	}
}

// No collection is no time in one; a run that counted collections and no time did not know.
func TestWhatIsKnown(t *testing.T) {
	gc, _ := ByAssert("gc-time")
	rss, _ := ByAssert("rss")
	if !gc.Known(Usage{}) || gc.Known(Usage{GCs: 1}) || !gc.Known(Usage{GCs: 1, GCTime: 1}) || rss.Known(Usage{}) {
		t.Error("what is known is not")
	}
}
