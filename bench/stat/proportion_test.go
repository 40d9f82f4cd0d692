package stat

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"
)

func TestProportionInterval(t *testing.T) {
	for _, c := range []struct {
		successes, n int
		low, high    float64
	}{
		{3, 20, 0.0524, 0.3604}, // R: prop.test(3, 20, correct = FALSE)
		{0, 50, 0, 0.0713},
		{50, 50, 0.9287, 1},
		{0, 0, 0, 1},
	} {
		if iv := ProportionInterval(c.successes, c.n, 0.95); math.Abs(iv.Low-c.low) > 5e-4 || math.Abs(iv.High-c.high) > 5e-4 {
			t.Errorf("%d of %d: %+v", c.successes, c.n, iv)
		}
	}
}

// Its coverage, summed over all outcomes, is about the confidence asked.
func TestProportionIntervalCovers(t *testing.T) {
	for _, p := range []float64{0.05, 0.3, 0.5, 0.9} {
		const n = 60
		covered := 0.0
		for k := range n + 1 {
			if iv := ProportionInterval(k, n, 0.95); iv.Low <= p && p <= iv.High {
				covered += distuv.Binomial{N: n, P: p}.Prob(float64(k))
			}
		}
		if covered < 0.93 || covered > 0.98 {
			t.Errorf("p = %v is held with %.3f", p, covered)
		}
	}
}
