package strategies

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// runBatch runs a batch of n by a strategy, all of it in fake time.
func runBatch(t *testing.T, text string, n int, task Task) (*Batch, []Record, error) {
	t.Helper()
	c, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.New()
	if err != nil {
		t.Fatal(err)
	}
	b, records := newBatch(n, task)
	return b, records, s.Run(t.Context(), b)
}

// hiccup takes 10 ms, but for every tenth task, whose first attempt takes 10 s unless
// it is cancelled.
func hiccup(ctx context.Context, i int, r *Record) error {
	r.Status = uint32(AttemptOf(ctx))
	took := 10 * time.Millisecond
	if i%10 == 9 && AttemptOf(ctx) == 1 {
		took = 10 * time.Second
	}
	select {
	case <-time.After(took):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestHedgedOvertakesSlowTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records, err := runBatch(t, "hedged:workers=4,delay=30ms,budget=10%", 100, hiccup)
		if err != nil {
			t.Error(err)
		}
		for i, r := range records {
			want := Record{Start: r.Start, End: r.Start + int64(10*time.Millisecond), Status: 1, Runs: 1, Outcome: OK}
			if i%10 == 9 {
				want.End, want.Status = r.Start+int64(40*time.Millisecond), 2
			}
			if r != want {
				t.Errorf("task %d: got %+v, want %+v", i, r, want)
			}
		}
		if attempts, won := b.Extra(); attempts != 10 || won != 10 {
			t.Errorf("%d second attempts, %d won, want 10 and 10", attempts, won)
		}
	})
}

func TestHedgedKeepsItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, _, err := runBatch(t, "hedged:workers=8,delay=1ms,budget=5%", 200, hiccup)
		if err != nil {
			t.Error(err)
		}
		if attempts, _ := b.Extra(); attempts != 10 {
			t.Errorf("%d second attempts at 200 tasks, want 5%%: 10", attempts)
		}
	})
}

func TestHedgedFailures(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		first, second error
		firstTakes    time.Duration
		want          error
		attempts      int
	}{
		"before the delay: no retry":       {boom, nil, 10 * time.Millisecond, boom, 0},
		"the first, while the second runs": {boom, nil, 60 * time.Millisecond, nil, 1},
		"the second, while the first runs": {nil, boom, 200 * time.Millisecond, nil, 1},
		"both":                             {boom, boom, 60 * time.Millisecond, boom, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, records, err := runBatch(t, "hedged:delay=50ms", 1, func(ctx context.Context, _ int, _ *Record) error {
					if AttemptOf(ctx) == 1 {
						time.Sleep(test.firstTakes)
						return test.first
					}
					time.Sleep(50 * time.Millisecond)
					return test.second
				})
				if !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if attempts, _ := b.Extra(); attempts != test.attempts {
					t.Errorf("%d extra attempts, want %d", attempts, test.attempts)
				}
				if got, want := records[0].Load(), outcomeOf(test.want); got != want {
					t.Errorf("recorded as %v, want %v", got, want)
				}
			})
		})
	}
}

func TestHedgedPercentile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, records, err := runBatch(t, "hedged-percentile:workers=1,percentile=80%,budget=100%", 100, hiccup)
		if err != nil {
			t.Error(err)
		}
		// Nothing is known of the first 20 tasks' times, two of which are slow; thereafter
		// 80% have taken 10 ms. A task that takes just that may be attempted twice too.
		if _, won := b.Extra(); won < 8 {
			t.Errorf("%d second attempts won, want the 8 at slow tasks", won)
		}
		if got := time.Duration(records[19].End - records[19].Start); got != 10*time.Second {
			t.Errorf("task 19 took %v, want 10s: it is too early to hedge", got)
		}
		if got := time.Duration(records[99].End - records[99].Start); got != 20*time.Millisecond {
			t.Errorf("task 99 took %v, want 20ms", got)
		}
	})
}

func TestPercentileDelay(t *testing.T) {
	p := percentileDelay{quantile: 0.95}
	for i := range 2 * percentileWindow {
		if _, hedge := p.next(); hedge != (i >= percentileFirst) {
			t.Fatalf("after %d tasks: hedge %v", i, hedge)
		}
		p.observe(time.Duration(i))
	}
	// The window holds 256..511.
	if got, _ := p.next(); got != percentileWindow+243 {
		t.Errorf("delay %d, want %d", got, percentileWindow+243)
	}
}
