package strategies

import (
	"context"
	"errors"
	"sync"
)

func init() {
	Register(Spec{
		Name: "goroutine-per-task",
		Doc:  "a goroutine for every task at once and a sync.WaitGroup: unbounded",
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		New: func(Params) (Strategy, error) { return Func(goroutinePerTask), nil },
	})
}

// goroutinePerTask starts every task at once and waits for all: Promise.all, one goroutine
// per task and join. All errors are joined, in task order. A panic in a task ends the
// process, a Goexit loses only its task. All tasks start before a cancellation can stop
// them, so tasks must handle it themselves.
func goroutinePerTask(ctx context.Context, b *Batch) error {
	errs := make([]error, b.Len())
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = b.Do(ctx, i)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}
