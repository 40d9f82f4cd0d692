package summary

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/fanbench/fanbench/bench/stat"
)

// USL is the Universal Scalability Law, the throughput with n tasks at once:
//
//	X(n) = Lambda n / (1 + Sigma (n-1) + Kappa n (n-1))
//
// (N. J. Gunther, "Guerrilla Capacity Planning", 2007, chapters 4 to 6).
type USL struct {
	Lambda float64 `json:"lambda"` // tasks per second at n = 1
	Sigma  float64 `json:"sigma"`  // contention: the serial proportion, at least 0
	Kappa  float64 `json:"kappa"`  // coherence: the cost of each pair, at least 0
}

// At is the law's throughput at n, in tasks per second.
func (u USL) At(n float64) float64 {
	return u.Lambda * n / (1 + u.Sigma*(n-1) + u.Kappa*n*(n-1))
}

// Knee is the n with the highest throughput, +Inf if throughput only grows.
func (u USL) Knee() float64 {
	if u.Kappa <= 0 {
		return math.Inf(1)
	}
	return math.Sqrt(math.Max(1-u.Sigma, 0) / u.Kappa)
}

// observation is the throughput of one trial.
type observation struct{ n, x float64 }

// fitUSL fits the law by least squares of the relative errors: n/x is linear in 1/Lambda,
// Sigma/Lambda and Kappa/Lambda. None of these may be negative. If the best fit has a
// negative coefficient, it uses the best of the fits without it.
func fitUSL(points []observation) (USL, bool) {
	best, fit := math.Inf(1), USL{}
	for _, terms := range [][]int{{0, 1, 2}, {0, 1}, {0, 2}, {0}} {
		coef, ok := leastSquares(points, terms)
		if !ok || coef[0] <= 0 || slices.Min(coef[:]) < 0 {
			continue
		}
		u := USL{1 / coef[0], coef[1] / coef[0], coef[2] / coef[0]}
		off := 0.0
		for _, p := range points {
			e := u.At(p.n)/p.x - 1
			off += e * e
		}
		if off < best {
			best, fit = off, u
		}
	}
	return fit, !math.IsInf(best, 1)
}

// leastSquares solves for the coefficients of the chosen terms 1, n-1 and n(n-1); the others
// are 0. Observations are weighted by the inverse of their value, so that relative errors
// count.
func leastSquares(points []observation, terms []int) (coef [3]float64, ok bool) {
	if len(points) < len(terms) {
		return coef, false
	}
	a, ones := mat.NewDense(len(points), len(terms), nil), mat.NewVecDense(len(points), nil)
	for i, p := range points {
		basis := [3]float64{1, p.n - 1, p.n * (p.n - 1)}
		for j, t := range terms {
			a.Set(i, j, basis[t]*p.x/p.n)
		}
		ones.SetVec(i, 1)
	}
	var solved mat.VecDense
	if err := solved.SolveVec(a, ones); err != nil { // by QR; an error means that the limits cannot separate the terms
		return coef, false
	}
	for j, t := range terms {
		coef[t] = solved.AtVec(j)
	}
	return coef, true
}

// Fit is the law fitted to a sweep, with its reliability.
type Fit struct {
	USL          USL           `json:"usl"`
	Fits         bool          `json:"fits"` // the law is not shown to be wrong at any limit
	Knee         *float64      `json:"knee"` // nil if the data do not support one within the sweep
	KneeInterval stat.Interval `json:"knee_interval"`

	samples []USL // fits to resampled rounds
}

// Band is the confidence interval of the law at n, from the resamples.
func (f *Fit) Band(n float64) (low, high float64) {
	x := make([]float64, len(f.samples))
	for i, u := range f.samples {
		x[i] = u.At(n)
	}
	q := stat.Quantiles(x, (1-confidence)/2, (1+confidence)/2)
	return q[0], q[1]
}

// resamples is enough to fix an interval's ends to less than a line's width.
const resamples = 400

// fitRounds fits the law to a sweep whose observations are grouped by round. It resamples
// rounds, because rounds are the repetitions (percentile bootstrap).
func fitRounds(byRound [][]observation, seed uint64) *Fit {
	u, ok := fitUSL(slices.Concat(byRound...))
	if !ok {
		return nil
	}
	f := &Fit{USL: u, Fits: describes(u, byRound)}
	random := rand.New(rand.NewPCG(seed, 0))
	var knees []float64
	for range resamples {
		var drawn []observation
		for range byRound {
			drawn = append(drawn, byRound[random.IntN(len(byRound))]...)
		}
		if s, ok := fitUSL(drawn); ok {
			f.samples = append(f.samples, s)
			knees = append(knees, s.Knee())
		}
	}
	if len(knees) == 0 {
		return nil
	}
	ends := stat.Quantiles(knees, (1-confidence)/2, (1+confidence)/2)
	f.KneeInterval = stat.Interval{Low: ends[0], High: ends[1], Confidence: confidence}
	largest := 0.0
	for _, o := range slices.Concat(byRound...) {
		largest = math.Max(largest, o.n)
	}
	// A knee beyond the largest limit tried would be a guess, and so would the knee of a law
	// that does not fit.
	if f.Fits && f.KneeInterval.High <= largest {
		k := u.Knee()
		f.Knee = &k
	}
	return f
}

// tolerableMisfit is the maximum relative error of a law that is still useful as a
// description of the data.
const tolerableMisfit = 0.1

// describes reports whether the law fits: there is no limit at which the interval of the
// rounds' ratios to it excludes 1 (jointly at the usual confidence, by Bonferroni) and their
// median is off by more than tolerableMisfit. The law has one smooth bend; a server's workers
// make a corner, which it cannot follow.
func describes(u USL, byRound [][]observation) bool {
	off := map[float64][]float64{}
	for _, o := range slices.Concat(byRound...) {
		off[o.n] = append(off[o.n], math.Log(o.x/u.At(o.n)))
	}
	for _, logs := range off {
		middle, iv := stat.HodgesLehmann(logs, 1-(1-confidence)/float64(len(off)))
		if math.Abs(middle) > math.Log1p(tolerableMisfit) && (iv.Low > 0 || iv.High < 0) {
			return false
		}
	}
	return true
}
