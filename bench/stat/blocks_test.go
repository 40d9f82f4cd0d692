package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

// inBlocks draws a pair whose blocks differ in speed by far more than rounds. effect is the log
// ratio of each block.
func inBlocks(random *rand.Rand, rounds []int, effect func(block int) float64) (p Pair) {
	for block, n := range rounds {
		speed := math.Exp(3 * random.NormFloat64())
		for range n {
			shared := 0.2 * random.NormFloat64()
			p.Base = append(p.Base, speed*math.Exp(shared+0.05*random.NormFloat64()))
			p.Head = append(p.Head, speed*math.Exp(shared+0.05*random.NormFloat64()+effect(block)))
			p.Block = append(p.Block, block)
		}
	}
	return p
}

func none(int) float64 { return 0 }

// What a block is as a whole changes nothing: its speed, its number, or that the others have
// other speeds.
func TestBlocksAreComparedWithin(t *testing.T) {
	p := inBlocks(rand.New(rand.NewPCG(1, 1)), []int{5, 7, 6}, func(int) float64 { return 0.05 })
	want := CompareFamily([]Pair{p}, Options{})[0]
	if want.Verdict != Slower {
		t.Errorf("%+v", want)
	}
	other := Pair{slices.Clone(p.Base), slices.Clone(p.Head), slices.Clone(p.Block)}
	for i, block := range p.Block {
		other.Base[i] *= math.Pow(1024, float64(block))
		other.Head[i] *= math.Pow(1024, float64(block))
		other.Block[i] = 9 - block
	}
	got := CompareFamily([]Pair{other}, Options{})[0]
	if math.Abs(got.P-want.P) > 1e-12 || math.Abs(got.Ratio/want.Ratio-1) > 1e-4 || math.Abs(got.Interval.High/want.Interval.High-1) > 1e-3 {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	one := Pair{p.Base[:5], p.Head[:5], p.Block[:5]}
	if got, want := CompareFamily([]Pair{one}, Options{})[0], Compare(p.Base[:5], p.Head[:5], Options{}); got != want {
		t.Errorf("a single block: %+v, without blocks %+v", got, want)
	}
}

// A block with many rounds does not outvote the others.
func TestBlocksCountAlike(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	p := inBlocks(random, []int{60, 6, 6, 6, 6}, func(block int) float64 {
		if block == 0 {
			return 0.3
		}
		return -0.1
	})
	if c := CompareFamily([]Pair{p}, Options{})[0]; !(c.Ratio < 1) {
		t.Errorf("four of five blocks are faster, and the ratio is %v", c.Ratio)
	}
	p.Block = nil
	if c := CompareFamily([]Pair{p}, Options{})[0]; !(c.Ratio > 1) {
		t.Errorf("without blocks the ratio is %v: this test tests nothing", c.Ratio)
	}
}

// With equal variances the estimate is the mean of the blocks, and its interval that of
// Student's t, whatever is between them.
func TestBetweenBlocksOfEqualPrecision(t *testing.T) {
	effects := []float64{0.30, 0.10, 0.25, 0.02}
	var p Pair
	for block, e := range effects {
		for _, d := range []float64{-0.01, 0.01} {
			p.Base, p.Head, p.Block = append(p.Base, 1), append(p.Head, math.Exp(e+d)), append(p.Block, block)
		}
	}
	b, ok := BetweenBlocks(p, Options{})
	d := Describe(effects)
	reach := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: 3}.Quantile(0.975) * d.Deviation / 2
	near := func(a, b float64) bool { return math.Abs(a/b-1) < 1e-6 }
	if !ok || b.Blocks != 4 || !near(b.Ratio, math.Exp(d.Mean)) || !near(b.Interval.Low, math.Exp(d.Mean-reach)) || !near(b.Interval.High, math.Exp(d.Mean+reach)) {
		t.Errorf("got %+v, want %v [%v, %v]", b, math.Exp(d.Mean), math.Exp(d.Mean-reach), math.Exp(d.Mean+reach))
	}
	// Each mean has a variance of 1e-4, so Q is 3 times the variance of the effects over it.
	q := 3 * d.Deviation * d.Deviation / 1e-4
	if !near(b.Heterogeneity, 1-3/q) || b.PAlike > 1e-6 || b.Verdict != Undecided || b.MoreBlocks < 1 {
		t.Errorf("got %+v, want a heterogeneity of %v", b, 1-3/q)
	}
	if b.Prediction.Low >= b.Interval.Low || b.Prediction.High <= b.Interval.High {
		t.Errorf("the prediction %v is no wider than the interval %v", b.Prediction, b.Interval)
	}
}

func TestTooFewBlocksSayNothingOfOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for _, rounds := range [][]int{nil, {5}, {5, 5}, {5, 5, 1}} {
		if b, ok := BetweenBlocks(inBlocks(random, rounds, none), Options{}); ok {
			t.Errorf("%v: %+v", rounds, b)
		}
	}
	alike := Pair{Base: []float64{1, 1, 1, 1, 1, 1}, Head: []float64{2, 2, 2, 2, 2, 2}, Block: []int{0, 0, 1, 1, 2, 2}}
	if b, ok := BetweenBlocks(alike, Options{}); !ok || b.Verdict != Slower || math.Abs(b.Ratio-2) > 1e-9 || b.Heterogeneity != 0 {
		t.Errorf("rounds that are all alike: %+v", b)
	}
	b, ok := BetweenBlocks(inBlocks(random, []int{9, 9, 9}, func(int) float64 { return math.Log(0.5) }), Options{})
	if !ok || b.Verdict != Faster {
		t.Errorf("half the time everywhere: %+v", b)
	}
}
