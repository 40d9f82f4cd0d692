package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/perf/benchmath"
	"pgregory.net/rapid"
)

// R: wilcox.test(head, base, conf.int = TRUE), exact, gives p = 0.02857, and differences
// of 1.5 to 6.5 around 4 (of 16; with n = 4 the limits are the extreme ones).
func TestShiftOfAPublishedForm(t *testing.T) {
	base, head := []float64{1, 2, 3, 4}, []float64{5.5, 6, 7, 7.5}
	center, iv := shift(base, head, 0.95)
	if center != 4 || iv.Low != 1.5 || iv.High != 6.5 {
		t.Errorf("got %v in [%v, %v]", center, iv.Low, iv.High)
	}
	if want := 1 - 2.0/70; math.Abs(iv.Confidence-want) > 1e-12 {
		t.Errorf("confidence %v, want %v", iv.Confidence, want)
	}
}

// Critical values of Mann-Whitney's U, two-sided 5%: the limits of Hollander, Wolfe &
// Chicken's and every other textbook's table are one less, as c counts P(U < c).
func TestCriticalU(t *testing.T) {
	for _, c := range []struct{ n, m, want int }{{3, 3, 0}, {4, 4, 1}, {5, 5, 3}, {6, 6, 6}, {8, 10, 18}, {10, 10, 24}, {20, 20, 128}, {5, 20, 21}} {
		if got, _ := criticalU(c.n, c.m, 0.025); got != c.want {
			t.Errorf("n=%d m=%d: got %d, want %d", c.n, c.m, got, c.want)
		}
	}
	// The approximation is close where the two meet.
	exact, _ := criticalU(50, 50, 0.025)
	approximate, _ := criticalU(50, 51, 0.025)
	if approximate < exact || approximate > exact+30 {
		t.Errorf("50x50: %d, 50x51: %d", exact, approximate)
	}
}

func TestDifferencesAreThoseOfAllPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 3), 1, 12)
		base, head := slices.Sorted(slices.Values(values.Draw(t, "base"))), slices.Sorted(slices.Values(values.Draw(t, "head")))
		var all []float64
		for _, b := range base {
			for _, h := range head {
				all = append(all, h-b)
			}
		}
		slices.Sort(all)
		k := rapid.IntRange(1, len(all)).Draw(t, "k")
		if got := differenceOf(base, head, k); got != all[k-1] {
			t.Errorf("number %d is %v, want %v", k, got, all[k-1])
		}
	})
}

// p is benchstat's, and it is at most 5% exactly when the interval excludes 1.
func TestUnpairedAgreesWithBenchstatAndWithItsInterval(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, m := 4+random.IntN(12), 4+random.IntN(12)
		var p Pair
		for range n {
			p.Base = append(p.Base, math.Exp(random.NormFloat64()/10))
		}
		for range m {
			p.Head = append(p.Head, math.Exp(0.1+random.NormFloat64()/10))
		}
		c := CompareSamples([]Pair{p}, Options{})[0]
		sample := func(x []float64) *benchmath.Sample {
			return benchmath.NewSample(append([]float64{}, x...), &benchmath.DefaultThresholds)
		}
		if want := benchmath.AssumeNothing.Compare(sample(p.Base), sample(p.Head)).P; math.Abs(c.P-want) > 1e-9 {
			t.Fatalf("p=%v, benchstat says %v", c.P, want)
		}
		if excludes := c.Interval.Low > 1 || c.Interval.High < 1; excludes != (c.P <= 0.05) {
			t.Fatalf("p=%v, interval %v, n=%d m=%d", c.P, c.Interval, n, m)
		}
		if c.Ratio < c.Interval.Low || c.Ratio > c.Interval.High {
			t.Fatalf("ratio %v outside of %v", c.Ratio, c.Interval)
		}
	}
}

func TestUnpairedVerdicts(t *testing.T) {
	base := ramp(10)
	tight := scaled(slices.Repeat([]float64{1}, 10), 100, 0.001)
	for _, c := range []struct {
		name string
		pair Pair
		want Verdict
	}{
		{"far slower", Pair{Base: base, Head: scaled(base, 3, 0.01)}, Slower},
		{"far faster", Pair{Base: base, Head: scaled(base, 0.3, 0.01)}, Faster},
		{"lengths differ", Pair{Base: base, Head: scaled(base, 3, 0.01)[:6]}, Slower},
		{"the same within 2%", Pair{Base: tight, Head: scaled(tight, 1.001, 0)}, Same},
		{"too wide to tell", Pair{Base: base, Head: scaled(base, 1.01, 0.2)}, Undecided},
		{"three values", Pair{Base: base[:3], Head: scaled(base, 9, 0)}, TooFew},
		{"nothing", Pair{Base: nil, Head: base}, TooFew},
		{"no number", Pair{Base: []float64{math.NaN(), -1, 0, math.Inf(1)}, Head: base}, TooFew},
	} {
		if got := CompareSamples([]Pair{c.pair}, Options{Margin: 0.02})[0]; got.Verdict != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// Two samples of one distribution are called different in 5% of cases, or less as the
// exact test moves in steps.
func TestUnpairedLevel(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	wrong := 0
	const trials = 2000
	for range trials {
		var p Pair
		for range 10 {
			p.Base = append(p.Base, math.Exp(random.NormFloat64()))
			p.Head = append(p.Head, math.Exp(random.NormFloat64()))
		}
		if CompareSamples([]Pair{p}, Options{})[0].Verdict != Undecided {
			wrong++
		}
	}
	if rate := float64(wrong) / trials; rate < 0.03 || rate > 0.06 {
		t.Errorf("called different in %.1f%% of cases", 100*rate)
	}
}
