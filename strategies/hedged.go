package strategies

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

func init() {
	Register(Spec{
		Name: "hedged",
		Doc:  "workers that start a second attempt at a task if the first has not answered after a delay",
		Params: []Param{WorkersParam(), {
			Name: "delay", Doc: "time until the second attempt", Kind: Duration,
			Default: int64(50 * time.Millisecond), Min: int64(time.Microsecond), Max: int64(time.Hour),
		}, hedgeBudget()},
		Traits: hedgedTraits,
		Width:  Workers,
		New: func(p Params) (Strategy, error) {
			return hedged{
				workers: p.Int("workers"),
				budget:  p.Fraction("budget"),
				delays:  func() delays { return fixedDelay(p.Duration("delay")) },
			}, nil
		},
	})
}

func hedgeBudget() Param {
	return Param{Name: "budget", Doc: "maximum second attempts, as a share of the tasks started, rounded up", Kind: Percent, Default: 10, Min: 1, Max: 100}
}

var hedgedTraits = Traits{
	KeepsOrder: true,
	Reports:    ReportsAll,
	OnError:    RunsAll,
	OnPanic:    Crashes,
	OnCancel:   IgnoresCancel,
	OnGoexit:   Hangs,
	Concurrent: true,
}

// hedged is the hedged request of Dean and Barroso, "The Tail at Scale" (CACM 56:2, 2013):
// backup requests, speculative execution. A pool of workers runs the tasks. A task without
// an answer after the delay is tried a second time, in parallel with the first. A budget
// keeps a slow server from getting twice the load. The first successful attempt is the
// task's result, or the last one if both fail; the other's context is cancelled. An attempt
// that fails before the delay is not repeated: hedging is not a retry. The width counts
// tasks; with second attempts up to twice as many requests run.
//
// Run blocks until all tasks are done and all attempts, including cancelled ones, have
// returned. All errors are joined, in task order, and all tasks run. Tasks must handle
// cancellation themselves. A panic ends the process. A task whose attempts all call Goexit
// blocks its worker forever.
type hedged struct {
	workers int
	budget  float64
	delays  func() delays // made anew for every batch, so that no batch learns from another
}

// delays decides how long a task's first attempt may take, and learns how long tasks take.
// Both methods are called from many goroutines.
type delays interface {
	next() (delay time.Duration, hedge bool)
	observe(took time.Duration)
}

type fixedDelay time.Duration

func (d fixedDelay) next() (time.Duration, bool) { return time.Duration(d), true }
func (fixedDelay) observe(time.Duration)         {}

func (h hedged) Run(ctx context.Context, b *Batch) error {
	batch := hedgedBatch{Batch: b, budget: h.budget, delays: h.delays()}
	errs := make([]error, b.Len())
	pool(h.workers, 0, b, func(i int) { errs[i] = batch.do(ctx, i) })
	batch.attempts.Wait()
	return errors.Join(errs...)
}

// hedgedBatch is one batch and the hedging budget it has used.
type hedgedBatch struct {
	*Batch
	delays   delays
	budget   float64
	begun    atomic.Int64
	hedges   atomic.Int64
	attempts sync.WaitGroup
}

// do runs task i, hedged, and returns the error of the attempt that counts.
func (h *hedgedBatch) do(ctx context.Context, i int) error {
	h.begun.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	task := h.Attempts(i)
	done := make(chan *Attempt, 2)
	running := 0
	start := func() {
		running++
		h.attempts.Go(func() { done <- task.Do(ctx) })
	}

	var late <-chan time.Time
	if delay, hedge := h.delays.next(); hedge {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		late = timer.C
	}
	began := h.Elapsed()
	start()
	for {
		select {
		case try := <-done:
			running--
			if try.Err == nil || running == 0 {
				h.delays.observe(h.Elapsed() - began)
				return task.Settle(try)
			}
		case <-late:
			if h.spend() {
				start()
			}
		}
	}
}

// spend takes one second attempt out of the budget, if there is one.
func (h *hedgedBatch) spend() bool {
	for {
		spent := h.hedges.Load()
		if float64(spent) >= h.budget*float64(h.begun.Load()) {
			return false
		}
		if h.hedges.CompareAndSwap(spent, spent+1) {
			return true
		}
	}
}
