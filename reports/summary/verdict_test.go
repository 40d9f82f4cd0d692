package summary

import (
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/stat"
)

// The fastest strategy that never failed may be slower than a baseline that failed.
func TestThePickAgainstTheBaseline(t *testing.T) {
	base := []float64{1, 1, 1, 1, 1, 1, 1, 1}
	for _, c := range []struct {
		head float64
		want string
	}{
		{2, "It takes 2.00 [2.00, 2.00] times as long as sequential."},
		{0.5, "It takes 0.500 [0.500, 0.500] of the time of sequential."},
		{1.001, "It is the same as sequential within 2%."},
	} {
		head := make([]float64, len(base))
		for i := range head {
			head[i] = c.head
		}
		vs := stat.Compare(base, head, stat.Options{Margin: 0.02})
		s := &Scenario{Tasks: 4, RoundsHeld: 8, Baseline: "sequential", Best: "errgroup", Strategies: []*Strategy{
			{Strategy: "errgroup", Makespan: &Spread{Median: c.head}, VsBaseline: &vs, Leads: true},
			{Strategy: "sequential", Makespan: &Spread{Median: 1}, Failure: "panic"},
		}}
		if got := s.verdict(); !strings.Contains(got, c.want) || !strings.Contains(got, "Failed: sequential (panic).") || strings.Contains(got, "undecided") {
			t.Errorf("%v: %s", c.head, got)
		}
	}
}
