package stat

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// scaled returns x, each element multiplied by factor and by up to jitter more.
func scaled(x []float64, factor, jitter float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = v * factor * (1 + jitter*math.Sin(float64(7*i+1)))
	}
	return y
}

func ramp(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = 1 + float64(i)/10
	}
	return x
}

func TestVerdicts(t *testing.T) {
	base := ramp(20)
	for _, c := range []struct {
		name    string
		head    []float64
		options Options
		want    Verdict
	}{
		{"5% slower", scaled(base, 1.05, 0.01), Options{Margin: 0.02}, Slower},
		{"5% faster", scaled(base, 0.95, 0.01), Options{Margin: 0.02}, Faster},
		{"5% more of what should be high", scaled(base, 1.05, 0.01), Options{Margin: 0.02, HigherIsBetter: true}, Faster},
		{"0.5% slower, margin 2%", scaled(base, 1.005, 0.001), Options{Margin: 0.02}, Same},
		{"0.5% slower, no margin", scaled(base, 1.005, 0.001), Options{}, Slower},
		{"noise, margin 2%", scaled(base, 1, 0.01), Options{Margin: 0.02}, Same},
		{"noise, no margin", scaled(base, 1, 0.01), Options{}, Undecided},
		{"much noise, margin 2%", scaled(base, 1, 0.3), Options{Margin: 0.02}, Undecided},
		{"identical, no margin", base, Options{}, Undecided},
		{"identical, margin", base, Options{Margin: 1e-6}, Same},
		{"alpha out of range is 5%", scaled(base, 1.05, 0.01), Options{Alpha: 7}, Slower},
	} {
		got := Compare(base, c.head, c.options)
		if got.Verdict != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
		if (got.MoreRounds == 0) != (got.Verdict != Undecided && got.Verdict != TooFew) {
			t.Errorf("%s: %s, yet %d more rounds", c.name, got.Verdict, got.MoreRounds)
		}
	}
}

func TestFewRoundsGiveEstimatesOnly(t *testing.T) {
	for n := range MinRounds {
		base := ramp(n)
		c := Compare(base, scaled(base, 2, 0.001), Options{Margin: 3})
		if c.Verdict != TooFew || c.Rounds != n {
			t.Errorf("n=%d: %+v", n, c)
		}
		if n > 0 && math.Abs(c.Ratio-2) > 0.01 || n == 0 && !math.IsNaN(c.Ratio) {
			t.Errorf("n=%d: ratio %v", n, c.Ratio)
		}
		if c.Interval != (Interval{0, math.Inf(1), 1}) {
			t.Errorf("n=%d: interval %+v", n, c.Interval)
		}
		if n > 1 && c.MoreRounds != MinRounds-n || n < 2 && c.MoreRounds != -1 {
			t.Errorf("n=%d: %d more rounds", n, c.MoreRounds)
		}
	}
}

func TestRoundsWithoutARatioAreCounted(t *testing.T) {
	base := []float64{1, 0, -1, math.NaN(), math.Inf(1), 1, 1, 1, 1, 1, 1, 9}
	head := []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}
	c := Compare(base, head, Options{})
	if c.Rounds != 7 || c.Excluded != 5 || c.Ratio != 2 || c.Verdict != Slower {
		t.Errorf("%+v", c)
	}
}

func TestAFamilyIsCorrectedTogether(t *testing.T) {
	base := ramp(6) // the least p of 6 rounds is 1/32
	slower := scaled(base, 1.5, 0.01)
	alone := Compare(base, slower, Options{})
	family := CompareFamily([]Pair{{Base: base, Head: slower}, {Base: base, Head: scaled(base, 1, 0.01)}}, Options{})
	if alone.Verdict != Slower || family[0].Verdict != TooFew || family[0].PAdjusted != 2*alone.P {
		t.Errorf("alone %+v\nin a family %+v", alone, family[0])
	}
	// 2 * 2^(1-n) <= 0.05 from n = 7 on.
	if family[0].MoreRounds != 1 {
		t.Errorf("%d more rounds, want 1", family[0].MoreRounds)
	}
	if until := CompareFamily([]Pair{{Base: base, Head: slower}, {Base: base, Head: slower}}, Options{Until: true})[0]; until.PAdjusted != 2*untilPrice*alone.P || until.Verdict != TooFew {
		t.Errorf("with looks %+v", until)
	}
	if got := CompareFamily(nil, Options{}); len(got) != 0 {
		t.Errorf("no pairs: %v", got)
	}
}

