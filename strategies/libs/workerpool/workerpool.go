// Package workerpool runs batches with github.com/gammazero/workerpool. Importing it
// registers the strategy.
package workerpool

import (
	"context"
	"errors"
	"sync"

	"github.com/gammazero/workerpool"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	strategies.Register(strategies.Spec{
		Name:   "workerpool",
		Doc:    "gammazero's worker pool: a dispatcher with an unbounded queue before at most so many workers",
		Source: "github.com/gammazero/workerpool v1.3.0",
		Params: []strategies.Param{strategies.WorkersParam()},
		Traits: strategies.Traits{
			KeepsOrder: true,
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.Crashes,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.Hangs,
			Concurrent: true,
		},
		Width: strategies.Workers,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return workerPool{workers: strategies.Workers(p)}, nil
		},
	})
}

// workerPool makes a pool for every batch, since stopping it is how one waits for its
// tasks. Submitting never blocks; StopWait does, until all tasks are done. Tasks
// return nothing, so their errors go to slots of their own and are joined in task
// order. All tasks run; cancellation is left to them. A panic takes the process down;
// a Goexit takes a worker that is still counted on, and StopWait waits forever.
type workerPool struct{ workers int }

func (w workerPool) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	pool := workerpool.New(w.workers)
	for i := range b.Tasks() {
		pool.Submit(func() { errs[i] = b.Do(ctx, i) })
	}
	pool.StopWait()
	return errors.Join(errs...)
}

func init() {
	strategies.Register(strategies.Spec{
		Name:   "workerpool-shared",
		Doc:    "gammazero's worker pool, one for the process: an unbounded queue for the tasks of all batches",
		Source: "github.com/gammazero/workerpool v1.3.0",
		Params: []strategies.Param{strategies.WorkersParam()},
		Traits: strategies.Traits{
			KeepsOrder: true,
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.Crashes,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.Hangs,
			Concurrent: true,
		},
		Width: strategies.Workers,
		InAll: strategies.Workers,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return sharedPool{workerpool.New(strategies.Workers(p))}, nil
		},
	})
}

// sharedPool is a pool that is made once. A batch waits for its own tasks. All tasks run;
// their errors are joined in task order. A panic takes the process down; a Goexit takes a
// worker for good, and when none is left every batch waits forever.
type sharedPool struct{ pool *workerpool.WorkerPool }

func (s sharedPool) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	done.Add(b.Len())
	for i := range b.Tasks() {
		s.pool.Submit(func() {
			defer done.Done()
			errs[i] = b.Do(ctx, i)
		})
	}
	done.Wait()
	return errors.Join(errs...)
}

// Close ends the pool's goroutines and waits for them.
func (s sharedPool) Close() error {
	s.pool.StopWait()
	return nil
}
