package stat

import "math"

// Step is the most likely change of level in a series.
type Step struct {
	At    int     // the first position of the new level; 0 if there is nothing to tell
	Shift float64 // median from there on minus median before
	P     float64 // of no change
}

// DetectStep finds where x changes its level: Pettitt's test (Pettitt, "A
// non-parametric approach to the change-point problem", Applied Statistics 28, 1979,
// with his approximation of P), which is the largest Mann-Whitney statistic over all
// ways to cut x in two. It assumes one change at most and independent values: a drift
// has a step too, and autocorrelation looks like one. So it describes, and proves
// nothing.
//
// Fewer than 4 values, a constant series, or a NaN or infinity: P is 1, the rest 0.
func DetectStep(x []float64) Step {
	n := float64(len(x))
	if len(x) < 4 || !allFinite(x) {
		return Step{P: 1}
	}
	largest, at, u := 0.0, 0, 0.0
	for i, rank := range midRanks(x)[:len(x)-1] {
		u += 2*rank - (n + 1)
		if math.Abs(u) > largest {
			largest, at = math.Abs(u), i+1
		}
	}
	if at == 0 {
		return Step{P: 1}
	}
	return Step{
		At:    at,
		Shift: median(x[at:]) - median(x[:at]),
		P:     min(1, 2*math.Exp(-6*largest*largest/(n*n*n+n*n))),
	}
}
