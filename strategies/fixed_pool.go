package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "fixed-pool",
		Doc:    "a fixed number of workers that take tasks from an unbuffered channel",
		Params: []Param{{Name: "workers", Doc: "goroutines, and so tasks at once", Default: 8, Min: 1, Max: MaxLimit}},
		Traits: Traits{
			OnError:  RunsAll,
			OnPanic:  Crashes,
			OnCancel: IgnoresCancel,
			OnGoexit: Hangs,
		},
		Width: func(p Params) int { return p.Int("workers") },
		New: func(p Params) (Strategy, error) {
			return fixedPool{workers: p.Int("workers")}, nil
		},
	})
}

// fixedPool is the worker pool of the Go tour and of most blog posts: workers range
// over a channel that the caller feeds. All errors are joined, in task order, and
// all tasks run. A panic takes the process down; a Goexit takes a worker, and when
// none is left the caller hangs. The caller feeds every task even when its context
// is cancelled: stopping is left to the tasks.
type fixedPool struct{ workers int }

func (p fixedPool) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	tasks := make(chan int)
	var wg sync.WaitGroup
	for range min(p.workers, b.Len()) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range tasks {
				errs[i] = b.Do(ctx, i)
			}
		}()
	}
	for i := range b.Tasks() {
		tasks <- i
	}
	close(tasks)
	wg.Wait()
	return errors.Join(errs...)
}
