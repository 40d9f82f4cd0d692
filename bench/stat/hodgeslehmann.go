package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// HodgesLehmann returns the pseudo-median of x, which is the median of its Walsh
// averages (x[i]+x[j])/2, i <= j, and the confidence interval for the centre of
// symmetry of x's distribution: all shifts that Wilcoxon's signed-rank test does not
// reject. Hodges & Lehmann, "Estimates of location based on rank tests", Annals of
// Mathematical Statistics 34, 1963; interval after Tukey, as in Hollander, Wolfe &
// Chicken, 2014, section 3.3.
//
// The interval is exact to n = 200, and by the normal approximation beyond; ties only
// make it wider. It is unbounded where n is too small for the confidence: at 0.95,
// below 6. Of no values, or with one that is NaN or infinite, the estimate is NaN and
// the interval unbounded. A confidence outside (0, 1) counts as 0.95.
//
// It takes O(n log n) time and O(n) memory: Walsh averages are counted, not stored.
func HodgesLehmann(x []float64, confidence float64) (estimate float64, iv Interval) {
	if len(x) == 0 || !allFinite(x) {
		return math.NaN(), unbounded()
	}
	if !(confidence > 0 && confidence < 1) {
		confidence = defaultConfidence
	}
	sorted := slices.Sorted(slices.Values(x))
	pairs := len(x) * (len(x) + 1) / 2
	estimate = walshAverage(sorted, (pairs+1)/2)
	if pairs%2 == 0 {
		estimate = estimate/2 + walshAverage(sorted, pairs/2+1)/2
	}
	c, below := criticalRank(len(x), (1-confidence)/2)
	if c == 0 {
		return estimate, unbounded()
	}
	return estimate, Interval{
		Low:        walshAverage(sorted, c),
		High:       walshAverage(sorted, pairs+1-c),
		Confidence: 1 - 2*below,
	}
}

const defaultConfidence = 0.95

// walshAverage returns the k-th smallest Walsh average, k from 1. It is the smallest
// float64 t with at least k averages <= t, found by bisecting the float64s in their
// order: at most 64 passes, exact whatever the ties.
func walshAverage(sorted []float64, k int) float64 {
	low, high := orderedBits(sorted[0]), orderedBits(sorted[len(sorted)-1])
	for low < high {
		middle := low + (high-low)/2
		if walshAtMost(sorted, fromOrderedBits(middle)) >= k {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return fromOrderedBits(low)
}

// walshAtMost counts the Walsh averages <= t in one pass from both ends.
func walshAtMost(sorted []float64, t float64) int {
	count, j := 0, len(sorted)-1
	for i := range sorted {
		for j >= 0 && sorted[i]/2+sorted[j]/2 > t {
			j--
		}
		if j < i {
			break
		}
		count += j - i + 1
	}
	return count
}

// orderedBits maps float64s to integers of the same order.
func orderedBits(v float64) uint64 {
	bits := math.Float64bits(v)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func fromOrderedBits(u uint64) float64 {
	if u>>63 == 1 {
		return math.Float64frombits(u &^ (1 << 63))
	}
	return math.Float64frombits(^u)
}

// signedRankExactTo is the largest n for which critical ranks come from the exact
// distribution (1 ms). There the normal approximation gives a rank that is lower by less
// than 0.3%, for every confidence to 0.999, and so an interval that is a little wider.
const signedRankExactTo = 200

// criticalRank returns the largest c with P(W < c) <= tail, W being Wilcoxon's
// signed-rank statistic of n values (the sum of the positive ranks), and that
// probability. The c-th smallest and c-th largest Walsh averages are then the limits
// of an interval with confidence 1 - 2P. c is 0 if n is too small.
//
// Exact to signedRankExactTo, counting the subsets of 1..n by their sum (Hollander,
// Wolfe & Chicken, "Nonparametric Statistical Methods", 3rd ed., 2014, section 3.1);
// normal with continuity correction beyond.
func criticalRank(n int, tail float64) (c int, below float64) {
	if n > signedRankExactTo {
		m := float64(n)
		mean, sd := m*(m+1)/4, math.Sqrt(m*(m+1)*(2*m+1)/24)
		c = max(0, int(math.Floor(mean+0.5+sd*normalQuantile(tail))))
		return c, distuv.UnitNormal.CDF((float64(c) - 0.5 - mean) / sd)
	}
	ranks := make([]int, n)
	for i := range ranks {
		ranks[i] = i + 1
	}
	share := subsetSums(ranks, n*(n+1)/4) // the lower half holds every lower tail
	for c < len(share) && below+share[c] <= tail {
		below += share[c]
		c++
	}
	return c, below
}
