package stat

import (
	"math"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

// darwin holds the differences in height, in eighths of an inch, of 15 pairs of cross-
// and self-fertilised maize plants (Fisher, "The Design of Experiments", table 3).
var darwin = []float64{49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48}

func TestSignFlipReproducesFisher(t *testing.T) {
	// Section 21: of 32,768 patterns 863 give a sum of 314 or more; twice that is 5.267%.
	p, standardError := SignFlip(darwin, 1)
	if want := 2 * 863.0 / 32768; p != want || standardError != 0 {
		t.Errorf("SignFlip = %v ± %v, want %v exactly", p, standardError, want)
	}
}

func TestSignFlipEqualsEnumeration(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Few distinct values, so that sums tie.
		unit := rapid.SampledFrom([]float64{0.1, 0.5}).Draw(t, "unit")
		x := rapid.SliceOfN(rapid.Map(rapid.IntRange(-4, 6), func(i int) float64 { return float64(i) * unit }), 1, 11).Draw(t, "x")
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		extreme := 0
		for pattern := range uint(1) << len(x) {
			flipped := 0.0
			for i, v := range x {
				flipped += v * float64(1-2*int(pattern>>i&1))
			}
			if math.Abs(flipped) >= math.Abs(sum)-1e-9 {
				extreme++
			}
		}
		p, _ := SignFlip(x, 0)
		if want := math.Ldexp(float64(extreme), -len(x)); p != want {
			t.Fatalf("SignFlip(%v) = %v, enumeration %v", x, p, want)
		}
	})
}

func TestSignFlipSamplesNearTheExactValue(t *testing.T) {
	// 60 equal values, of which 40 positive: the number of positive signs is binomial.
	x := make([]float64, 60)
	for i := range x {
		x[i] = 0.3
		if i >= 40 {
			x[i] = -0.3
		}
	}
	exact := 0.0
	for k := 40; k <= 60; k++ {
		lg := func(n int) float64 { v, _ := math.Lgamma(float64(n + 1)); return v }
		exact += 2 * math.Exp(lg(60)-lg(k)-lg(60-k)-60*math.Ln2)
	}
	p, standardError := SignFlip(x, 7)
	if math.Abs(p-exact) > 4*standardError || standardError == 0 || standardError > 0.001 {
		t.Errorf("SignFlip = %v ± %v, binomial %v", p, standardError, exact)
	}
	if again, _ := SignFlip(x, 7); again != p {
		t.Errorf("the same seed gave %v, then %v", p, again)
	}
}

func TestSignFlipAtItsLimits(t *testing.T) {
	most := make([]float64, signFlipExactTo)
	for i := range most {
		most[i] = float64(i+1) / 3
	}
	ranks := make([]float64, 500)
	for i := range ranks {
		ranks[i] = float64(i + 1)
	}
	huge := []float64{math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, math.MaxFloat64, math.MaxFloat64}
	for _, c := range []struct {
		name string
		x    []float64
		want float64
	}{
		{"nothing", nil, 1},
		{"one value", []float64{3}, 1},
		{"zeros", make([]float64, 50), 1},
		{"NaN", []float64{1, 2, math.NaN()}, 1},
		{"infinite", []float64{1, 2, math.Inf(1)}, 1},
		{"sum of zero", []float64{2, -2, 1, -1}, 1},
		{"sum overflows", huge, 2.0 / 64},
		{"largest exact", most, math.Ldexp(2, -signFlipExactTo)},
		{"counted", ranks, math.Ldexp(2, -500)},
	} {
		if p, _ := SignFlip(c.x, 0); p != c.want {
			t.Errorf("%s: %v, want %v", c.name, p, c.want)
		}
	}
}

func TestSignedSumsAreSortedAndComplete(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-10, 10), 0, 8).Draw(t, "x")
		sums := signedSums(x)
		if bits.Len(uint(len(sums))) != len(x)+1 {
			t.Fatalf("%d sums of %d values", len(sums), len(x))
		}
		for i := 1; i < len(sums); i++ {
			if sums[i] < sums[i-1] {
				t.Fatalf("sums not ascending: %v", sums)
			}
		}
	})
}
