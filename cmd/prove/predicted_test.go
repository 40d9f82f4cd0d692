package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/predict"
)

// What is measured for real is checked as a user's scenario would be.
func TestHeldOutBatchesCanBeMeasured(t *testing.T) {
	p := defaultHeld()
	list := slices.Concat(p.scenarios(p.Tasks, 1, p.Rounds, 1), p.scenarios(p.Tasks*p.Factor, 0, p.Again, 2), p.arriving(), []scenario.Scenario{p.alone()})
	for _, s := range list {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if len(p.Situations) < 6 || len(p.Strategies) < 8 {
		t.Errorf("%d situations, %d strategies", len(p.Situations), len(p.Strategies))
	}
	if err := checkOnly(heldPart, ""); err != nil {
		t.Error(err)
	}
}

// cellOf is a batch that took so long in three rounds, predicted to take seconds.
func cellOf(situation string, seconds float64, warned bool, measured ...float64) heldCell {
	m := &predict.Makespan{Seconds: seconds, Low: 0.95 * seconds, High: 1.05 * seconds}
	return heldCell{Situation: situation, Strategy: "errgroup", Known: m, Warned: [2]bool{warned, false}, Refused: [2]string{"", "too few"}, Measured: measured}
}

func TestHeldOutBatchesAreJudged(t *testing.T) {
	r := &heldResults{Tasks: 100, Factor: 10, Rounds: 5, Environment: machine.Environment{CPU: "a CPU"}}
	for range 9 {
		r.Cells = append(r.Cells, cellOf("good", 1, false, 1, 1.01, 0.99))
	}
	r.Cells = append(r.Cells, cellOf("luckless", 1, false, 1.02, 1.02, 1.2))
	text := r.markdown()
	for _, want := range []string{"29 of 30 batches", "hold 90 to 98% of the batches. Met.", "at most 2%. Met.", "without a warning. Met.", "| too few"} {
		if !strings.Contains(text, want) && !strings.Contains(text, strings.Replace(want, "| too", "| --sample: too", 1)) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if f := r.figure(); !strings.Contains(f.Title, "29 of 30") {
		t.Error(f.Title)
	}
	r.Cells = append(r.Cells, cellOf("far", 2, true, 1, 1, 1))
	if text := r.markdown(); !strings.Contains(text, "without a warning. Met.") || !strings.Contains(text, "+100.0% (warned)") || !strings.Contains(text, "| 0 of 3 |") {
		t.Error(text)
	}
	r.Cells = append(r.Cells, cellOf("far", 2, false, 1, 1, 1))
	if text := r.markdown(); !strings.Contains(text, "without a warning. MISSED") {
		t.Error(text)
	}
	m := predict.Makespan{Seconds: 0.031, Low: 0.029, High: 0.033}
	r.Responses = []heldResponse{{"load-50percent", "errgroup", "median", []float64{0.03, 0.03}, m, false, false}, {"load-90percent", "errgroup", "p99", nil, m, true, false}}
	if text := r.markdown(); !strings.Contains(text, "| +3.3% | 2 of 2 |") || !strings.Contains(text, "| unstable | - |") {
		t.Error(text)
	}
	r.Cells = append(r.Cells, heldCell{Situation: "x", Strategy: "y"})
	if text := r.text(); !strings.Contains(text, "not done") {
		t.Error(text)
	}
}
