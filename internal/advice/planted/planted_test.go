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
