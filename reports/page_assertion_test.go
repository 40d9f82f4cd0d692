package reports

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// The page shows the outcome of every assertion, with the interval that it is based on.
func TestThePageHasAssertions(t *testing.T) {
	run, err := results.Open(copyRun(t, "run"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"makespan < 1h", "lost > 0"} {
		a, err := scenario.ParseAssertion(text)
		if err != nil {
			t.Fatal(err)
		}
		run.Scenarios[0].Scenario.Assert = append(run.Scenarios[0].Scenario.Assert, a)
	}
	r, err := Render(run, Options{dpi: coarse})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(r.dir, pageFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<li>assert: pass: makespan &lt; 1h: [^<]+ \[[^<]+, [^<]+\]</li>`,
		`<li>assert: fail: lost &gt; 0: [^<]+ 0 of \d+ tasks</li>`,
	} {
		if !regexp.MustCompile(want).Match(text) {
			i := strings.Index(string(text), "assert")
			t.Errorf("no %s in the page; it has\n%.400s", want, text[max(i, 0):])
		}
	}
}
