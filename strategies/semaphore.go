package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name:   "semaphore",
		Doc:    "a goroutine for every task, started once there is room in a buffered channel",
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
		New:   func(p Params) (Strategy, error) { return channelSemaphore{limit: p.Int("limit")}, nil },
	})
}

// channelSemaphore uses a buffered channel as a counting semaphore. It is acquired before
// the goroutine starts, so at most limit goroutines exist. Run blocks while limit tasks run.
// After a cancellation it stops waiting for a place, and waits for the running tasks. All
// errors are joined, in task order, and all tasks run. A panic ends the process, a Goexit
// loses only its task.
type channelSemaphore struct{ limit int }

func (s channelSemaphore) Run(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	slots := make(chan struct{}, s.limit)
	var wg sync.WaitGroup
feed:
	for i := range b.Tasks() {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			errs[i] = ctx.Err()
			break feed
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer func() { <-slots }()
			errs[i] = b.Do(ctx, i)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}
