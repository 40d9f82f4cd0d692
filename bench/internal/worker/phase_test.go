package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// playPhase has a strategy meet batches of n tasks at the given times, in the fake time of a
// bubble; took is how long each task takes, those of the first batch first.
func playPhase(t *testing.T, strategy string, arrivals []time.Duration, n int, took []time.Duration, drain time.Duration) (batches, tasks []strategies.Record) {
	t.Helper()
	c, err := strategies.Parse(strategy)
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.New()
	if err != nil {
		t.Fatal(err)
	}
	tasks = make([]strategies.Record, n*len(arrivals))
	for i, at := range arrivals {
		batches = append(batches, strategies.Record{Ready: int64(at), Bytes: int64(n)})
		for j := range n {
			tasks[i*n+j].Ready = int64(at)
		}
	}
	p := &phase{
		batches: batches, tasks: tasks, faults: &faults{}, drain: drain,
		task: func(ctx context.Context, i int, _ *strategies.Record) error {
			select {
			case <-time.After(took[i]):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		},
		sleep: func(ctx context.Context, d time.Duration) error {
			time.Sleep(d)
			return ctx.Err()
		},
	}
	p.start()
	if err := p.run(t.Context(), s); err != nil {
		t.Error(err)
	}
	if closer, ok := s.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			t.Error(err)
		}
	}
	return batches, tasks
}

// A shared pool serves tasks first come, first served: each starts when it has arrived and
// the first worker is free, by the recursion of Kiefer and Wolfowitz. In fake time the two
// agree task by task.
func TestAPhaseOnASharedPoolIsKieferWolfowitz(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		workers, n := 1+random.IntN(6), 1+random.IntN(8)
		var arrivals, took []time.Duration
		at := time.Duration(0)
		for range 200 {
			at += 1 + time.Duration(random.ExpFloat64()*float64(20*time.Millisecond))
			arrivals = append(arrivals, at)
			for range n {
				took = append(took, time.Duration(random.ExpFloat64()*float64(15*time.Millisecond)*float64(workers)/float64(n)))
			}
		}
		synctest.Test(t, func(t *testing.T) {
			batches, tasks := playPhase(t, fmt.Sprintf("shared-pool:workers=%d", workers), arrivals, n, took, time.Hour)
			free := make([]time.Duration, workers)
			for i := range tasks {
				w := slices.Index(free, slices.Min(free))
				start := max(arrivals[i/n], free[w])
				free[w] = start + took[i]
				if got := time.Duration(tasks[i].Start); got != start {
					t.Fatalf("seed %d: task %d started at %v, want %v", seed, i, got, start)
				}
			}
			for i := range batches {
				if b := &batches[i]; b.Load() != strategies.OK || b.Started() != 1 || time.Duration(b.Start) != arrivals[i] || b.End < b.Start {
					t.Fatalf("seed %d: batch %d: %+v", seed, i, *b)
				}
			}
		})
	}
}

func TestBatchesAreRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		arrivals := []time.Duration{0, time.Millisecond, 2500 * time.Millisecond}
		batches, tasks := playPhase(t, "bulkhead:limit=2,queue=2,wait=0s", arrivals, 4, slices.Repeat([]time.Duration{time.Second}, 12), time.Hour)
		want := []strategies.Outcome{strategies.OK, strategies.Rejected, strategies.OK}
		for i := range batches {
			if got := batches[i].Load(); got != want[i] {
				t.Errorf("batch %d: %v, want %v", i, got, want[i])
			}
			for _, r := range tasks[4*i : 4*i+4] {
				if got := r.Load(); got != want[i] || (r.Started() == 0) != (got == strategies.Rejected) {
					t.Errorf("a task of batch %d: %v, started %d times", i, got, r.Started())
				}
			}
		}
	})
}

// Batches that are not done after the drain are cancelled, and say so.
func TestAPhaseEnds(t *testing.T) {
	for _, strategy := range []string{"errgroup:limit=1", "shared-pool:workers=1", "shared-semaphore:limit=1", "fair-share:limit=1", "sequential"} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			batches, tasks := playPhase(t, strategy, []time.Duration{0, time.Second}, 3, slices.Repeat([]time.Duration{4 * time.Second}, 6), 5*time.Second)
			if took := time.Since(began); took != 6*time.Second {
				t.Errorf("%s: it ended after %v, want 6s: 5s after the last arrival", strategy, took)
			}
			for i := range batches {
				if got := batches[i].Load(); got != strategies.Unfinished {
					t.Errorf("%s: batch %d: %v", strategy, i, got)
				}
			}
			done := 0
			for i := range tasks {
				switch tasks[i].Load() {
				case strategies.OK:
					done++
				case strategies.Unfinished:
				default:
					t.Errorf("%s: task %d: %v", strategy, i, tasks[i].Load())
				}
			}
			if done == 0 || done == len(tasks) {
				t.Errorf("%s: %d tasks are done", strategy, done)
			}
		})
	}
}

// Batches whose tasks fail for one reason are one fault, whichever tasks failed.
func TestABatchFailsForTheReasonOfItsTasks(t *testing.T) {
	refused := errors.New("HTTP 429 Too Many Requests")
	joined := errors.Join(&taskError{4, refused}, fmt.Errorf("the last: %w", &taskError{7, refused}))
	other := errors.New("the strategy's own")
	for err, want := range map[error]error{joined: refused, error(&taskError{9, refused}): refused, other: other} {
		if got := cause(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
	if text := joined.Error(); text != "task 4: HTTP 429 Too Many Requests\nthe last: task 7: HTTP 429 Too Many Requests" {
		t.Error(text)
	}
}
