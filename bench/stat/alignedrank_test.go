package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"
	"pgregory.net/rapid"
)

// Over all exchanges of names within rounds, p is at most alpha in at most alpha of them:
// the test is exact, though how it aligns is taken from the data.
func TestTheTestIsExactUnderExchanges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const n = 8
		value := rapid.OneOf(rapid.Float64Range(-1, 1), rapid.Map(rapid.IntRange(-2, 2), func(i int) float64 { return float64(i) }))
		base, head := rapid.SliceOfN(value, n, n).Draw(t, "base"), rapid.SliceOfN(value, n, n).Draw(t, "head")
		shared := rapid.SampledFrom([]float64{0, 1, 30}).Draw(t, "shared")
		for i := range n {
			base[i] += shared * float64(i*i%7)
			head[i] += shared * float64(i*i%7)
		}
		var all []float64
		for pattern := range uint(1) << n {
			x := logPair{base: slices.Clone(base), head: slices.Clone(head)}
			for i := range n {
				if pattern>>i&1 == 1 {
					x.base[i], x.head[i] = x.head[i], x.base[i]
				}
			}
			p, _ := x.p(0, 0)
			all = append(all, p)
		}
		for _, alpha := range []float64{0.01, 0.05, 0.2, 0.5} {
			rejected := 0
			for _, p := range all {
				if p <= alpha {
					rejected++
				}
			}
			if float64(rejected) > alpha*float64(len(all)) {
				t.Fatalf("at %v %d of %d exchanges are rejected", alpha, rejected, len(all))
			}
		}
	})
}

// normalPair has values whose rounds share noise of so many standard deviations.
func normalPair(random *rand.Rand, n int, shared, shift float64) (x logPair) {
	for range n {
		common := shared * random.NormFloat64()
		x.base = append(x.base, common+random.NormFloat64())
		x.head = append(x.head, common+random.NormFloat64()+shift)
	}
	return x
}

// Where rounds share nearly everything the test is that of signed ranks: among the values
// d/2 and -d/2 of all rounds, the ranks of a round differ by 2R-1, R being the rank of
// |d|. Where rounds share nothing, the statistic is that of Mann and Whitney.
func TestAlignment(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := normalPair(random, 30, 1000, 0.6)
	magnitudes := make([]float64, x.len())
	for i := range magnitudes {
		magnitudes[i] = math.Abs(x.head[i] - x.base[i])
	}
	signed := midRanks(magnitudes)
	for i := range signed {
		signed[i] = math.Copysign(2*signed[i]-1, x.head[i]-x.base[i])
	}
	p, _ := x.p(0, 0)
	if want, _ := SignFlip(signed, 0); math.Abs(p-want) > 0.05*want {
		t.Errorf("all shared: p = %v, of signed ranks %v", p, want)
	}

	for seed := range uint64(20) { // one whose rounds happen to be correlated below 0
		x = normalPair(rand.New(rand.NewPCG(seed, 3)), 30, 0, 0.3)
		differences := x.rankDifferences(0)
		above := 0.0
		for _, h := range x.head {
			for _, b := range x.base {
				if h > b {
					above++
				}
			}
		}
		// Of n values each, the ranks of head sum up to U + n(n+1)/2, all to n(2n+1).
		n := float64(x.len())
		if floats.Sum(differences) == 2*(above+n*(n+1)/2)-n*(2*n+1) {
			return
		}
	}
	t.Error("nothing shared: in none of 20 samples the statistic is that of Mann and Whitney")
}

// They follow but for how rounds are aligned, which two values that change ranks at the
// estimate can turn a little: by over 1% of the interval's width in one of some thousand
// samples.
func TestEstimateFollowsShiftsAndNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 80).Draw(t, "n")
		x := normalPair(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), n, rapid.SampledFrom([]float64{0, 1, 20}).Draw(t, "shared"), 0)
		center, iv := x.inverted(0.95)
		swapped, siv := logPair{base: x.head, head: x.base}.inverted(0.95)
		near := func(a, b float64) bool { return a == b || math.Abs(a-b) < 0.2*(iv.High-iv.Low) }
		if !near(center, -swapped) || !near(iv.Low, -siv.High) || !near(iv.High, -siv.Low) {
			t.Fatalf("%v %+v, swapped %v %+v", center, iv, swapped, siv)
		}
		moved := logPair{base: x.base, head: slices.Clone(x.head)}
		floats.AddConst(0.5, moved.head)
		mcenter, miv := moved.inverted(0.95)
		if !near(center+0.5, mcenter) || !near(iv.Low+0.5, miv.Low) || !near(iv.High+0.5, miv.High) {
			t.Fatalf("%v %+v, moved by 0.5 %v %+v", center, iv, mcenter, miv)
		}
		if bounded := n >= MinRounds; bounded == math.IsInf(iv.High, 1) {
			t.Fatalf("of %d rounds: %+v", n, iv)
		}
		_, asked := x.estimate(0.95)
		if excludes := asked.Low > 0 || asked.High < 0; excludes != rejects(x.rankDifferences(0), 0.05) {
			t.Fatalf("%+v, the test of no shift says otherwise", asked)
		}
	})
}
