package stat

import (
	"encoding/json"
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

// blocksOf returns blocks with these log ratios, each with rounds that differ from it by apart.
func blocksOf(effects []float64, apart ...float64) (blocks []Pair) {
	for _, e := range effects {
		var p Pair
		for _, d := range apart {
			p.Base, p.Head = append(p.Base, 1), append(p.Head, math.Exp(e+d))
		}
		blocks = append(blocks, p)
	}
	return blocks
}

// The differences in sleep of Student's ten patients ("The probable error of a mean", Biometrika
// 6, 1908), with the figures that R's t.test prints for its data set sleep.
func TestBetweenBlocksIsStudentsT(t *testing.T) {
	sleep := []float64{1.2, 2.4, 1.3, 1.3, 0, 1, 1.8, 0.8, 4.6, 1.4}
	b, ok := BetweenBlocks(blocksOf(sleep, -0.01, 0.01), Options{})
	if near := func(got, want float64) bool { return math.Abs(got-want) < 1e-4 }; !ok || b.Blocks != 10 || b.Verdict != Slower || b.MoreBlocks != 0 ||
		!near(math.Log(b.Ratio), 1.58) || !near(math.Log(b.Interval.Low), 0.7001142) || !near(math.Log(b.Interval.High), 2.4598858) || !near(b.P, 0.002833) ||
		// One more patient: the interval's half-width of 0.8799 times the root of 11.
		!near(math.Log(b.Prediction.Low), 1.58-2.91825) || !near(math.Log(b.Prediction.High), 1.58+2.91825) {
		t.Errorf("got %+v", b)
	}
	if b, _ := BetweenBlocks(blocksOf(sleep, -0.01, 0.01), Options{HigherIsBetter: true}); b.Verdict != Faster {
		t.Errorf("a rate that is higher: %+v", b)
	}
	// Blocks with a hundredth of the noise count no more than others.
	precise := append(blocksOf(sleep[:1], -0.01, 0.01), blocksOf(sleep[1:], -0.0001, 0.0001)...)
	if p, _ := BetweenBlocks(precise, Options{}); math.Abs(p.Ratio/b.Ratio-1) > 1e-4 || math.Abs(p.P-b.P) > 1e-4 {
		t.Errorf("got %+v, want %+v", p, b)
	}
}

// A ratio is that which Compare has for the block, so the reader of both finds the mean.
func TestBetweenBlocksAveragesWhatIsShown(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 1))
	mean, blocks := 0.0, []Pair(nil)
	for range 4 {
		p := inBlocks(random, []int{7}, none)
		p.Head[3] *= 5 // a stall
		blocks, mean = append(blocks, p), mean+math.Log(Compare(p.Base, p.Head, Options{}).Ratio)/4
	}
	if b, _ := BetweenBlocks(blocks, Options{}); math.Abs(math.Log(b.Ratio)-mean) > 1e-9 || math.Abs(mean) > 0.1 {
		t.Errorf("got %+v, want a ratio of %v", b, math.Exp(mean))
	}
}

// Where variances are equal, it is the ordinary analysis of variance. By hand: three blocks of
// three rounds, of variance 1, with means 0, 1 and 2. F is 3, with 2 and 6 degrees of freedom, and
// P(F > x) is then (1 + x/3)^-3.
func TestHeterogeneity(t *testing.T) {
	b, _ := BetweenBlocks(blocksOf([]float64{0, 1, 2}, -1, 0, 1), Options{})
	if math.Abs(b.Heterogeneity-2./3) > 1e-9 || math.Abs(b.PAlike-1./8) > 1e-9 {
		t.Errorf("got %+v", b)
	}
	// Unequal: F is 4 over the mean of 1, 4 and 4, and Satterthwaite's degrees of freedom are
	// 4*81 / (3*33 + 81) = 1.8 and 81 / (1/2 + 16/3 + 16/4).
	share, p := heterogeneity([]float64{0, 2, 4}, []float64{1, 4, 4}, []float64{2, 3, 4})
	want := distuv.F{D1: 1.8, D2: 81 / (1./2 + 16./3 + 16./4)}.Survival(4 / 3.)
	if math.Abs(share-1./4) > 1e-9 || math.Abs(p-want) > 1e-9 {
		t.Errorf("got %v and %v, want %v", share, p, want)
	}
	if b, _ := BetweenBlocks(blocksOf([]float64{1, 1, 1}, -1, 0, 1), Options{}); b.Heterogeneity != 0 || b.PAlike < 1-1e-9 {
		t.Errorf("alike: %+v", b)
	}
}

func TestTooFewBlocksSayNothingOfOthers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	blocks := func(effect float64, rounds ...int) (blocks []Pair) {
		for _, n := range rounds {
			blocks = append(blocks, inBlocks(random, []int{n}, func(int) float64 { return effect }))
		}
		return blocks
	}
	for _, rounds := range [][]int{nil, {5}, {5, 5}, {5, 5, 1}, {5, 0, 5}} {
		if b, ok := BetweenBlocks(blocks(0, rounds...), Options{}); ok {
			t.Errorf("%v: %+v", rounds, b)
		}
	}
	if b, ok := BetweenBlocks(blocks(math.Log(0.5), 9, 9, 9), Options{}); !ok || b.Verdict != Faster {
		t.Errorf("half the time everywhere: %+v", b)
	}
	if b, ok := BetweenBlocks(blocks(0, 9, 9, 9), Options{}); !ok || b.Verdict != Undecided || b.MoreBlocks == 0 {
		t.Errorf("no difference: %+v", b)
	}
}

// A clock too coarse makes all rounds alike. Nothing is then infinite or NaN.
func TestBlocksWithoutNoise(t *testing.T) {
	for effect, want := range map[float64]Verdict{math.Log(2): Slower, 0: Undecided} {
		b, ok := BetweenBlocks(blocksOf([]float64{effect, effect, effect}, 0, 0), Options{})
		if !ok || b.Verdict != want || math.Abs(math.Log(b.Ratio)-effect) > 1e-9 || b.Heterogeneity != 0 || b.PAlike != 1 || (b.P > 0.05) != (want == Undecided) {
			t.Errorf("%v: %+v", effect, b)
		}
		if _, err := json.Marshal(b); err != nil {
			t.Error(err)
		}
	}
}

// With n blocks of mean 1 and variance 4, the limit is reached where (t(n-1) + 0.84) 2 / sqrt(n) <= 1:
// with 34 blocks 0.986, with 33 blocks 1.002.
func TestMoreBlocks(t *testing.T) {
	for _, c := range []struct {
		mean   float64
		blocks int
		want   int
	}{{1, 3, 31}, {-1, 33, 1}, {1, 40, 1}, {0, 3, -1}, {0, 5000, -1}} {
		if got := moreBlocks(c.mean, 4, c.blocks, 0.05); got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
}
