package stat

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestLooks(t *testing.T) {
	for _, c := range []struct {
		plan Until
		want []int
	}{
		{Until{}, []int{10, 13, 17, 22, 28, 35, 44, 55, 69, 87, 109, 137, 172, 200}},
		{Until{Min: 20, Max: 40}, []int{20, 25, 32, 40}},
		{Until{Min: 20, Max: 20}, []int{20}},
		{Until{Min: 50, Max: 20}, []int{20}},
		{Until{Min: 1, Max: 4}, []int{1, 2, 3, 4}},
	} {
		if got := c.plan.Looks(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.plan, got, c.want)
		}
	}
}

func TestNarrow(t *testing.T) {
	plan := Until{Width: 0.02}
	for _, c := range []struct {
		iv   Interval
		want bool
	}{
		{Interval{Low: 1 / 1.02, High: 1.0199}, true},
		{Interval{Low: 1.97, High: 2.04}, true},
		{Interval{Low: 1.9, High: 2}, false},
		{Interval{Low: 0, High: math.Inf(1)}, false},
	} {
		if got := plan.Narrow(c.iv); got != c.want {
			t.Errorf("%+v: %v", c.iv, got)
		}
	}
	if plan.Narrow(Interval{math.NaN(), math.NaN(), 1}) {
		t.Error("NaN is narrow")
	}
}

func TestUntilNeverNarrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := rapid.SliceOfN(rapid.Float64Range(1, 2), 6, 30).Draw(t, "base")
		head := rapid.SliceOfN(rapid.Float64Range(1, 2), len(base), len(base)).Draw(t, "head")
		once, often := Compare(base, head, Options{}), Compare(base, head, Options{Until: true})
		if often.Interval.Low > once.Interval.Low+1e-6 || often.Interval.High < once.Interval.High-1e-6 || often.PAdjusted < once.PAdjusted {
			t.Fatalf("once %+v\nuntil %+v", once, often)
		}
		if often.Interval.Confidence < 0.95-1e-12 {
			t.Fatalf("at %v", often.Interval.Confidence)
		}
	})
}
