package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// WoodruffShares returns at which shares of a pooled sample of n values the limits of the
// confidence interval of its q-quantile lie. Values of a round depend on each other, as
// tasks do that queue behind each other, so they tell less than their number suggests;
// rounds do not. parts is the part of each round's values that is not above the quantile,
// at least two rounds.
//
// The interval is Woodruff's ("Confidence intervals for medians and other position
// measures", JASA 47, 1952): the part below the quantile, taken round by round, has a
// standard error between rounds; that many parts up and down, by Student's t, lie the
// limits. Where rounds differ less than independent values would, the order statistics of
// those are the limits, see QuantileRanks. A share below 0 or above 1 stands for no limit.
func WoodruffShares(parts []float64, n int, q, confidence float64) (low, high float64) {
	rounds := float64(len(parts))
	reach := Describe(parts).Deviation / math.Sqrt(rounds) * distuv.StudentsT{Sigma: 1, Nu: rounds - 1}.Quantile((1+confidence)/2)
	l, h := QuantileRanks(n, q, confidence)
	last := float64(max(n-1, 1)) // the value of rank i is the quantile (i-1)/last of the sample
	return min(float64(l-1)/last, q-reach), max(float64(h-1)/last, q+reach)
}
