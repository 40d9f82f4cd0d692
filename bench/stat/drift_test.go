package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestDriftReproducesHollanderWolfe(t *testing.T) {
	// Cloud seeding in five years: "Nonparametric Statistical Methods", 1973, example
	// 9.1. C = -6 of 10 pairs, slope -0.056.
	d := DetectDrift([]float64{1.26, 1.27, 1.12, 1.16, 1.03})
	if !close6(d.Tau, -0.6) || !close6(d.Slope, -0.05625) {
		t.Errorf("%+v, want tau -0.6, slope -0.05625", d)
	}
}

func TestDriftTauIsKendalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.Float64Range(-9, 9), 5, 30, rapid.ID).Draw(t, "x")
		order := make([]float64, len(x))
		for i := range order {
			order[i] = float64(i)
		}
		if got, want := DetectDrift(x).Tau, stat.Kendall(order, x, nil); math.Abs(got-want) > 1e-12 {
			t.Fatalf("%v, gonum has %v", got, want)
		}
	})
}

func TestDriftVarianceIsThatOfAllOrders(t *testing.T) {
	values := []float64{1, 1, 2, 3, 3, 3}
	sum, orders := 0.0, 0.0
	var permute func(k int)
	s := func() (s float64) {
		for j := range values {
			for i := range j {
				s += sign(values[j] - values[i])
			}
		}
		return s
	}
	permute = func(k int) {
		if k == len(values) {
			sum += s() * s()
			orders++
			return
		}
		for i := k; i < len(values); i++ {
			values[k], values[i] = values[i], values[k]
			permute(k + 1)
			values[k], values[i] = values[i], values[k]
		}
	}
	permute(0)
	if got, want := kendallVariance(ties(values), 6), sum/orders; math.Abs(got-want) > 1e-9 {
		t.Errorf("variance %v, over all orders %v", got, want)
	}
}

func TestDriftSeesTrendsAndForgivesNoise(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const trials, n = 400, 30
	rate := func(draw func() []float64) float64 {
		found := 0
		for range trials {
			if DetectDrift(draw()).P <= 0.05 {
				found++
			}
		}
		return float64(found) / trials
	}
	if got := rate(func() []float64 { return ar1(random, n, 0) }); got > 0.08 {
		t.Errorf("iid called drifting: %v", got)
	}
	// Without the correction it is 0.22.
	if got := rate(func() []float64 { return ar1(random, n, 0.5) }); got > 0.13 {
		t.Errorf("AR(1) .5 called drifting: %v", got)
	}
	if got := rate(func() []float64 {
		x := ar1(random, n, 0)
		for i := range x {
			x[i] += 3 * float64(i) / n
		}
		return x
	}); got < 0.9 {
		t.Errorf("a drift of three deviations seen: %v", got)
	}
}

func TestDriftAtItsLimits(t *testing.T) {
	for _, x := range [][]float64{nil, {1, 2, 3, 4}, {1, 1, 1, 1, 1}, {1, 2, 3, 4, math.NaN()}, {1, 2, 3, 4, math.Inf(-1)}} {
		if got := DetectDrift(x); got != (Drift{P: 1}) {
			t.Errorf("%v: %+v", x, got)
		}
	}
	wild := []float64{1, 2, 3, 4, 1e300, 6, 7, 8}
	given := slices.Clone(wild)
	if got := DetectDrift(wild); math.Abs(got.Slope-1) > 1e-12 || got.P > 0.05 {
		t.Errorf("one wild value: %+v", got)
	}
	if !slices.Equal(wild, given) {
		t.Error("the caller's slice was changed")
	}
}
