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

// sharedSemaphore is a semaphore that all batches share. Goroutines that wait for it are
// served first come, first served. Run blocks until the batch's tasks are done. All errors
// are joined, in task order, and all tasks run; once the context is cancelled those that
// wait give up. A panic takes the process down, a Goexit loses its task only. A task that
// runs a batch by the same semaphore may wait for ever.
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
