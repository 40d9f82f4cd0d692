package stat

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

// MinValues is the fewest values a side that can carry an unpaired verdict: with 3 on
// either, even when all of one side are below all of the other, p is 2/20 = 0.1.
const MinValues = 4

// CompareSamples is CompareFamily for pairs whose elements have nothing to do with each
// other, such as two outputs of go test -bench: Base and Head may differ in length.
//
// P is the Mann-Whitney test of the values, exact for small samples, and so that of
// benchstat. Ratio is the median of head/base over all pairs of one value each, and
// Interval holds all ratios that the test does not reject (Hodges & Lehmann, 1963;
// Hollander, Wolfe & Chicken, 2014, sections 4.2 and 4.3; ties only make it wider).
// Rounds is the size of the smaller side; MoreRounds is not told, and Until is ignored.
//
// It assumes that all values of a side are independent and were measured under the
// same conditions as the other side's. Of runs that were measured one after the other
// that is rarely true: docs/statistics.md.
func CompareSamples(pairs []Pair, o Options) []Comparison {
	o = o.withDefaults()
	o.Until = false // the interval knows of none
	comparisons := make([]Comparison, len(pairs))
	for i, pair := range pairs {
		comparisons[i] = estimateSamples(pair, o)
	}
	settle(comparisons, o, MinValues, func(int) int { return -1 })
	return comparisons
}

func estimateSamples(pair Pair, o Options) Comparison {
	base, excludedBase := positiveLogs(pair.Base)
	head, excludedHead := positiveLogs(pair.Head)
	c := Comparison{
		Rounds: min(len(base), len(head)), Excluded: excludedBase + excludedHead,
		Ratio: math.NaN(), Interval: unbounded(), P: 1, PSame: 1, Margin: o.Margin,
	}
	c.Interval.Low = 0
	if c.Rounds == 0 {
		return c
	}
	center, iv := shift(base, head, 1-o.Alpha)
	c.Ratio = math.Exp(center)
	c.Interval = Interval{math.Exp(iv.Low), math.Exp(iv.High), iv.Confidence}
	c.P = mannWhitney(base, head, 0, stats.LocationDiffers)
	if o.Margin > 0 {
		margin := math.Log1p(o.Margin)
		c.PSame = max(mannWhitney(base, head, margin, stats.LocationLess), mannWhitney(base, head, -margin, stats.LocationGreater))
	}
	return c
}

// positiveLogs are the logarithms of what has one, sorted, and how many have none.
func positiveLogs(x []float64) (logs []float64, excluded int) {
	for _, v := range x {
		if positive(v) {
			logs = append(logs, math.Log(v))
		}
	}
	slices.Sort(logs)
	return logs, len(x) - len(logs)
}

// mannWhitney is the p-value of head against base moved by so much, 1 where they
// are equal in every value.
func mannWhitney(base, head []float64, by float64, alternative stats.LocationHypothesis) float64 {
	moved := make([]float64, len(base))
	for i, v := range base {
		moved[i] = v + by
	}
	r, err := stats.MannWhitneyUTest(head, moved, alternative)
	if err != nil {
		return 1 // all values are equal
	}
	return min(1, r.P)
}

// shift returns the median of all differences head[j]-base[i] and the interval of the
// shift between the two; both are sorted and not empty.
func shift(base, head []float64, confidence float64) (center float64, iv Interval) {
	pairs := len(base) * len(head)
	center = differenceOf(base, head, (pairs+1)/2)
	if pairs%2 == 0 {
		center = center/2 + differenceOf(base, head, pairs/2+1)/2
	}
	c, below := criticalU(len(base), len(head), (1-confidence)/2)
	if c == 0 {
		return center, unbounded()
	}
	return center, Interval{
		Low:        differenceOf(base, head, c),
		High:       differenceOf(base, head, pairs+1-c),
		Confidence: 1 - 2*below,
	}
}

// mannWhitneyExactTo is the largest size of either sample for which critical values
// come from the exact distribution, as in the test itself.
const mannWhitneyExactTo = 50

// criticalU returns the largest c with P(U < c) <= tail, U being Mann and Whitney's
// statistic without ties, and that probability; 0 if the samples are too small.
// Normal with continuity correction beyond mannWhitneyExactTo.
func criticalU(n, m int, tail float64) (c int, below float64) {
	if max(n, m) > mannWhitneyExactTo {
		mean := float64(n) * float64(m) / 2
		sd := math.Sqrt(mean * float64(n+m+1) / 6)
		c = max(0, int(math.Floor(mean+0.5+sd*normalQuantile(tail))))
		return c, distuv.UnitNormal.CDF((float64(c) - 0.5 - mean) / sd)
	}
	u := stats.UDist{N1: n, N2: m}
	low, high := 0, n*m/2+1 // P(U < low) <= tail, and not so for high
	for high-low > 1 {
		middle := (low + high) / 2
		if u.CDF(float64(middle-1)) <= tail {
			low = middle
		} else {
			high = middle
		}
	}
	if low == 0 {
		return 0, 0
	}
	return low, u.CDF(float64(low - 1))
}

// differenceOf returns the k-th smallest head[j]-base[i], k from 1, as walshAverage does:
// the pairs are counted, not stored.
func differenceOf(base, head []float64, k int) float64 {
	low := orderedBits(head[0] - base[len(base)-1])
	high := orderedBits(head[len(head)-1] - base[0])
	for low < high {
		middle := low + (high-low)/2
		if differencesAtMost(base, head, fromOrderedBits(middle)) >= k {
			high = middle
		} else {
			low = middle + 1
		}
	}
	return fromOrderedBits(low)
}

// differencesAtMost counts the differences <= t in one pass.
func differencesAtMost(base, head []float64, t float64) int {
	count, i := 0, 0
	for _, h := range head {
		for i < len(base) && h-base[i] > t {
			i++
		}
		count += len(base) - i
	}
	return count
}
