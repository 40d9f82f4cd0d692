package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Drift is the trend of a series in run order.
type Drift struct {
	Slope float64 // per position: the median of all pairwise slopes
	Tau   float64 // Kendall's, -1..1: how steadily it goes that way
	P     float64 // two-sided, of no trend
}

// DetectDrift tests whether x rises or falls along the run: the Mann-Kendall test
// (Mann, "Nonparametric tests against trend", Econometrica 13, 1945; Kendall, "Rank
// Correlation Methods", 4th ed., 1975: ties, continuity correction) and the slope of
// Theil and Sen (Sen, "Estimates of the regression coefficient based on Kendall's tau",
// JASA 63, 1968). Any monotone trend counts, and a single wild value does not.
//
// Neighbouring rounds that resemble each other look like a trend. So the variance is
// enlarged by the autocorrelation of what the slope leaves (Hamed & Rao, "A modified
// Mann-Kendall trend test for autocorrelated data", J. Hydrology 204, 1998), which
// removes most of the false alarms and not all: docs/statistics.md has the rates. For
// comparisons drift is harmless, as rounds are paired; it is a warning about absolute
// figures.
//
// Fewer than 5 values, a constant series, or a NaN or infinity: P is 1, the rest 0.
// Time and memory are quadratic: meant for rounds, not for a million tasks.
func DetectDrift(x []float64) Drift {
	n := float64(len(x))
	groups := ties(x)
	if len(x) < 5 || !allFinite(x) || len(groups) == 1 {
		return Drift{P: 1}
	}
	s := 0.0
	slopes := make([]float64, 0, len(x)*(len(x)-1)/2)
	for j := range x {
		for i := range j {
			s += sign(x[j] - x[i])
			slopes = append(slopes, (x[j]-x[i])/float64(j-i))
		}
	}
	d := Drift{Slope: Median(slopes), Tau: s / (n * (n - 1) / 2)}

	variance := kendallVariance(groups, n) * trendInflation(x, d.Slope)
	d.P = min(1, 2*distuv.UnitNormal.CDF(-max(0, math.Abs(s)-1)/math.Sqrt(variance)))
	return d
}

// kendallVariance is the variance of the sum of signs over all orders of n values with
// those ties (Kendall, "Rank Correlation Methods", section 4.9).
func kendallVariance(groups []tie, n float64) float64 {
	variance := n * (n - 1) * (2*n + 5) / 18
	for _, g := range groups {
		t := float64(len(g.positions))
		variance -= t * (t - 1) * (2*t + 5) / 18
	}
	return variance
}

// trendInflation is Hamed & Rao's n/n*, of the ranks of x without its trend. Short
// series do not tell their single autocorrelations well enough for it (with those, 22%
// of AR(1) .5 series of 20 values are called drifting; so, 10%). So those of an AR(1)
// series stand in: powers of the first (Yue & Wang, Water Resources Management 18,
// 2004), freed of the bias that removing a trend gives it (van Giersbergen, Economics
// Letters 89, 2005, as used by Hamed, J. Hydrology 368, 2009). Never below 1.
func trendInflation(x []float64, slope float64) float64 {
	n := float64(len(x))
	rest := make([]float64, len(x))
	for i, v := range x {
		rest[i] = v - slope*float64(i)
	}
	first := min(0.99, (n*Autocorrelation(midRanks(rest), 1)+2)/(n-4))
	sum, r := 0.0, 1.0
	for k := 1.0; k < n-2; k++ {
		r *= first
		sum += (n - k) * (n - k - 1) * (n - k - 2) * r
	}
	return max(1, 1+2*sum/(n*(n-1)*(n-2)))
}

func sign(v float64) float64 {
	switch {
	case v > 0:
		return 1
	case v < 0:
		return -1
	}
	return 0
}
