package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Rounds that are alike leave the limits to the order statistics; rounds that differ
// widen them by what Student's t says.
func TestWoodruffShares(t *testing.T) {
	low, high := WoodruffShares([]float64{0.5, 0.5, 0.5}, 101, 0.5, 0.95)
	l, h := QuantileRanks(101, 0.5, 0.95)
	if low != float64(l-1)/100 || high != float64(h-1)/100 {
		t.Errorf("alike: %v to %v, want ranks %d and %d", low, high, l, h)
	}
	low, high = WoodruffShares([]float64{0.4, 0.5, 0.6}, 1_000_001, 0.5, 0.95)
	if want := 4.30265 * 0.1 / math.Sqrt(3); math.Abs(low-(0.5-want)) > 1e-5 || math.Abs(high-(0.5+want)) > 1e-5 {
		t.Errorf("%v to %v, want 0.5 give or take %v", low, high, want)
	}
}

// Where values of a round go together, the interval holds the quantile nearly as often as it
// says (89% of 95% with twelve rounds, for a p90), and that of as many independent values
// does not.
func TestWoodruffCoversRoundsThatDiffer(t *testing.T) {
	const runs, rounds, values, q = 400, 12, 50, 0.9
	truth := math.Sqrt2 * 1.2815515655446 // of the sum of two standard normals
	held, naive := 0, 0
	for run := range uint64(runs) {
		random := rand.New(rand.NewPCG(run, 8))
		var all []float64
		of := make([][]float64, rounds)
		for r := range of {
			common := random.NormFloat64()
			for range values {
				of[r] = append(of[r], common+random.NormFloat64())
			}
			all = append(all, of[r]...)
		}
		value := Quantiles(all, q)[0]
		var parts []float64
		for _, x := range of {
			below := 0.0
			for _, v := range x {
				if v <= value {
					below++
				}
			}
			parts = append(parts, below/values)
		}
		low, high := WoodruffShares(parts, len(all), q, 0.95)
		if (low < 0 || Quantiles(all, low)[0] <= truth) && (high > 1 || Quantiles(all, high)[0] >= truth) {
			held++
		}
		if iv := QuantileInterval(all, q, 0.95); iv.Low <= truth && truth <= iv.High {
			naive++
		}
	}
	t.Logf("held %d of %d, naive %d", held, runs, naive)
	if held < runs*85/100 || naive > runs*75/100 {
		t.Errorf("held %d of %d, as if independent %d", held, runs, naive)
	}
}
