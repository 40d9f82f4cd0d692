package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The depression scale of nine patients before and after a tranquilliser: Hollander &
// Wolfe, "Nonparametric Statistical Methods", 1973, table 3.1, also the example of R's
// wilcox.test.
var (
	before = []float64{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	after  = []float64{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
)

func difference(a, b []float64) []float64 {
	d := make([]float64, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return d
}

func close6(a, b float64) bool { return math.Abs(a-b) < 1e-6 || a == b }

func TestHodgesLehmannReproducesHollanderWolfe(t *testing.T) {
	// Their estimate is 0.46, and their 96.1% interval (0.010, 0.786); p is 0.039.
	d := difference(before, after)
	estimate, iv := HodgesLehmann(d, 0.95)
	if !close6(estimate, 0.46) || !close6(iv.Low, 0.010) || !close6(iv.High, 0.786) || iv.Confidence != 1-20.0/512 {
		t.Errorf("%v %+v, want 0.46, (0.010, 0.786) at 0.961", estimate, iv)
	}
}

func TestHodgesLehmannEqualsSortedWalshAverages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(-100, 100), rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }))
		x := rapid.SliceOfN(value, 1, 30).Draw(t, "x")
		given := slices.Clone(x)
		var walsh []float64
		for i := range x {
			for j := i; j < len(x); j++ {
				walsh = append(walsh, x[i]/2+x[j]/2)
			}
		}
		slices.Sort(walsh)
		estimate, iv := HodgesLehmann(x, 0.9)
		m := len(walsh)
		if want := walsh[(m-1)/2]/2 + walsh[m/2]/2; estimate != want {
			t.Fatalf("estimate %v, median of Walsh averages %v", estimate, want)
		}
		if c, _ := criticalRank(len(x), 0.05); c > 0 && (iv.Low != walsh[c-1] || iv.High != walsh[m-c]) {
			t.Fatalf("interval %+v, want (%v, %v)", iv, walsh[c-1], walsh[m-c])
		}
		if !slices.Equal(given, x) {
			t.Fatal("the caller's slice was changed")
		}
	})
}

func TestCriticalRankReproducesTheTables(t *testing.T) {
	// Wilcoxon's two-sided 5% and 1% critical values (Hollander, Wolfe & Chicken 2014,
	// table A.4; R: qsignrank): reject at W <= value, so c is one more.
	for _, c := range []struct {
		n, at5, at1 int
	}{{6, 0, -1}, {7, 2, -1}, {8, 3, 0}, {9, 5, 1}, {10, 8, 3}, {15, 25, 15}, {20, 52, 37}, {25, 89, 68}, {30, 137, 109}} {
		if got, _ := criticalRank(c.n, 0.025); got != c.at5+1 {
			t.Errorf("n=%d at 5%%: %d, want %d", c.n, got, c.at5+1)
		}
		if got, _ := criticalRank(c.n, 0.005); got != c.at1+1 {
			t.Errorf("n=%d at 1%%: %d, want %d", c.n, got, c.at1+1)
		}
	}
}

func TestCriticalRankContinuesBeyondTheExactOnes(t *testing.T) {
	// No jump where exact gives way to normal, but the 0.3% that is documented.
	for _, tail := range []float64{0.05, 0.025, 0.005, 0.0005} {
		last, _ := criticalRank(signedRankExactTo, tail)
		first, _ := criticalRank(signedRankExactTo+1, tail)
		second, below := criticalRank(signedRankExactTo+2, tail)
		missing := (second - first) - (first - last)
		if missing < -1 || float64(missing) > 0.003*float64(first) {
			t.Errorf("tail %v: %d, then %d, %d", tail, last, first, second)
		}
		if below > tail || below < 0.97*tail {
			t.Errorf("tail %v achieved as %v", tail, below)
		}
	}
}

func TestHodgesLehmannAtItsLimits(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		name           string
		x              []float64
		estimate       float64
		low, high, con float64
	}{
		{"nothing", nil, math.NaN(), -inf, inf, 1},
		{"NaN", []float64{1, math.NaN(), 2, 3, 4, 5, 6}, math.NaN(), -inf, inf, 1},
		{"infinite", []float64{1, inf, 2, 3, 4, 5, 6}, math.NaN(), -inf, inf, 1},
		{"one value", []float64{3}, 3, -inf, inf, 1},
		{"five values", []float64{1, 2, 3, 4, 5}, 3, -inf, inf, 1},
		{"six values", []float64{1, 2, 3, 4, 5, 6}, 3.5, 1, 6, 1 - 2.0/64},
		{"all equal", []float64{7, 7, 7, 7, 7, 7, 7}, 7, 7, 7, 1 - 6.0/128},
		{"enormous", []float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64, -inf, inf, 1},
	} {
		got, iv := HodgesLehmann(c.x, 0.95)
		same := got == c.estimate || math.IsNaN(got) && math.IsNaN(c.estimate)
		if !same || iv != (Interval{c.low, c.high, c.con}) {
			t.Errorf("%s: %v %+v", c.name, got, iv)
		}
	}
	if _, iv := HodgesLehmann(darwin, math.NaN()); iv.Confidence < 0.95 || iv.Confidence > 0.96 {
		t.Errorf("a confidence of NaN: %+v, want that of 0.95", iv)
	}
}
