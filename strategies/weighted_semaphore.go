package strategies

import (
	"context"
	"errors"

	"golang.org/x/sync/semaphore"
)

func init() {
	Register(Spec{
		Name:   "weighted-semaphore",
		Doc:    "golang.org/x/sync/semaphore: a goroutine for every task, started once there is room",
		Source: xsync,
		Params: []Param{LimitParam()},
		Traits: Traits{
			KeepsOrder:   true,
			ReturnsEarly: true,
			Reports:      ReportsAll,
			OnError:      RunsAll,
			OnPanic:      Crashes,
			OnCancel:     StopsStarting,
			OnGoexit:     Swallowed,
			Concurrent:   true,
		},
		Width: Limit,
		New:   func(p Params) (Strategy, error) { return weightedSemaphore{limit: int64(p.Int("limit"))}, nil },
	})
}

// weightedSemaphore is the worker pool of that package's documentation: acquire one before
// each start, acquire all to wait for the end. Run blocks while limit tasks run. A
// cancellation ends both kinds of waiting, so Run then returns while tasks still run. All
// errors are joined, in task order, and all tasks run. A panic ends the process, a Goexit
// loses only its task.
type weightedSemaphore struct{ limit int64 }

func (w weightedSemaphore) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	sem := semaphore.NewWeighted(w.limit)
	for i := range b.Tasks() {
		if err := sem.Acquire(ctx, 1); err != nil {
			return err
		}
		go func() {
			defer sem.Release(1)
			errs[i] = b.Do(ctx, i)
		}()
	}
	if err := sem.Acquire(ctx, w.limit); err != nil {
		return err
	}
	return errors.Join(errs...)
}
