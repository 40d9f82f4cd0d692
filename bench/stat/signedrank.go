package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// signedRanks gives each element the rank of its absolute value, with its sign.
// Zeros take their ranks and then count for nothing, so that a round without any
// difference still dilutes the others (Pratt, "Remarks on zeros and ties in the Wilcoxon signed rank procedures", JASA 54,
// 1959).
//
// The sign-flip distribution of their sum is the exact distribution of Wilcoxon's
// signed-rank statistic, given the ties.
func signedRanks(x []float64) []float64 {
	magnitudes := make([]float64, len(x))
	for i, v := range x {
		magnitudes[i] = math.Abs(v)
	}
	ranks := midRanks(magnitudes)
	for i, v := range x {
		if v == 0 {
			ranks[i] = 0
		} else {
			ranks[i] = math.Copysign(ranks[i], v)
		}
	}
	return ranks
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
