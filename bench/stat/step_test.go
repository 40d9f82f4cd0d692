package stat

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// nile is the yearly flow at Aswan from 1871 on, in 10^8 cubic metres (Cobb, "The
// problem of the Nile", Biometrika 65, 1978; R's data set Nile).
var nile = []float64{
	1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020,
	960, 1180, 799, 958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840,
	874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120,
	1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759, 781, 865, 845,
	944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
	744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746,
	919, 718, 714, 740,
}

func TestStepFindsTheChangeOfTheNile(t *testing.T) {
	// 1898 is the last year of the higher flow (Cobb 1978, and everybody since).
	got := DetectStep(nile)
	if 1871+got.At != 1899 || got.P > 1e-5 || got.Shift > -200 || got.Shift < -300 {
		t.Errorf("%+v: first year of the new level %d, want 1899", got, 1871+got.At)
	}
}

func TestStepIsTheLargestMannWhitneyStatistic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 20), func(i int) float64 { return float64(i) }), 4, 25).Draw(t, "x")
		largest, at := 0.0, 0
		for cut := 1; cut < len(x); cut++ {
			u := 0.0
			for _, before := range x[:cut] {
				for _, after := range x[cut:] {
					u += sign(before - after)
				}
			}
			if math.Abs(u) > largest {
				largest, at = math.Abs(u), cut
			}
		}
		got := DetectStep(x)
		n := float64(len(x))
		want := 2 * math.Exp(-6*largest*largest/(n*n*n+n*n))
		if at != got.At || math.Abs(min(1, want)-got.P) > 1e-12 {
			t.Fatalf("%+v, want a cut at %d, p %v", got, at, want)
		}
	})
}

func TestStepAtItsLimits(t *testing.T) {
	for _, x := range [][]float64{nil, {1, 2, 3}, {1, 1, 1, 1, 1}, {1, 2, 3, math.NaN()}, {1, 2, 3, math.Inf(1)}} {
		if got := DetectStep(x); got != (Step{P: 1}) {
			t.Errorf("%v: %+v", x, got)
		}
	}
}
