package quantity_test

import (
	"math"
	"slices"
	"testing"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
)

func TestQuantities(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{quantity.Seconds(0), "0"},
		{quantity.Seconds(12e-9), "12.0 ns"},
		{quantity.Seconds(0.9996e-3), "1.00 ms"},
		{quantity.Seconds(0.1763), "176 ms"},
		{quantity.Seconds(2.078), "2.08 s"},
		{quantity.Seconds(3780), "1h3m0s"},
		{quantity.Bytes(0), "0 B"},
		{quantity.Bytes(1536), "1.50 KiB"},
		{quantity.Bytes(5 << 30), "5.00 GiB"},
		{quantity.Bytes(3 << 40), "3072 GiB"},
		{quantity.Count(1234567), "1,234,567"},
		{quantity.Count(-1000), "-1,000"},
		{quantity.Count(999), "999"},
		{quantity.Percent(0.0742), "7.4%"},
		{quantity.Percent(0.999), "99%"},
		{quantity.Percent(1), "100%"},
		{quantity.Percent(0.456), "46%"},
		{quantity.Factor(0.0904), "0.090"},
		{quantity.Factor(11.06), "11.1"},
		{quantity.Factor(math.Inf(1)), "inf"},
		{quantity.Compact("2.08 s"), "2.08s"},
		{quantity.Optional(nil, quantity.Seconds), "-"},
		{quantity.Ratio(nil), "-"},
		{quantity.Verdict(nil), "-"},
		{quantity.Verdict(&stat.Comparison{Verdict: stat.Same, Margin: 0.02}), "same within 2%"},
		{quantity.Verdict(&stat.Comparison{Verdict: stat.Undecided, MoreRounds: 4}), "undecided (about 4 more rounds)"},
		{quantity.Verdict(&stat.Comparison{Verdict: stat.Undecided, MoreRounds: -1}), "undecided"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestTicks(t *testing.T) {
	if got, want := quantity.Ticks([]float64{0, 0.5, 1}, false), []string{"0", "0.5 s", "1 s"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := quantity.Ticks([]float64{0.1, 1, 10}, true), []string{"100 ms", "1 s", "10 s"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
