package bench

import (
	"testing"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// A strategy that did everything and returns an error has not given up at it.
func TestOnlyWhoLeavesTasksHasStopped(t *testing.T) {
	fails := func(_ int, records []strategies.Record, rep *worker.Report) error {
		records[3].Outcome, rep.Error = strategies.Failed, "HTTP 500"
		return nil
	}
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.ErrorBudget = 1
	run := measureFake(t.Context(), t, s, spoil{
		"errgroup": fails,
		"sequential": func(round int, records []strategies.Record, rep *worker.Report) error {
			clear(records[4:])
			return fails(round, records, rep)
		},
	})
	if s := run.Stops(); len(s) != 1 || s[0] != "fake: sequential, warm-up 1: 16 of 20 tasks never started; HTTP 500" {
		t.Errorf("stops %q", s)
	}
	if f := run.Failures(); len(f) > 0 {
		t.Errorf("failures %q", f)
	}
}

// A server that turns requests away meets the bound where it turned none away.
func TestABoundedQueueHasABound(t *testing.T) {
	s, err := scenario.Decode("q.yaml", []byte("target: {mock: {latency: constant:10ms, slots: 2, queue: 3}}\nworkload: {tasks: 8}\nstrategies: [errgroup]\n"))
	if err != nil {
		t.Fatal(err)
	}
	b := s.Bound(s.Latencies(1), 0)
	if b == nil || b.Lower != 4*s.Latencies(1)[0] {
		t.Fatalf("bound %+v", b)
	}
	tr := results.Trial{Bound: b}
	tr.Judge([]strategies.Record{{End: 5, Runs: 1, Outcome: strategies.Failed}})
	if tr.Bound != nil {
		t.Error("a trial with a task that failed has a bound")
	}
}
