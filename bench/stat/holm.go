package stat

import (
	"cmp"
	"math"
	"slices"
)

// Holm returns p adjusted for being one of len(p), in the same order: rejecting where
// the adjusted p is at most alpha errs anywhere in the family with probability at most
// alpha, however the tests depend on each other (Holm, "A simple sequentially rejective
// multiple test procedure", Scandinavian Journal of Statistics 6, 1979). A NaN counts
// as 1.
func Holm(p []float64) []float64 {
	adjusted := make([]float64, len(p))
	ascending := make([]int, len(p))
	for i, v := range p {
		if math.IsNaN(v) {
			v = 1
		}
		adjusted[i] = v
		ascending[i] = i
	}
	slices.SortStableFunc(ascending, func(a, b int) int { return cmp.Compare(adjusted[a], adjusted[b]) })
	least := 0.0
	for rank, i := range ascending {
		least = max(least, min(1, float64(len(p)-rank)*adjusted[i]))
		adjusted[i] = least
	}
	return adjusted
}
