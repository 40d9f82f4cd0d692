package planted

import (
	"math"

	"github.com/fanbench/fanbench/bench/stat"
)

// Truth is the brute-force result of each candidate: the logarithms of its makespans,
// element i being that of round i; nil for a candidate that fails.
type Truth [][]float64

// Best is the candidate with the least mean logarithm, -1 if none works.
func (t Truth) Best() int {
	best, least := -1, math.Inf(1)
	for i, logs := range t {
		if len(logs) == 0 {
			continue
		}
		if mean := stat.Describe(logs).Mean; mean < least {
			best, least = i, mean
		}
	}
	return best
}

// Judge returns the ratio of Row for an advice. any means that something was advised, and
// advised is the brute-force result of it.
func (t Truth) Judge(any bool, advised []float64) float64 {
	switch best := t.Best(); {
	case best < 0 && !any:
		return 1
	case best < 0 || !any:
		return math.Inf(1)
	default:
		return Ratio(advised, t[best])
	}
}

// Ratio is a makespan relative to another, round by round: the Hodges-Lehmann estimate. It
// is +Inf for a candidate that fails.
func Ratio(logs, of []float64) float64 {
	if len(logs) == 0 {
		return math.Inf(1)
	}
	differences := make([]float64, len(logs))
	for i, v := range logs {
		differences[i] = v - of[i]
	}
	center, _ := stat.HodgesLehmann(differences, 0.95)
	return math.Exp(center)
}
