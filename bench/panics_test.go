package bench

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	_ "github.com/fanbench/fanbench/strategies/all"
)

// A task that panics takes most strategies' processes down. What they had done by then is
// kept, those that live on are judged by what they say of it, and all others finish.
func TestATaskThatPanics(t *testing.T) {
	s, err := scenario.Decode("panics.yaml", []byte(`
target: {sleep: {latency: constant:1ms}}
workload: {tasks: 20, panics: [7, 15-16], timeout: 1m}
strategies: [sequential, "fixed-pool:workers=2", "conc-pool:limit=2", "ants:limit=2", "pond:limit=2"]
measure: {rounds: 2, warmup: 0, error_budget: 50%}
`))
	if err != nil {
		t.Fatal(err)
	}
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: workerCommand(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		strategy    string
		trials      int
		status      results.Status
		least, most int // tasks done in each
		text        string
	}{
		{"sequential", 1, results.StatusPanic, 8, 8, "panic: task 7 panics"},
		// The other worker may be at an earlier task yet, and goes on until the process ends.
		{"fixed-pool:workers=2", 1, results.StatusPanic, 7, 19, "panic: task 7 panics"},
		{"conc-pool:limit=2", 1, results.StatusPanic, 20, 20, "task 7 panics"}, // it does all the rest, and panics then
		{"ants:limit=2", 2, results.StatusIncomplete, 20, 20, ""},
		{"pond:limit=2", 2, results.StatusError, 7, 19, "task 7 panics"},
	} {
		trials := run.Measured(s.Name, want.strategy)
		if len(trials) != want.trials {
			t.Errorf("%s: %d trials, want %d", want.strategy, len(trials), want.trials)
			continue
		}
		for _, tr := range trials {
			if n := tr.Audit.Done; tr.Status != want.status || n < want.least || n > want.most || !strings.Contains(tr.Error, want.text) || tr.Audit.Aborted == 0 || tr.Comparable() {
				t.Errorf("%s: %s after %d tasks: %q; want %+v", want.strategy, tr.Status, n, tr.Error, want)
			}
			if records, err := run.Records(tr); err != nil || results.NewAudit(records, tr.Returned) != tr.Audit {
				t.Errorf("%s: its records: %v", want.strategy, err)
			}
		}
	}
	if f := strings.Join(run.Failures(), "\n"); !strings.Contains(f, "ants:limit=2, round 1: 3 of 20 tasks panicked or ended their goroutine, and the strategy returned nil") {
		t.Errorf("failures:\n%s", f)
	}
}

func TestPanicsThatCannotBe(t *testing.T) {
	_, err := scenario.Decode("p.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4, panics: [x, 3-1]}\nstrategies: [sequential]\n"))
	for _, want := range []string{`p.yaml:2:31: "x" is not a task`, `p.yaml:2:34: "3-1" is not a task`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	s, err := scenario.Decode("p.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4, panics: [0, 4, 2-9]}\nstrategies: [sequential]\n"))
	if err != nil {
		t.Fatal(err)
	}
	err = Check([]scenario.Scenario{s}, Options{})
	for _, want := range []string{
		"p.yaml:2:34: workload.panics[1]: there is no task 4: the tasks of this batch are 0 to 3", "there is no task 2-9",
		"workload.panics: needs each strategy in its own process",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