func TestComparisonsAreCoherent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 25).Draw(t, "n")
		value := rapid.OneOf(rapid.Float64Range(0.9, 1.1), rapid.Float64Range(0, 1e9), rapid.SampledFrom([]float64{0, 1, 2, -1, math.NaN(), math.Inf(1)}))
		base := rapid.SliceOfN(value, n, n).Draw(t, "base")
		head := rapid.SliceOfN(value, n, n).Draw(t, "head")
		o := Options{Alpha: 0.2, Margin: rapid.SampledFrom([]float64{0, 0.05, 0.5}).Draw(t, "margin")}
		givenBase, givenHead := slices.Clone(base), slices.Clone(head)
		c, swapped := Compare(base, head, o), Compare(head, base, o)

		switch c.Verdict {
		case Faster:
			if c.Interval.High >= 1 {
				t.Fatalf("faster, yet %+v", c)
			}
		case Slower:
			if c.Interval.Low <= 1 {
				t.Fatalf("slower, yet %+v", c)
			}
		case Same:
			if c.Ratio > (1+o.Margin)*(1+1e-12) || c.Ratio < (1-1e-12)/(1+o.Margin) {
				t.Fatalf("same, yet %+v", c)
			}
		}
		mirror := map[Verdict]Verdict{Faster: Slower, Slower: Faster, Same: Same, Undecided: Undecided, TooFew: TooFew}
		if swapped.Verdict != mirror[c.Verdict] || swapped.P != c.P {
			t.Fatalf("%+v\nswapped %+v", c, swapped)
		}
		if c.P < 0 || c.P > c.PAdjusted || c.PAdjusted > 1 || c.PSame > c.PSameAdjusted || c.Rounds+c.Excluded != n {
			t.Fatalf("%+v", c)
		}
		for i := range base {
			if math.Float64bits(base[i]) != math.Float64bits(givenBase[i]) || math.Float64bits(head[i]) != math.Float64bits(givenHead[i]) {
				t.Fatal("a caller's slice was changed")
			}
		}
	})
}

func TestPAndIntervalAgreeWithoutTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, exactIntervalTo).Draw(t, "n")
		x := logPair{
			base: rapid.SliceOfNDistinct(rapid.Float64Range(-1, 1), n, n, rapid.ID).Draw(t, "base"),
			head: rapid.SliceOfNDistinct(rapid.Float64Range(-1, 2), n, n, rapid.ID).Draw(t, "head"),
		}
		p, _ := x.p(0, 0)
		center, iv := x.estimate(0.95)
		if significant, excludes := p <= 0.05, iv.Low > 0 || iv.High < 0; significant != excludes {
			t.Fatalf("p = %v, interval %+v", p, iv)
		}
		if center < iv.Low || center > iv.High {
			t.Fatalf("%v is not in %+v", center, iv)
		}
	})
}

func TestComparisonJSON(t *testing.T) {
	got, err := json.Marshal(Compare(nil, nil, Options{}))
	want := `{"rounds":0,"interval":{"low":0,"high":null,"confidence":1},"p":1,"p_adjusted":1,"margin":0,"p_same":1,"p_same_adjusted":1,"verdict":"too-few","more_rounds":-1,"ratio":null}`
	if err != nil || string(got) != want {
		t.Errorf("%s %v\nwant %s", got, err, want)
	}
	base := ramp(9)
	for _, c := range []Comparison{Compare(nil, nil, Options{}), Compare(base, scaled(base, 1.1, 0.1), Options{Margin: 0.02})} {
		text, _ := json.Marshal(c)
		var back Comparison
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(c, back, cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("read back: %s", diff)
		}
	}
	for _, iv := range []Interval{unbounded(), {1, 2, 0.95}, {0, math.Inf(1), 1}} {
		text, _ := json.Marshal(iv)
		var back Interval
		if err := json.Unmarshal(text, &back); err != nil || back != iv {
			t.Errorf("%+v -> %s -> %+v %v", iv, text, back, err)
		}
	}
}
