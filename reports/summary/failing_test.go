package summary

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// failed is the summary of a run of nine rounds of a hundred tasks. In every trial of the
// i-th strategy counts[i] tasks fail.
func failed(t *testing.T, counts [4]int) *Run {
	t.Helper()
	s, err := scenario.Decode("f.yaml", []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 100}\nstrategies: [goroutine-per-task, sequential, errgroup, semaphore]\nmeasure: {rounds: 9, error_budget: 10%}\n"))
	if err != nil {
		t.Fatal(err)
	}
	run := &results.Run{Dir: t.TempDir(), Manifest: results.Manifest{Status: results.RunComplete, Scenarios: []results.Planned{{Scenario: s, Plan: scenario.NewPlan(4, 0, 9, 1)}}}}
	for round := 1; round <= 9; round++ {
		for i, c := range s.Strategies {
			run.Trials = append(run.Trials, results.Trial{
				Scenario: s.Name, Strategy: c.String(), Round: round, Status: results.StatusError, Faults: []string{"HTTP 429"},
				Makespan: []time.Duration{1, 90, 80, 70}[i] * time.Millisecond,
				Audit:    results.Audit{Done: 100, Failed: counts[i]},
			})
		}
	}
	sum, err := Of(run)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// If no task succeeds, nothing is compared.
func TestNothingSucceeded(t *testing.T) {
	sum := failed(t, [4]int{100, 100, 100, 100})
	sc := sum.Scenarios[0]
	if sc.Best != "" || !strings.HasPrefix(sc.Verdict, "No strategy succeeded, so there is nothing to compare. Failed: ") {
		t.Errorf("best %q, %s", sc.Best, sc.Verdict)
	}
	for _, st := range sc.Strategies {
		if st.Leads || st.VsBaseline != nil || st.Failure != FailedTasks || st.Trouble != "all 900 tasks failed: HTTP 429" {
			t.Errorf("%+v", st)
		}
	}
}

// A batch of refusals is faster than one of answers, but does not win.
func TestFailingFastWinsNothing(t *testing.T) {
	sum := failed(t, [4]int{60, 3, 4, 6})
	sc := sum.Scenarios[0]
	for strategy, want := range map[string]struct {
		failure string
		done    float64
	}{
		"goroutine-per-task": {FailedTasks, 0.40},
		"sequential":         {"", 0},
		"errgroup":           {"", 0}, // one more in a hundred is within the margin
		"semaphore:limit=8":  {FailedTasks, 0.94},
	} {
		st := sc.Find(strategy)
		if st.Failure != want.failure || (st.Done != nil) != (want.failure != "") || st.Done != nil && *st.Done != want.done {
			t.Errorf("%s: %q %q, done %v", strategy, st.Failure, st.Trouble, st.Done)
		}
		if st.Failure != "" && (st.VsBaseline != nil || st.Leads || st.Makespan == nil) {
			t.Errorf("%s is compared with others: %+v", strategy, st)
		}
	}
	if sc.Best != "errgroup" || sc.Baseline != "sequential" || sc.Find("errgroup").VsBaseline == nil {
		t.Errorf("best %q, baseline %q", sc.Best, sc.Baseline)
	}
	if w := "f: goroutine-per-task failed too many tasks, so the others are compared with sequential"; !slices.Contains(sum.Warnings, w) {
		t.Errorf("warnings %q", sum.Warnings)
	}
	if st := sc.Find("goroutine-per-task"); st.Trouble != "540 of 900 tasks failed, but only 3% of another strategy's: HTTP 429" || !strings.Contains(sc.Verdict, "Failed: ") {
		t.Errorf("%q\n%s", st.Trouble, sc.Verdict)
	}
}
