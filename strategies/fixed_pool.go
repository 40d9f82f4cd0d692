package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "fixed-pool",
		Doc:    "a fixed number of workers that take tasks from a channel",
		Params: []Param{WorkersParam(), {Name: "buffer", Doc: "capacity of the task channel; unbuffered if not given", Optional: true, Min: 1, Max: MaxLimit}},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Hangs,
			Concurrent: true,
		},
		Width: Workers,
		New: func(p Params) (Strategy, error) {
			return fixedPool{workers: p.Int("workers"), buffer: p.Int("buffer")}, nil
		},
	})
}

// fixedPool is the worker pool of the Go tour and of most blog posts, elsewhere called a
// fixed thread pool or bounded executor: workers range over a channel that the caller feeds.
// An unbuffered channel hands over each task directly; a buffered one saves the feeder a
// wake-up per task. Run blocks until all tasks are done. All errors are joined, in task
// order, and all tasks run. A panic ends the process. A Goexit ends a worker; when none is
// left, the caller hangs. The caller feeds every task even if its context is cancelled:
// tasks must stop themselves.
type fixedPool struct{ workers, buffer int }

func (p fixedPool) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	pool(p.workers, p.buffer, b, func(i int) { errs[i] = b.Do(ctx, i) })
	return errors.Join(errs...)
}

// pool calls do once for every task of the batch, on workers that take task numbers from
// a channel of the given capacity. It returns when all calls have.
func pool(workers, buffer int, b *Batch, do func(i int)) {
	tasks := make(chan int, buffer)
	var wg sync.WaitGroup
	for range min(workers, b.Len()) {
		wg.Go(func() {
			for i := range tasks {
				do(i)
			}
		})
	}
	for i := range b.Tasks() {
		tasks <- i
	}
	close(tasks)
	wg.Wait()
}
