package stat

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLeaders(t *testing.T) {
	base := ramp(20)
	for _, c := range []struct {
		name    string
		metric  [][]float64
		options Options
		want    []bool
	}{
		{"none", nil, Options{}, []bool{}},
		{"alone", [][]float64{base}, Options{}, []bool{true}},
		{"without data", [][]float64{base, nil, {0, math.NaN()}}, Options{}, []bool{true, false, false}},
		{"one beaten", [][]float64{scaled(base, 1.2, 0.01), base, scaled(base, 1, 0.01)}, Options{}, []bool{false, true, true}},
		{"higher is better", [][]float64{scaled(base, 1.2, 0.01), base}, Options{HigherIsBetter: true}, []bool{true, false}},
		{"within the margin", [][]float64{scaled(base, 1.01, 0.001), base}, Options{Margin: 0.05}, []bool{true, true}},
		{"not within it", [][]float64{scaled(base, 1.01, 0.001), base}, Options{}, []bool{false, true}},
		{"too few rounds", [][]float64{{2, 2, 2, 2, 2}, {1, 1, 1, 1, 1}}, Options{}, nil},
		{"one round more", [][]float64{{2, 2, 2, 2, 2, 2}, {1, 1, 1, 1, 1, 1}}, Options{}, []bool{false, true}},
		{"too few of three", [][]float64{{2, 2, 2, 2, 2, 2}, {1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1}}, Options{}, nil},
		{"too few of one", [][]float64{base, base, base[:3]}, Options{}, nil},
		{"a rival without data takes no rounds", [][]float64{{2, 2, 2, 2, 2, 2}, {1, 1, 1, 1, 1, 1}, nil}, Options{}, []bool{false, true, false}},
	} {
		if got := Leaders(c.metric, c.options); !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheBestIsAmongTheLeaders(t *testing.T) {
	// Five alike: the first is as good as any, and leaves in at most 5% of runs.
	random := rand.New(rand.NewPCG(7, 8))
	const trials = 200
	lost := 0
	for range trials {
		metric := make([][]float64, 5)
		for i := range metric {
			metric[i] = make([]float64, 12)
			for j := range metric[i] {
				metric[i][j] = math.Exp(0.1 * random.NormFloat64())
			}
		}
		if !Leaders(metric, Options{})[0] {
			lost++
		}
	}
	if limit := 10 + 4*3; lost > limit {
		t.Errorf("lost %d times of %d, want at most %d", lost, trials, limit)
	}
}
