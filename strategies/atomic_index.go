package strategies

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

func init() {
	Register(Spec{
		Name:   "atomic-index",
		Doc:    "a fixed number of workers that take the next task by adding one to a shared counter",
		Params: []Param{WorkersParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   LosesTasks,
			Concurrent: true,
		},
		Width: Workers,
		New:   func(p Params) (Strategy, error) { return atomicIndex{workers: p.Int("workers")}, nil },
	})
}

// atomicIndex is a pool without a queue: OpenMP's schedule(dynamic, 1), and the inside of
// many parallel-for loops. Taking a task is one atomic addition. It needs the whole batch at
// the start. Run blocks until all workers have ended. All errors are joined, in task order,
// and all tasks run. Tasks must handle cancellation themselves. A panic ends the process. A
// Goexit ends a worker; when none is left, Run returns nil and the remaining tasks never
// start.
type atomicIndex struct{ workers int }

func (a atomicIndex) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	forEach(a.workers, b.Len(), func(i int) { errs[i] = b.Do(ctx, i) })
	return errors.Join(errs...)
}

// forEach calls do once for every i below n, on workers that share a counter.
// It returns when all workers have ended.
func forEach(workers, n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
