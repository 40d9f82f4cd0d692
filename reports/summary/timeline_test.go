package summary

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fanbench/fanbench/bench/results"
)

// Timelines have a common axis, unless most would have less than a sixth of it.
func TestClocks(t *testing.T) {
	trials := func(makespans ...time.Duration) (list []*results.Trial) {
		for _, m := range makespans {
			list = append(list, &results.Trial{Makespan: m * time.Second})
		}
		return list
	}
	for name, c := range map[string]struct {
		shown []*results.Trial
		want  []float64
		own   bool
	}{
		"none":        {nil, []float64{}, false},
		"missing":     {append(trials(3), nil), []float64{3, 3}, false},
		"alike":       {trials(1, 2, 6), []float64{6, 6, 6}, false},
		"two":         {trials(1, 100), []float64{100, 100}, false},
		"one is slow": {trials(1, 2, 13), []float64{1, 2, 13}, true},
	} {
		spans, own := clocks(c.shown)
		if diff := cmp.Diff(c.want, spans); diff != "" || own != c.own {
			t.Errorf("%s: own %v (-want +got):\n%s", name, own, diff)
		}
	}
}
