package stat

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// LeastBlocks is the fewest blocks from which anything is said about another block.
const LeastBlocks = 3

// Between is what blocks, such as machines, say about another block like them. Ratios are
// head/base.
type Between struct {
	Blocks int `json:"machines"` // with at least two rounds

	Ratio      float64  `json:"ratio"`      // geometric mean of the blocks' ratios, which count alike
	Interval   Interval `json:"interval"`   // of that mean over all blocks like these
	Prediction Interval `json:"prediction"` // of the ratio that another block like these measures, in as many rounds

	P             float64 `json:"p"`             // two-sided, of no difference in the mean
	Heterogeneity float64 `json:"heterogeneity"` // I^2: the share of the variance between blocks that their rounds do not explain, 0..1
	PAlike        float64 `json:"p_alike"`       // of all blocks having the same ratio

	Verdict    Verdict `json:"verdict"`       // Faster or Slower on average over blocks like these, or Undecided
	MoreBlocks int     `json:"more_machines"` // 0 if decided; about how many more would decide it; -1 if that cannot be told
}

// BetweenBlocks compares head with base over blocks like those given, which are taken to be a
// random sample of them. Each block has a Pair of its own. ok is false with fewer than
// LeastBlocks that have two rounds: they say nothing about another.
//
// It is Student's t over the logarithms of the blocks' ratios, those of Compare. It needs no
// estimate of how precise each ratio is. Ratios of unequal precision, or with the tails of
// mixtures of normal distributions, only make the test safer, up to a level of 8% (Bakirov &
// Székely, "Student's t-test for Gaussian scale mixtures", J. Mathematical Sciences 139, 2006;
// Ibragimov & Müller, "t-statistic based correlation and heterogeneity robust inference", J.
// Business & Economic Statistics 28, 2010). The usual random-effects meta-analysis weights by
// precision. Precision is poorly known from a few rounds, so its intervals are too narrow, or with
// Röver's modification far too wide for few blocks; docs/statistics.md has figures.
//
// Prediction is that of one more ratio, with the error that its rounds have. So it holds the true
// ratio of another block at least as often as the measured one.
//
// Heterogeneity and PAlike compare the variance between the blocks' mean log ratios with the
// variance that rounds explain. It is the analysis of variance of Brown & Forsythe ("The small
// sample behavior of some statistics which test the equality of several means", Technometrics
// 16, 1974), which allows unequal variances, with blocks that count alike, and both degrees of
// freedom by Satterthwaite (Mehrotra, "Improving the Brown-Forsythe solution to the generalized
// Behrens-Fisher problem", Communications in Statistics: Simulation and Computation 26, 1997).
// Cochran's Q takes variances for known, and would reject up to 29% where blocks are alike.
func BetweenBlocks(blocks []Pair, o Options) (b Between, ok bool) {
	o = o.withDefaults()
	var ratios, means, variances, free []float64
	for _, p := range blocks {
		logs, _ := newLogPair(Pair{Base: p.Base, Head: p.Head})
		if n := float64(logs.len()); n >= 2 {
			_, ratio := logs.centered()
			rounds := Describe(floats.SubTo(make([]float64, logs.len()), logs.head, logs.base))
			ratios, means = append(ratios, ratio), append(means, rounds.Mean)
			variances, free = append(variances, square(max(rounds.Deviation, unmeasurable))/n), append(free, n-1)
		}
	}
	b.Blocks = len(ratios)
	if b.Blocks < LeastBlocks {
		return b, false
	}
	k, d := float64(b.Blocks), Describe(ratios)
	deviation := max(d.Deviation, unmeasurable)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: k - 1}
	interval := func(variances float64) Interval {
		reach := t.Quantile(1-o.Alpha/2) * deviation * math.Sqrt(variances)
		return Interval{math.Exp(d.Mean - reach), math.Exp(d.Mean + reach), 1 - o.Alpha}
	}
	b.Ratio, b.Interval, b.Prediction = math.Exp(d.Mean), interval(1/k), interval(1+1/k)
	b.P = 2 * t.Survival(math.Abs(d.Mean)/deviation*math.Sqrt(k))
	b.Heterogeneity, b.PAlike = heterogeneity(means, variances, free)

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
		b.MoreBlocks = moreBlocks(d.Mean, square(deviation), b.Blocks, o.Alpha)
	}
	return b, true
}

// unmeasurable is a standard deviation of log ratios that stands for 0, as of a clock too coarse.
const unmeasurable = 1e-9

func square(x float64) float64 { return x * x }

// heterogeneity returns the share of the variance between means that their variances, with so
// many degrees of freedom each, do not explain, and the p-value of none.
func heterogeneity(means, variances, free []float64) (share, p float64) {
	k := float64(len(means))
	sum, squares, spread := floats.Sum(variances), 0.0, 0.0
	for i, v := range variances {
		squares += v * v
		spread += v * v / free[i]
	}
	f := square(Describe(means).Deviation) / (sum / k)
	null := distuv.F{
		D1: square((k-1)*sum) / (k*(k-2)*squares + sum*sum),
		D2: sum * sum / spread,
	}
	return max(0, 1-1/f), null.Survival(f)
}

// moreBlocks estimates how many more blocks would decide with probability 0.8, if the mean and
// the variance of a block are as they look now.
func moreBlocks(mean, variance float64, blocks int, alpha float64) int {
	most := max(1, mostBlocks-blocks)
	more := 1 + sort.Search(most, func(i int) bool {
		n := float64(blocks + 1 + i)
		t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
		return (t.Quantile(1-alpha/2)+normalQuantile(deciding))*math.Sqrt(variance/n) <= math.Abs(mean)
	})
	if more > most {
		return -1
	}
	return more
}

// mostBlocks is the total number of blocks up to which MoreBlocks is estimated.
const mostBlocks = 1000
