package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestQuantilesAreOfType7(t *testing.T) {
	// The Wikipedia article "Percentile", variant C = 1: R's type 7.
	x := []float64{50, 20, 15, 40, 35}
	got := Quantiles(x, 0, 0.05, 0.3, 0.4, 0.5, 1)
	for i, want := range []float64{15, 16, 23, 29, 35, 50} {
		if math.Abs(got[i]-want) > 1e-12 {
			t.Errorf("quantile %d: %v, want %v", i, got[i], want)
		}
	}
	if x[0] != 50 {
		t.Error("the caller's slice was sorted")
	}
}

func TestQuantilesAtTheirLimits(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		x    []float64
		q    float64
		want float64
	}{
		{nil, 0.5, nan},
		{[]float64{1, nan}, 0.5, nan},
		{[]float64{1, 2}, nan, nan},
		{[]float64{1, 2}, 1.1, nan},
		{[]float64{1, 2}, -0.1, nan},
		{[]float64{3}, 0.99, 3},
		{[]float64{1, 2, inf}, 0.5, 2},
		{[]float64{1, 2, inf}, 0.6, inf},
		{[]float64{inf, inf, 1}, 0.75, inf},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, 0.5, math.MaxFloat64},
	} {
		got := Quantiles(c.x, c.q)[0]
		if got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("quantile %v of %v: %v, want %v", c.q, c.x, got, c.want)
		}
	}
}

func TestQuantileIntervalReproducesTheTables(t *testing.T) {
	// Intervals of the median: Penn State STAT 415, lesson 19 (n = 9, 10); Conover,
	// "Practical Nonparametric Statistics", 3rd ed., 1999, table A3 (the others).
	for _, c := range []struct {
		n, low, high int
		confidence   float64
	}{{9, 2, 8, 0.9609}, {10, 2, 9, 0.9785}, {15, 4, 12, 0.9648}, {20, 6, 15, 0.9586}, {100, 40, 61, 0.9648}} {
		x := make([]float64, c.n)
		for i := range x {
			x[c.n-1-i] = float64(i + 1)
		}
		iv := QuantileInterval(x, 0.5, 0.95)
		if iv.Low != float64(c.low) || iv.High != float64(c.high) || math.Abs(iv.Confidence-c.confidence) > 5e-5 {
			t.Errorf("n=%d: %+v, want (%d, %d) at %v", c.n, iv, c.low, c.high, c.confidence)
		}
	}
}

func TestQuantileIntervalKeepsItsConfidence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		q := rapid.Float64Range(0.001, 0.999).Draw(t, "q")
		confidence := rapid.SampledFrom([]float64{0.8, 0.95, 0.99}).Draw(t, "confidence")
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i + 1)
		}
		iv := QuantileInterval(x, q, confidence)
		// The limits, as numbers of order statistics, hold the quantile exactly if the
		// number of values below it is from low to high-1.
		low, high := max(0, iv.Low), min(float64(n+1), iv.High)
		within := 0.0
		for k := 0; k <= n; k++ {
			if float64(k) >= low && float64(k) < high {
				lg := func(v int) float64 { g, _ := math.Lgamma(float64(v + 1)); return g }
				within += math.Exp(lg(n) - lg(k) - lg(n-k) + float64(k)*math.Log(q) + float64(n-k)*math.Log(1-q))
			}
		}
		if math.Abs(within-iv.Confidence) > 1e-9 || within < confidence-1e-9 {
			t.Fatalf("%+v holds the quantile with probability %v", iv, within)
		}
		if supported := q < HighestQuantile(n, confidence)-1e-9; supported == math.IsInf(iv.High, 1) && math.Abs(q-HighestQuantile(n, confidence)) > 1e-9 {
			t.Fatalf("%+v, yet the highest quantile is %v", iv, HighestQuantile(n, confidence))
		}
	})
}

func TestHighestQuantile(t *testing.T) {
	for _, c := range []struct {
		n    int
		want float64
	}{{0, 0}, {1, 0.025}, {20, 0.8316}, {100, 0.9638}, {367, 0.98999}, {368, 0.99003}, {1000, 0.9963}} {
		if got := HighestQuantile(c.n, 0.95); math.Abs(got-c.want) > 5e-5 {
			t.Errorf("n=%d: %v, want %v", c.n, got, c.want)
		}
	}
	for _, iv := range []Interval{QuantileInterval(nil, 0.5, 0.95), QuantileInterval([]float64{math.NaN()}, 0.5, 0.95), QuantileInterval([]float64{1}, 2, 0.95)} {
		if iv != unbounded() {
			t.Errorf("%+v, want unbounded", iv)
		}
	}
	long := make([]float64, 1_000_000)
	for i := range long {
		long[i] = float64(i)
	}
	if iv := QuantileInterval(slices.Clone(long), 0.999, 7); iv.Low < 998_930 || iv.Low > 998_945 || iv.High < 999_055 || iv.High > 999_070 {
		t.Errorf("p999 of a million: %+v, want 999,000 ± 1.96 * 31.6", iv)
	}
}

// A quantile is supported exactly where its interval has an upper limit.
func TestSupports(t *testing.T) {
	for q, least := range map[float64]int{0.5: 6, 0.9: 36, 0.99: 368, 0.999: 3688} {
		for _, n := range []int{0, 1, least - 1, least, 2 * least} {
			x := make([]float64, n)
			bounded := n > 0 && !math.IsInf(QuantileInterval(x, q, 0.95).High, 1)
			if got := Supports(n, q); got != (n >= least) || got != bounded {
				t.Errorf("of %d values the %g-quantile is supported: %v; its interval has a limit: %v", n, q, got, bounded)
			}
		}
	}
}
