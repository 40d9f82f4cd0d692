package scenario

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBoundOfKnownBatches(t *testing.T) {
	s := time.Second
	ten := make([]time.Duration, 10)
	for i := range ten {
		ten[i] = 2 * s
	}
	for _, tc := range []struct {
		name      string
		latencies []time.Duration
		width     int
		want      Bound
	}{
		{"one after another", ten, 1, Bound{20 * s, 20 * s, 20 * s}},
		{"all at once", ten, 10, Bound{2 * s, 2 * s, 38 * s / 10}},
		{"wider than the batch", ten, 99, Bound{2 * s, 2 * s, 38 * s / 10}},
		{"four at once, three waves", ten, 4, Bound{5 * s, 6 * s, 65 * s / 10}},
		{"the longest alone", []time.Duration{9 * s, s, s}, 2, Bound{9 * s, 9 * s, 10 * s}},
		// Graham's example of a bad order: short tasks first.
		{"the longest last", []time.Duration{s, s, 2 * s}, 2, Bound{2 * s, 3 * s, 3 * s}},
		{"nothing", nil, 3, Bound{}},
	} {
		if got := NewBound(tc.latencies, tc.width); got != tc.want {
			t.Errorf("%s: got %+v, want %+v", tc.name, got, tc.want)
		}
	}
}

// Graham's theorem: list scheduling, which never idles, lies within the band.
func TestGreedyLiesWithinTheBand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		latencies := rapid.SliceOfN(rapid.Map(rapid.IntRange(0, 1e9), func(n int) time.Duration { return time.Duration(n) }), 1, 200).Draw(t, "latencies")
		width := rapid.IntRange(1, 250).Draw(t, "width")
		b := NewBound(latencies, width)
		if b.Greedy < b.Lower || b.Greedy > b.Upper+1 { // +1: Upper is cut to whole nanoseconds
			t.Fatalf("greedy %v is outside [%v, %v]", b.Greedy, b.Lower, b.Upper)
		}
	})
}
