package strategies

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// arriving is a batch that arrives while others may be in progress.
type arriving struct {
	at     time.Duration
	took   []time.Duration // of each task
	tenant string
	cancel time.Duration // after it arrived, 0 for never

	records []Record
	err     error
}

// play has a strategy run the batches in the fake time of a bubble. Their records count
// from the beginning.
func play(t *testing.T, strategy string, batches []*arriving) {
	t.Helper()
	c, err := Parse(strategy)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.New()
	if err != nil {
		t.Fatal(err)
	}
	zero := time.Now()
	var all sync.WaitGroup
	for _, a := range batches {
		time.Sleep(a.at - time.Since(zero))
		a.records = make([]Record, len(a.took))
		b := NewBatch(a.records, func(_ context.Context, i int, _ *Record) error {
			time.Sleep(a.took[i])
			return nil
		})
		b.StartAt(zero)
		ctx, cancel := context.WithCancel(WithTenant(t.Context(), a.tenant))
		if a.cancel > 0 {
			time.AfterFunc(a.cancel, cancel)
		}
		all.Go(func() {
			defer cancel()
			a.err = s.Run(ctx, b)
		})
		synctest.Wait() // what arrives later comes later, also in no time
	}
	all.Wait()
	if closer, ok := s.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
}

// ended is when the last task of a batch was done.
func (a *arriving) ended() time.Duration {
	last := int64(0)
	for _, r := range a.records {
		last = max(last, r.End)
	}
	return time.Duration(last)
}

func alike(n int, d time.Duration) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

// First come, first served, task by task: a task starts when it has arrived and the first
// of the workers is free (Kiefer and Wolfowitz, "On the theory of queues with many
// servers", 1955).
func TestASharedPoolIsKieferWolfowitz(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		workers := rapid.IntRange(1, 5).Draw(r, "workers")
		n := rapid.IntRange(1, 12).Draw(r, "batches")
		var batches []*arriving
		at := time.Duration(0)
		for i := range n {
			at += time.Duration(rapid.IntRange(0, 40).Draw(r, fmt.Sprint("gap", i)))*time.Millisecond + time.Microsecond
			a := &arriving{at: at}
			for j := range rapid.IntRange(1, 9).Draw(r, fmt.Sprint("tasks", i)) {
				a.took = append(a.took, time.Duration(rapid.IntRange(0, 50_000).Draw(r, fmt.Sprint("task", i, j)))*time.Microsecond)
			}
			batches = append(batches, a)
		}
		synctest.Test(t, func(t *testing.T) { play(t, fmt.Sprintf("shared-pool:workers=%d", workers), batches) })
		free := make([]time.Duration, workers) // when each worker is
		for i, a := range batches {
			for j, took := range a.took {
				w := slices.Index(free, slices.Min(free))
				start := max(a.at, free[w])
				free[w] = start + took
				if got := time.Duration(a.records[j].Start); got != start {
					r.Fatalf("task %d of batch %d started at %v, want %v", j, i, got, start)
				}
			}
		}
	})
}

// A large batch, and a small one that comes a moment later.
func TestWhatALargeBatchDoesToASmallOne(t *testing.T) {
	for strategy, want := range map[string]time.Duration{
		"fixed-pool:workers=2":        6 * time.Second,  // has two workers of its own
		"shared-pool:workers=2":       55 * time.Second, // waits for 50 s of work
		"fair-share:limit=2":          11 * time.Second, // has every second place that comes free
		"two-level:batch=1,process=2": 11 * time.Second, // the large one leaves it a place
	} {
		synctest.Test(t, func(t *testing.T) {
			large, small := &arriving{took: alike(100, time.Second)}, &arriving{at: 500 * time.Millisecond, took: alike(10, time.Second)}
			play(t, strategy, []*arriving{large, small})
			if got := small.ended(); got.Round(time.Second) != want {
				t.Errorf("%s: the small batch was done after %v, want about %v", strategy, got, want)
			}
		})
	}
}

func TestTenantsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		batches := []*arriving{{tenant: "busy", took: alike(60, time.Second)}}
		for i := range 5 {
			batches = append(batches, &arriving{at: time.Duration(i+1) * time.Millisecond, tenant: "busy", took: alike(60, time.Second)})
		}
		quiet := &arriving{at: 100 * time.Millisecond, tenant: "quiet", took: alike(10, time.Second)}
		play(t, "fair-share:limit=2", append(batches, quiet))
		// Half of the places, whatever the number of the other tenant's batches.
		if got := quiet.ended(); got > 12*time.Second {
			t.Errorf("the quiet tenant was done after %v", got)
		}
	})
}

