package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

func TestThePacerIsNeverEarly(t *testing.T) {
	p := testPacer(t)
	for _, d := range []time.Duration{-1, 0, 1, 3 * time.Microsecond, 300 * time.Microsecond, 2 * time.Millisecond, 12 * time.Millisecond} {
		for range 5 {
			began := time.Now()
			if err := p.sleep(t.Context(), d); err != nil || time.Since(began) < d {
				t.Errorf("slept %v of %v, %v", time.Since(began), d, err)
			}
		}
	}
}

func testPacer(t *testing.T) *pacer {
	t.Helper()
	p, err := newPacer()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// A wait that is cancelled ends: an hour's would time the test out.
func TestThePacerIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	if err := testPacer(t).sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for _, d := range []time.Duration{0, time.Microsecond} {
		if err := testPacer(t).sleep(ctx, d); !errors.Is(err, context.Canceled) {
			t.Errorf("%v: got %v", d, err)
		}
	}
}

func TestOverlap(t *testing.T) {
	at := func(times ...time.Duration) (tasks []strategies.Record) {
		for _, d := range times {
			tasks = append(tasks, strategies.Record{Ready: int64(d)})
		}
		return tasks
	}
	const ms = time.Millisecond
	many := make([]time.Duration, 3*overlapMost)
	many[len(many)-1] = time.Second
	for name, c := range map[string]struct {
		tasks []strategies.Record
		want  int
	}{
		"none":            {nil, 0},
		"one batch alone": {at(0, 0, 0, 0), 0},
		"far apart":       {at(0, 30*ms, 60*ms), 1},
		"a crowd":         {at(0, 30*ms, 31*ms, 32*ms, 60*ms), 3},
		"batches of two":  {at(0, 0, 15*ms, 15*ms, 30*ms, 30*ms), 4},
		"too many":        {at(many...), overlapMost},
	} {
		if got := overlap(c.tasks); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
