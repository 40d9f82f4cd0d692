package planted_test

import (
	"testing"

	"github.com/fanbench/fanbench/internal/advice/planted"
	_ "github.com/fanbench/fanbench/strategies/all"
)

func TestSimulatedAgainstBruteForce(t *testing.T) {
	for _, s := range planted.Situations() {
		for seed := uint64(1); seed <= 2; seed++ {
			row, err := s.Simulate(seed)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("seed %d: %-40s best %-10s advised %-28s %.3f", seed, row.Situation, row.Best, row.Advised, row.Ratio)
			if !row.Right() {
				t.Errorf("seed %d: %s: advised %q, %.3f times the best, %s", seed, row.Situation, row.Advised, row.Ratio, row.Best)
			}
			if s.None != (row.Best == "") {
				t.Errorf("seed %d: %s: by brute force the best is %q", seed, row.Situation, row.Best)
			}
		}
	}
}

// Leaving out what cannot win must not make the advice worse, and must save trials.
func TestLeavingOutChangesNoAdvice(t *testing.T) {
	var total [2]planted.Screened
	for _, s := range planted.Situations() {
		for seed := uint64(1); seed <= 3; seed++ {
			var rows [2]planted.Row
			for i, all := range []bool{true, false} {
				s.All = all
				row, err := s.Simulate(seed)
				if err != nil {
					t.Fatal(err)
				}
				rows[i] = row
				total[i].Trials += row.Screened.Trials
				total[i].Seconds += row.Screened.Seconds
			}
			before, after := rows[0], rows[1]
			mark := ""
			if before.Advised != after.Advised {
				mark = "  CHANGED"
			}
			t.Logf("%-36s %-24s %.3f %3d trials %6.1f s   %-24s %.3f %3d trials %6.1f s%s", s.Name,
				before.Advised, before.Ratio, before.Screened.Trials, before.Screened.Seconds,
				after.Advised, after.Ratio, after.Screened.Trials, after.Screened.Seconds, mark)
			if before.Right() && !after.Right() {
				t.Errorf("%s, seed %d: %s is %.3f times the best; with all candidates it was %s, %.3f times", s.Name, seed, after.Advised, after.Ratio, before.Advised, before.Ratio)
			}
		}
	}
	t.Logf("screening: %d trials in %.1f s with all candidates, %d in %.1f s without those that cannot win", total[0].Trials, total[0].Seconds, total[1].Trials, total[1].Seconds)
	if total[1].Trials >= total[0].Trials {
		t.Errorf("%d trials of screening, %d with all candidates", total[1].Trials, total[0].Trials)
	}
}