func TestABulkheadRejects(t *testing.T) {
	for name, c := range map[string]struct {
		strategy string
		batches  []*arriving
		rejected []bool
	}{
		"full":                   {"bulkhead:limit=2,queue=2,wait=0s", []*arriving{{took: alike(4, time.Second)}, {at: time.Millisecond, took: alike(1, time.Second)}}, []bool{false, true}},
		"there is room again":    {"bulkhead:limit=2,queue=2,wait=0s", []*arriving{{took: alike(4, time.Second)}, {at: 1001 * time.Millisecond, took: alike(2, time.Second)}}, []bool{false, false}},
		"it waits long enough":   {"bulkhead:limit=2,queue=2,wait=1s", []*arriving{{took: alike(4, time.Second)}, {at: time.Millisecond, took: alike(2, time.Second)}}, []bool{false, false}},
		"not long enough":        {"bulkhead:limit=2,queue=2,wait=1s", []*arriving{{took: alike(4, time.Second)}, {at: time.Millisecond, took: alike(3, time.Second)}}, []bool{false, true}},
		"more tasks than places": {"bulkhead:limit=2,queue=2,wait=0s", []*arriving{{took: alike(9, time.Second)}, {at: 4500 * time.Millisecond, took: alike(1, time.Second)}}, []bool{false, false}},
		"after one that gave up": {"bulkhead:limit=2,queue=2,wait=0s", []*arriving{{took: alike(4, time.Second), cancel: 500 * time.Millisecond}, {at: 1001 * time.Millisecond, took: alike(4, time.Second)}}, []bool{false, false}},
		"after one that waited":  {"bulkhead:limit=2,queue=2,wait=5s", []*arriving{{took: alike(4, time.Second)}, {at: time.Millisecond, took: alike(4, time.Second), cancel: time.Second}, {at: 2001 * time.Millisecond, took: alike(4, time.Second)}}, []bool{false, false, false}},
	} {
		synctest.Test(t, func(t *testing.T) {
			play(t, c.strategy, c.batches)
			for i, a := range c.batches {
				if got := errors.Is(a.err, ErrRejected); got != c.rejected[i] {
					t.Errorf("%s: batch %d: %v", name, i, a.err)
				}
				begun := slices.ContainsFunc(a.records, func(r Record) bool { return r.Started() > 0 })
				if c.rejected[i] && begun {
					t.Errorf("%s: batch %d was rejected, and a task was begun", name, i)
				}
			}
		})
	}
}

// What a cancelled batch held or waited for is free again.
func TestCancelledBatchesLeaveNothingBehind(t *testing.T) {
	for _, strategy := range []string{
		"shared-semaphore:limit=2", "two-level:batch=2,process=2", "bulkhead:limit=2,queue=100", "fair-share:limit=2",
		"shared-adaptive-aimd:max=2,initial=2", "shared-adaptive-gradient:max=2,initial=2",
	} {
		synctest.Test(t, func(t *testing.T) {
			batches := []*arriving{
				{took: alike(10, time.Second), cancel: 1500 * time.Millisecond},
				{at: time.Millisecond, took: alike(10, time.Second), cancel: 2500 * time.Millisecond},
				{at: 2 * time.Millisecond, took: alike(10, time.Second)},
				{at: time.Minute, took: alike(4, time.Second)},
			}
			play(t, strategy, batches)
			if !errors.Is(batches[0].err, context.Canceled) || !errors.Is(batches[1].err, context.Canceled) || batches[2].err != nil {
				t.Errorf("%s: %v, %v, %v", strategy, batches[0].err, batches[1].err, batches[2].err)
			}
			if got, want := batches[3].ended(), time.Minute+2*time.Second; got != want || batches[3].err != nil {
				t.Errorf("%s: two at once no longer run: the last batch ended at %v, want %v, %v", strategy, got, want, batches[3].err)
			}
		})
	}
}

// A limit that batches share learns from all of them.
func TestASharedLimitLearns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var batches []*arriving
		for i := range 10 {
			batches = append(batches, &arriving{at: time.Duration(i) * 10 * time.Second, took: alike(20, time.Second)})
		}
		play(t, "shared-adaptive-aimd:max=20,initial=1,slow=1h", batches)
		first, last := batches[0].ended(), batches[9].ended()-batches[9].at
		if last >= first/2 {
			t.Errorf("the first batch took %v, the last %v", first, last)
		}
	})
}
