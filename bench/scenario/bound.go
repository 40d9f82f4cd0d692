package scenario

import (
	"math"
	"time"

	"github.com/fanbench/fanbench/internal/queueing"
)

// Bound is what the latencies alone say about a trial's makespan. All times are makespans.
//
// Lower and Upper are Graham's: any schedule on width slots takes at least Lower, and one
// that never leaves a slot free while a task waits takes at most Upper (R. L. Graham,
// "Bounds on Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 17(2), 1969). Greedy is
// the makespan of list scheduling in task order: each task goes to the slot that is free
// first.
type Bound struct {
	Lower  time.Duration `json:"lower_ns"`
	Greedy time.Duration `json:"greedy_ns"`
	Upper  time.Duration `json:"upper_ns"`
}

// NewBound computes the bound of a batch with these latencies at the given width,
// the greatest number of tasks at once (at least 1). The zero Bound belongs to an
// empty batch.
func NewBound(latencies []time.Duration, width int) Bound {
	if len(latencies) == 0 {
		return Bound{}
	}
	width = max(1, min(width, len(latencies)))
	var sum, longest float64
	for _, p := range latencies {
		sum += float64(p)
		longest = math.Max(longest, float64(p))
	}
	k, greedy := float64(width), queueing.NewLimited(width, 0)
	greedy.Take(latencies)
	return Bound{
		Lower:  time.Duration(math.Max(longest, sum/k)),
		Greedy: greedy.Makespan(),
		Upper:  time.Duration(sum/k + (1-1/k)*longest),
	}
}

// Efficiency is the lower bound as a fraction of the measured makespan.
func (b Bound) Efficiency(makespan time.Duration) float64 {
	return float64(b.Lower) / float64(makespan)
}
