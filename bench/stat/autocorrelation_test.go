package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// lh is luteinizing hormone in blood, every 10 minutes: R's data set lh, from Diggle,
// "Time Series: A Biostatistical Introduction", 1990, table A.1.
var lh = []float64{
	2.4, 2.4, 2.4, 2.2, 2.1, 1.5, 2.3, 2.3, 2.5, 2.0, 1.9, 1.7, 2.2, 1.8, 3.2, 3.2,
	2.7, 2.2, 2.2, 1.9, 1.9, 1.8, 2.7, 3.0, 2.3, 2.0, 2.0, 2.9, 2.9, 2.7, 2.7, 2.3,
	2.6, 2.4, 1.8, 1.7, 1.5, 1.4, 2.1, 3.3, 3.5, 3.5, 3.1, 2.6, 2.1, 3.4, 3.0, 2.9,
}

func TestAutocorrelationReproducesR(t *testing.T) {
	// acf(lh), as R prints it.
	for lag, want := range []float64{0, 0.576, 0.182, -0.145, -0.175, -0.150} {
		if got := Autocorrelation(lh, lag); math.Abs(got-want) > 5e-4 {
			t.Errorf("lag %d: %.4f, want %.3f", lag, got, want)
		}
	}
}

func TestAutocorrelationAtItsLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		lag  int
		want float64
	}{
		{"nothing", nil, 1, 0},
		{"constant", []float64{2, 2, 2}, 1, 0},
		{"lag too long", []float64{1, 2}, 2, 0},
		{"lag negative", []float64{1, 2}, -1, 0},
		{"alternating", []float64{1, -1, 1, -1}, 1, -0.75},
	} {
		if got := Autocorrelation(c.x, c.lag); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := Autocorrelation([]float64{1, math.NaN()}, 1); !math.IsNaN(got) {
		t.Errorf("NaN: %v", got)
	}
}

// ar1 is a stationary series with the given autocorrelation, of unit variance.
func ar1(random *rand.Rand, n int, rho float64) []float64 {
	x := make([]float64, n)
	value := random.NormFloat64()
	for i := range x {
		x[i] = value
		value = rho*value + math.Sqrt(1-rho*rho)*random.NormFloat64()
	}
	return x
}
