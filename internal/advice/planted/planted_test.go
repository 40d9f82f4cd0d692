package planted_test

import (
	"testing"

	"github.com/fanbench/fanbench/internal/advice/planted"
	_ "github.com/fanbench/fanbench/strategies/all"
)

// Each situation is searched twice: with all candidates, and as advise does, without those that
// prediction leaves out. Both must find the best limit, and leaving out must save trials.
func TestSimulatedAgainstBruteForce(t *testing.T) {
	const seeds = 2
	var total [2]planted.Screened
	changed := 0
	for _, s := range planted.Situations() {
		for seed := uint64(1); seed <= seeds; seed++ {
			all, row, err := s.Both(seed)
			if err != nil {
				t.Fatal(err)
			}
			note := ""
			if row.Advised != all.Advised {
				changed++
				note = "  changed"
			}
			t.Logf("%-34s best %-9s all %-23s %.3f %3d trials %5.1f s, left out %-23s %.3f %3d trials %5.1f s%s", row.Situation, row.Best,
				all.Advised, all.Ratio, all.Screened.Trials, all.Screened.Seconds, row.Advised, row.Ratio, row.Screened.Trials, row.Screened.Seconds, note)
			for i, r := range []planted.Row{all, row} {
				total[i].Trials += r.Screened.Trials
				total[i].First += r.Screened.First
				total[i].Seconds += r.Screened.Seconds
				if !r.Right() {
					t.Errorf("seed %d: %s: advised %q, %.3f times the best, %s", seed, r.Situation, r.Advised, r.Ratio, r.Best)
				}
			}
			if s.None != (row.Best == "") {
				t.Errorf("seed %d: %s: by brute force the best is %q", seed, row.Situation, row.Best)
			}
		}
	}
	t.Logf("all candidates: %d trials to find what to refine, %d of screening, %.0f s; left out: %d, %d, %.0f s; %d advices changed",
		total[0].First, total[0].Trials, total[0].Seconds, total[1].First, total[1].Trials, total[1].Seconds, changed)
	if total[1].First >= total[0].First {
		t.Errorf("%d trials of the first screening, %d with all candidates", total[1].First, total[0].First)
	}
}
