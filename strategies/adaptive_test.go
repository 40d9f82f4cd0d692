package strategies

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// server stands for one that serves so many tasks at once in 10 ms each: beyond that
// all get slower in proportion.
func server(capacity int, peak *atomic.Int64) Task {
	var running atomic.Int64
	return func(context.Context, int, *Record) error {
		now := running.Add(1)
		defer running.Add(-1)
		for top := peak.Load(); now > top && !peak.CompareAndSwap(top, now); top = peak.Load() {
		}
		load := max(1, float64(now)/float64(capacity))
		time.Sleep(time.Duration(load * float64(10*time.Millisecond)))
		return nil
	}
}

func TestAdaptiveGrowsToItsCeiling(t *testing.T) {
	for _, text := range []string{"adaptive-aimd:max=32", "adaptive-gradient:max=32"} {
		t.Run(text, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var peak atomic.Int64
				if _, _, err := runBatch(t, text, 2000, server(1000, &peak)); err != nil {
					t.Error(err)
				}
				if peak.Load() != 32 {
					t.Errorf("at most %d at once, want 32", peak.Load())
				}
			})
		})
	}
}

func TestAdaptiveFindsTheCapacity(t *testing.T) {
	for _, text := range []string{"adaptive-aimd:max=1000,slow=20ms", "adaptive-gradient:max=1000"} {
		t.Run(text, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var peak atomic.Int64
				_, records, err := runBatch(t, text, 5000, server(20, &peak))
				if err != nil {
					t.Error(err)
				}
				last := records[len(records)-1]
				if took := time.Duration(last.End - last.Start); took > 40*time.Millisecond {
					t.Errorf("the last task took %v: the server of 20 is overloaded more than fourfold", took)
				}
				if peak.Load() < 20 {
					t.Errorf("at most %d at once: the server of 20 was never filled", peak.Load())
				}
			})
		})
	}
}

func TestAIMD(t *testing.T) {
	ms := time.Millisecond
	a := aimd{window: 4, max: 5, backoff: 0.5, slow: 100 * ms}
	for i, step := range []struct {
		sample
		want int
	}{
		{sample{start: 0, end: 10 * ms, running: 1}, 4},                       // too little in use
		{sample{start: 0, end: 10 * ms, running: 4}, 4},                       // a quarter of the way
		{sample{start: 0, end: 10 * ms, running: 4}, 4},                       //
		{sample{start: 0, end: 10 * ms, running: 4}, 4},                       //
		{sample{start: 0, end: 10 * ms, running: 4}, 4},                       // nearly: a step is 1/limit, and the limit grows
		{sample{start: 0, end: 10 * ms, running: 4}, 5},                       //
		{sample{start: 0, end: 10 * ms, running: 5}, 5},                       // the ceiling
		{sample{start: 10 * ms, end: 20 * ms, running: 5, failed: true}, 2},   // halved
		{sample{start: 10 * ms, end: 21 * ms, running: 5, failed: true}, 2},   // had started before
		{sample{start: 20 * ms, end: 130 * ms, running: 2}, 1},                // slow
		{sample{start: 130 * ms, end: 140 * ms, running: 1, failed: true}, 1}, // never below one
	} {
		a.observe(step.sample)
		if a.limit() != step.want {
			t.Errorf("step %d: limit %d (%.2f), want %d", i, a.limit(), a.window, step.want)
		}
	}
}

func TestGradient(t *testing.T) {
	g := gradient{window: 8, max: 20, tolerance: 1.5}
	read := func(took time.Duration, running int) {
		for range gradientReading {
			g.observe(sample{end: took, running: running})
		}
	}
	for i, step := range []struct {
		took    time.Duration
		running int
		want    int
	}{
		{10, 8, 12}, // as usual: room for 4 more
		{15, 3, 12}, // tolerated, but too little in use
		{15, 12, 16},
		{30, 16, 12}, // twice what is tolerated: halved, and 4
		{10, 12, 16},
		{10, 16, 20},
		{10, 20, 20},   // the ceiling
		{1000, 20, 14}, // never less than half
	} {
		read(step.took*time.Millisecond, step.running)
		if g.limit() != step.want {
			t.Errorf("step %d: limit %d, want %d", i, g.limit(), step.want)
		}
	}
	before := g
	g.observe(sample{end: time.Hour, running: 8, failed: true})
	if len(g.reading) != len(before.reading) {
		t.Error("a failed task was read")
	}
}

func TestDetachedLosesWhatOutlastsItsGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records, err := runBatch(t, "detached:grace=2s", 4, func(_ context.Context, i int, _ *Record) error {
			time.Sleep(time.Duration(i)*time.Second + time.Millisecond)
			return errors.New("nobody hears of this")
		})
		if err != nil {
			t.Error(err)
		}
		if got := b.Elapsed(); got != 2*time.Second {
			t.Errorf("returned after %v, want 2s", got)
		}
		for i := range records {
			if got, want := records[i].Done(), i < 2; got != want {
				t.Errorf("task %d done: %v, want %v", i, got, want)
			}
		}
		time.Sleep(time.Minute)
	})
}
