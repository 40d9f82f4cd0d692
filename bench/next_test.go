package bench

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// What is measured next may follow from what was: it is planned, held and written like
// what was known from the start.
func TestAScenarioFollowsFromAnother(t *testing.T) {
	look, last := scenarioOf(t, `sequential, "fixed-pool:workers=2", errgroup`), scenarioOf(t, `errgroup, sequential`)
	look.Name, look.Measure.Screening, look.Measure.Rounds = "look", true, 2
	// In a screening, tasks may fail as often as they like.
	wrong := spoil{"sequential": func(round int, records []strategies.Record, rep *worker.Report) error {
		if round <= 2 {
			records[0].Outcome = strategies.Failed
		}
		return nil
	}}
	asked := 0
	run, err := measure(t.Context(), []scenario.Scenario{look}, Options{
		Dir: filepath.Join(t.TempDir(), "run"),
		Next: func(run *results.Run) *scenario.Scenario {
			if asked++; asked > 1 {
				return nil
			}
			if n := len(run.Measured("look", "errgroup")); n != 2 {
				t.Errorf("asked after %d rounds", n)
			}
			last.Measure.ErrorBudget = 0.5
			return &last
		},
	}, fakes(wrong))
	if err != nil {
		t.Fatal(err)
	}
	again := reopen(t, run)
	if asked != 2 || len(again.Scenarios) != 2 || again.PlannedRounds("fake") != 6 || len(again.Measured("fake", "errgroup")) != 6 {
		t.Errorf("asked %d times; %d scenarios, %d trials", asked, len(again.Scenarios), len(again.Trials))
	}
	if !again.Scenarios[0].Scenario.Measure.Screening || again.Scenarios[1].Scenario.Measure.Screening {
		t.Error("run.json does not tell which was the screening")
	}
	if again.Status != results.RunComplete {
		t.Errorf("status %s: %v", again.Status, again.Reasons)
	}
	warnings := strings.Join(again.Warnings, "\n")
	if !strings.Contains(warnings, "look: sequential: 2 of 40 tasks failed") {
		t.Errorf("nothing tells what failed in the screening: %s", warnings)
	}
}

func TestAMistakeInWhatFollowsEndsTheRun(t *testing.T) {
	s := scenarioOf(t, "sequential")
	run, err := measure(t.Context(), []scenario.Scenario{s}, Options{
		Dir:  filepath.Join(t.TempDir(), "run"),
		Next: func(*results.Run) *scenario.Scenario { return &scenario.Scenario{Name: "no target"} },
	}, fakes(nil))
	if err == nil || !strings.Contains(err.Error(), "what to measure next: ") || run == nil || run.Status != results.RunPartial || len(run.Trials) != 7 {
		t.Errorf("got %v, %+v", errors.Unwrap(err), run)
	}
}

func TestExpectation(t *testing.T) {
	s := scenarioOf(t, `sequential, "fixed-pool:workers=4"`)
	at := s.Expectation()
	one, four := at(s.Strategies[0]), at(s.Strategies[1])
	sum := one
	for _, p := range s.Latencies(1) {
		sum -= p
	}
	if sum != 0 || four >= one || four < one/4 {
		t.Errorf("sequential is expected to take %v, a pool of four %v", one, four)
	}
	s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
	if s.Expectation() != nil {
		t.Error("a service of somebody else's is expected to take a time")
	}
}
