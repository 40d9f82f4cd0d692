package stat

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestDescriptionIsGonums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 2, 40).Draw(t, "x")
		d := Describe(x)
		mean, deviation := stat.MeanStdDev(x, nil)
		if math.Abs(d.Mean-mean) > 1e-6 || math.Abs(d.Deviation-deviation) > 1e-6*math.Max(1, deviation) {
			t.Errorf("%+v, want a mean of %v and a deviation of %v", d, mean, deviation)
		}
		if !(d.Min <= d.Median && d.Median <= d.Max) || d.N != len(x) {
			t.Errorf("%+v", d)
		}
	})
}

func TestDescriptionOfTooFew(t *testing.T) {
	if d := Describe(nil); d.N != 0 || !math.IsNaN(d.Min) || !math.IsNaN(d.Median) || !math.IsNaN(d.Max) || !math.IsNaN(d.Mean) || !math.IsNaN(d.Deviation) {
		t.Errorf("nothing: %+v", d)
	}
	if d := Describe([]float64{3}); d.Min != 3 || d.Median != 3 || d.Max != 3 || d.Mean != 3 || !math.IsNaN(d.Deviation) {
		t.Errorf("one value: %+v", d)
	}
}
