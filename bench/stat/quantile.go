package stat

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Quantiles returns the quantile of x at every q: at position q(n-1) of the sorted
// sample, counted from 0, linear between neighbours. That is type 7 of Hyndman & Fan,
// "Sample quantiles in statistical packages", The American Statistician 50, 1996, and
// what R, NumPy and spreadsheets do unless told otherwise. Every quantile in a run's
// files, reports and charts is this one, quartiles and medians too.
//
// It is NaN for an empty x, for a q outside [0, 1], and where x has a NaN. Infinities
// sort as numbers do, so that a lost task may count as one that takes forever. A
// sorted x is not copied.
func Quantiles(x []float64, qs ...float64) []float64 {
	sorted := ascending(x)
	values := make([]float64, len(qs))
	for i, q := range qs {
		values[i] = quantile(sorted, q)
	}
	return values
}

// quantile is of a sorted sample. NaNs sort first.
func quantile(sorted []float64, q float64) float64 {
	return QuantileOf(len(sorted), q, func(i int) float64 { return sorted[i] })
}

// QuantileOf is the quantile that Quantiles returns, of a sample that is not at hand as a
// slice, such as a histogram: at returns the i-th smallest of its n values, from 0.
func QuantileOf(n int, q float64, at func(i int) float64) float64 {
	if n < 1 || !(q >= 0 && q <= 1) || math.IsNaN(at(0)) {
		return math.NaN()
	}
	position := q * float64(n-1)
	below := int(position)
	fraction, low := position-float64(below), at(below)
	if fraction == 0 {
		return low
	}
	high := at(below + 1)
	if low == high { // also infinities
		return low
	}
	return low*(1-fraction) + high*fraction
}

func ascending(x []float64) []float64 {
	if slices.IsSorted(x) {
		return x
	}
	return slices.Sorted(slices.Values(x))
}

// QuantileInterval returns the confidence interval of the q-quantile of what x was
// drawn from: two order statistics, chosen by the binomial distribution with the same
// risk at either end, whatever the distribution of x (David & Nagaraja, "Order
// Statistics", 3rd ed., 2003, section 7.1).
//
// A limit is infinite where the sample is too small for it: see HighestQuantile. The
// interval is unbounded where Quantiles is NaN. x must be a random sample: tasks of one
// trial that queue behind each other are fewer than they seem. A confidence outside
// (0, 1) counts as 0.95.
func QuantileInterval(x []float64, q, confidence float64) Interval {
	sorted := ascending(x)
	if math.IsNaN(quantile(sorted, q)) {
		return unbounded()
	}
	if !(confidence > 0 && confidence < 1) {
		confidence = defaultConfidence
	}
	n := len(sorted)
	low, high := QuantileRanks(n, q, confidence)
	below := distuv.Binomial{N: float64(n), P: q} // how many of the sample are below the quantile
	iv := unbounded()
	if low >= 1 {
		iv.Low = sorted[low-1]
		iv.Confidence -= below.CDF(float64(low - 1))
	}
	if high <= n {
		iv.High = sorted[high-1]
		iv.Confidence -= 1 - below.CDF(float64(high-1))
	}
	return iv
}

// QuantileRanks returns which of n independent values, sorted and counted from 1, are the
// limits of QuantileInterval; low is 0 and high n+1 if there is none. The low limit is
// above the quantile if at most low-1 of the values are below it, the high limit below the
// quantile if at least high are; the risk of either is (1 - confidence)/2 at the most.
func QuantileRanks(n int, q, confidence float64) (low, high int) {
	risk := (1 - confidence) / 2
	below := distuv.Binomial{N: float64(n), P: q}
	low = sort.Search(n, func(k int) bool { return below.CDF(float64(k)) > risk })
	high = 1 + sort.Search(n, func(k int) bool { return 1-below.CDF(float64(k)) <= risk })
	return low, high
}

// HighestQuantile returns the highest quantile that a sample of n supports: the one at
// which QuantileInterval ceases to have an upper limit, (1 - confidence)/2 to the power
// 1/n (the largest of n is below the q-quantile with probability q^n; Wilks,
// "Determination of sample sizes for setting tolerance limits", Annals of Mathematical
// Statistics 12, 1941). At 0.95: 0.83 of 20, 0.963 of 100, 0.9963 of 1,000; a p99 takes
// 368. It is 0 for n < 1.
func HighestQuantile(n int, confidence float64) float64 {
	if n < 1 {
		return 0
	}
	if !(confidence > 0 && confidence < 1) {
		confidence = defaultConfidence
	}
	return math.Pow((1-confidence)/2, 1/float64(n))
}

// Supports reports whether a sample of n is large enough to show its q-quantile: the one
// rule of bench.txt, reports and assertions. It is if the quantile's 95% interval has an
// upper limit: a median takes 6, a p99 368.
func Supports(n int, q float64) bool { return q <= HighestQuantile(n, defaultConfidence) }
