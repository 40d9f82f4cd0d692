package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestOutliersOfTheHandbook(t *testing.T) {
	// NIST/SEMATECH e-Handbook of Statistical Methods, section 7.1.6: of 90 values only
	// 1441 lies out, and mildly.
	x := []float64{
		30, 171, 184, 201, 212, 250, 265, 270, 272, 289, 305, 306, 322, 322, 336, 346, 351, 370,
		390, 404, 409, 411, 436, 437, 439, 441, 444, 448, 451, 453, 470, 480, 482, 487, 494, 495,
		499, 503, 514, 521, 522, 527, 548, 550, 559, 560, 570, 572, 574, 578, 585, 592, 592, 607,
		616, 618, 621, 629, 637, 638, 640, 656, 668, 707, 709, 719, 737, 739, 752, 758, 766, 792,
		792, 794, 802, 818, 830, 832, 843, 858, 860, 869, 918, 925, 953, 991, 1000, 1005, 1068, 1441,
	}
	for i, class := range ClassifyOutliers(x) {
		want := NotOutlier
		if x[i] == 1441 {
			want = HighMild
		}
		if class != want {
			t.Errorf("%v: %d, want %d", x[i], class, want)
		}
	}
}

func TestOutliersMirrorAndKeepTheirPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOf(rapid.Map(rapid.IntRange(-50, 50), func(i int) float64 { return float64(i * i * i) })).Draw(t, "x")
		given := slices.Clone(x)
		classes := ClassifyOutliers(x)
		mirrored := make([]float64, len(x))
		for i, v := range x {
			mirrored[i] = -v
		}
		for i, class := range ClassifyOutliers(mirrored) {
			if class != -classes[i] {
				t.Fatalf("%v is %d, mirrored %d", x[i], classes[i], class)
			}
		}
		if len(classes) != len(x) || !slices.Equal(x, given) {
			t.Fatal("the caller's slice was changed")
		}
	})
}

func TestOutliersAtTheirLimits(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want []Outlier
	}{
		{nil, []Outlier{}},
		{[]float64{5}, []Outlier{NotOutlier}},
		{[]float64{1, 1, 1, 1, 2}, []Outlier{NotOutlier, NotOutlier, NotOutlier, NotOutlier, HighSevere}},
		{[]float64{1, 2, math.NaN(), 3, 4, -40, 8}, []Outlier{NotOutlier, NotOutlier, NotOutlier, NotOutlier, NotOutlier, LowSevere, HighMild}},
		{[]float64{-4, 1, 2, 3, 4, 9}, []Outlier{LowMild, NotOutlier, NotOutlier, NotOutlier, NotOutlier, HighMild}},
		{[]float64{1, 2, 3, 4, math.Inf(1)}, []Outlier{NotOutlier, NotOutlier, NotOutlier, NotOutlier, HighSevere}},
	} {
		if got := ClassifyOutliers(c.x); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.x, got, c.want)
		}
	}
}
