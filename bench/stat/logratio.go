package stat

import "math"

// LogRatios returns ln(head[i]/base[i]) per round. Below 0, head was the smaller.
//
// A round without a ratio is NaN, so that positions stay rounds and nothing vanishes
// unseen: a value that is zero, negative, infinite or NaN, or one that only the longer
// slice has.
func LogRatios(base, head []float64) []float64 {
	ratios := make([]float64, max(len(base), len(head)))
	for i := range ratios {
		ratios[i] = math.NaN()
		if i < len(base) && i < len(head) && positive(base[i]) && positive(head[i]) {
			ratios[i] = math.Log(head[i]) - math.Log(base[i])
		}
	}
	return ratios
}

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 1) }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func allFinite(x []float64) bool {
	for _, v := range x {
		if !finite(v) {
			return false
		}
	}
	return true
}
