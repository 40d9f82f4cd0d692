package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// LeastBlocks is the fewest blocks from which anything is said about another block.
const LeastBlocks = 3

// Between is what blocks, such as machines, say about another block like them. Ratios are
// head/base.
type Between struct {
	Blocks int `json:"machines"` // with at least two rounds

	Ratio      float64  `json:"ratio"`      // mean over blocks like these, of the logarithms
	Interval   Interval `json:"interval"`   // of that mean
	Prediction Interval `json:"prediction"` // of the ratio in another block like these

	P             float64 `json:"p"`             // two-sided, of no difference in the mean
	Heterogeneity float64 `json:"heterogeneity"` // I^2: the share of the variance between blocks that their rounds do not explain, 0..1
	PAlike        float64 `json:"p_alike"`       // of all blocks having the same ratio

	Verdict    Verdict `json:"verdict"`       // Faster or Slower on average over blocks like these, or Undecided
	MoreBlocks int     `json:"more_machines"` // 0 if decided; about how many more would decide it; -1 if that cannot be told
}

// BetweenBlocks compares head with base over blocks like those of the pair, of which they are
// taken to be a random sample. ok is false with fewer than LeastBlocks, of which nothing can
// be said about another.
//
// It is the random-effects meta-analysis of the blocks' mean log ratios. The variance between
// blocks is that of Paule & Mandel ("Consensus values and weighting factors", J. Research of
// the National Bureau of Standards 87, 1982), the interval that of Hartung & Knapp ("On tests
// of the overall treatment effect in meta-analysis with normally distributed responses",
// Statistics in Medicine 20, 2001), with the modification that it is never narrower than if
// blocks did not differ (Röver, Knapp & Friede, "Hartung-Knapp-Sidik-Jonkman approach and its
// modification for random-effects meta-analysis with few studies", BMC Medical Research
// Methodology 15, 2015). The prediction interval adds the variance between blocks (Higgins,
// Thompson & Spiegelhalter, "A re-evaluation of random-effects meta-analysis", J. Royal
// Statistical Society A 172, 2009). Quantiles are those of t, with one degree of freedom less than
// there are blocks, and two for the prediction.
func BetweenBlocks(p Pair, o Options) (b Between, ok bool) {
	o = o.withDefaults()
	effects, variances := blockEffects(p)
	b.Blocks = len(effects)
	if b.Blocks < LeastBlocks {
		return b, false
	}
	k := float64(b.Blocks)
	between := pauleMandel(effects, variances)
	mean, precision, q := weightedMean(effects, variances, between)
	error2 := max(1, q/(k-1)) / precision
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: k - 1}
	quantile := t.Quantile(1 - o.Alpha/2)
	interval := func(quantile, variance float64) Interval {
		d := quantile * math.Sqrt(variance)
		return Interval{math.Exp(mean - d), math.Exp(mean + d), 1 - o.Alpha}
	}
	fewer := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: k - 2}
	b.Ratio, b.Interval = math.Exp(mean), interval(quantile, error2)
	b.Prediction = interval(fewer.Quantile(1-o.Alpha/2), between+error2)
	b.P = 2 * t.Survival(math.Abs(mean)/math.Sqrt(error2))

	_, _, alone := weightedMean(effects, variances, 0)
	b.Heterogeneity = max(0, 1-(k-1)/alone)
	b.PAlike = distuv.ChiSquared{K: k - 1}.Survival(alone)
	below, above := Faster, Slower
	if o.HigherIsBetter {
		below, above = Slower, Faster
	}
	switch {
	case b.Interval.High < 1:
		b.Verdict = below
	case b.Interval.Low > 1:
		b.Verdict = above
	default:
		b.Verdict = Undecided
		b.MoreBlocks = moreBlocks(mean, error2*k, b.Blocks, o.Alpha)
	}
	return b, true
}

// blockEffects returns the mean log ratio of each block, and the variance of that mean. A block
// with a single round has none; one whose rounds are all alike, as of a clock too coarse, gets
// the least of the others.
func blockEffects(p Pair) (effects, variances []float64) {
	x := map[int][]float64{}
	var order []int
	for i, ratio := range LogRatios(p.Base, p.Head) {
		if i >= len(p.Block) || !finite(ratio) {
			continue
		}
		if x[p.Block[i]] == nil {
			order = append(order, p.Block[i])
		}
		x[p.Block[i]] = append(x[p.Block[i]], ratio)
	}
	least := math.Inf(1)
	for _, block := range order {
		if n := len(x[block]); n > 1 {
			d := Describe(x[block])
			v := d.Deviation * d.Deviation / float64(n)
			if effects, variances = append(effects, d.Mean), append(variances, v); v > 0 {
				least = min(least, v)
			}
		}
	}
	if math.IsInf(least, 1) {
		least = 1e-18 // of differences that are all alike
	}
	for i := range variances {
		variances[i] = max(variances[i], least)
	}
	return effects, variances
}

// weightedMean returns the mean of effects weighted by their precision, its precision, and the
// weighted sum of squares about it (Cochran's Q).
func weightedMean(effects, variances []float64, between float64) (mean, precision, q float64) {
	for i, y := range effects {
		w := 1 / (variances[i] + between)
		mean += w * y
		precision += w
	}
	mean /= precision
	for i, y := range effects {
		q += (y - mean) * (y - mean) / (variances[i] + between)
	}
	return mean, precision, q
}

// pauleMandel returns the variance between blocks with which the weighted sum of squares is
// what it should be, at least 0.
func pauleMandel(effects, variances []float64) float64 {
	excess := func(between float64) bool {
		_, _, q := weightedMean(effects, variances, between)
		return q > float64(len(effects)-1)
	}
	if !excess(0) {
		return 0
	}
	high := variances[0]
	for excess(high) {
		high *= 2
	}
	low, _ := bisect(0, high, 1e-9*high, excess)
	return low
}

// moreBlocks estimates how many more blocks would decide with probability 0.8, if the mean and
// the variance of a block are as they look now.
func moreBlocks(mean, variance float64, blocks int, alpha float64) int {
	for n := blocks + 1; n <= mostBlocks; n++ {
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}
		if reach := (t.Quantile(1-alpha/2) + normalQuantile(deciding)) * math.Sqrt(variance/float64(n)); reach <= math.Abs(mean) {
			return n - blocks
		}
	}
	return -1
}

// mostBlocks is the most blocks that MoreBlocks estimates.
const mostBlocks = 1000
