package strategies

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/semaphore"
)

func init() {
	Register(Spec{
		Name:   "shared-semaphore",
		Doc:    "golang.org/x/sync/semaphore, one for the process: a goroutine for every task, which waits for room",
		Source: xsync,
		Params: []Param{LimitParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Limit,
		InAll: Limit,
		New: func(p Params) (Strategy, error) {
			return sharedSemaphore{semaphore.NewWeighted(int64(p.Int("limit")))}, nil
		},
	})
}

// sharedSemaphore is a semaphore that all batches share. Waiting goroutines are served first
// come, first served. Run blocks until the batch's tasks are done. All errors are joined, in
// task order, and all tasks run; after a cancellation waiting tasks do not start. A panic
// ends the process, a Goexit loses only its task. A task that runs a batch on the same
// semaphore may deadlock.
type sharedSemaphore struct{ room *semaphore.Weighted }

func (s sharedSemaphore) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	var done sync.WaitGroup
	for i := range b.Tasks() {
		done.Go(func() {
			if errs[i] = s.room.Acquire(ctx, 1); errs[i] != nil {
				return
			}
			defer s.room.Release(1)
			errs[i] = b.Do(ctx, i)
		})
	}
	done.Wait()
	return errors.Join(errs...)
}
