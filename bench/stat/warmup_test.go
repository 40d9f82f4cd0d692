package stat

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestWarmupCutHasTheLeastStandardError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 9), 8, 40).Draw(t, "x")
		at, least := 0, math.Inf(1)
		for cut := 0; cut <= len(x)/2; cut++ {
			mean, squares, n := 0.0, 0.0, float64(len(x)-cut)
			for _, v := range x[cut:] {
				mean += v / n
			}
			for _, v := range x[cut:] {
				squares += (v - mean) * (v - mean)
			}
			if mser := squares / (n * n); mser < least*(1-1e-9) {
				at, least = cut, mser
			}
		}
		if got := steadyFrom(x); got != at {
			t.Fatalf("cut at %d, want %d", got, at)
		}
	})
}

func TestWarmupEnds(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	const trials = 300
	steadyEnded, warmEnded, endedAt, driftEnded := 0, 0, 0, 0
	for range trials {
		steady, warm, drift := make([]float64, 30), make([]float64, 30), make([]float64, 30)
		for i := range steady {
			steady[i] = 10 + random.NormFloat64()
			warm[i] = 10 + 10*math.Exp(-float64(i)/2) + random.NormFloat64()
			drift[i] = 10 + 0.3*float64(i) + random.NormFloat64()
		}
		if DetectWarmup(steady).Ended {
			steadyEnded++
		}
		if w := DetectWarmup(warm); w.Ended {
			warmEnded++
			endedAt += w.At
		}
		if DetectWarmup(drift).Ended {
			driftEnded++
		}
	}
	if steadyEnded < trials*80/100 || warmEnded < trials*80/100 || driftEnded > trials*5/100 {
		t.Errorf("of %d ended: steady %d, warming up %d, drifting %d", trials, steadyEnded, warmEnded, driftEnded)
	}
	// After four time constants the excess is 0.3 to 0.05 of the noise's 1.
	if mean := float64(endedAt) / float64(warmEnded); mean < 3 || mean > 8 {
		t.Errorf("ends at %v in the mean", mean)
	}
}

func TestWarmupAtItsLimits(t *testing.T) {
	for _, x := range [][]float64{nil, {1, 2, 3, 4, 5, 6, 7}, {1, 2, 3, 4, 5, 6, 7, math.NaN()}} {
		if got := DetectWarmup(x); got.Ended || got.At != 0 {
			t.Errorf("%v: %+v", x, got)
		}
	}
	constant := []float64{2, 2, 2, 2, 2, 2, 2, 2}
	if got := DetectWarmup(constant); !got.Ended || got.At != 0 {
		t.Errorf("constant: %+v", got)
	}
	falling := []float64{20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5}
	if got := DetectWarmup(falling); got.Ended || got.Drift.Slope != -1 {
		t.Errorf("still falling: %+v", got)
	}
}
