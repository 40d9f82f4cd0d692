package strategies

import (
	"context"
	"errors"
)

func init() {
	Register(Spec{
		Name: "fan-in",
		Doc:  "a goroutine for every task at once; each sends its result to one channel, which the caller reads n times",
		Traits: Traits{
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Hangs,
			Concurrent: true,
		},
		New: func(Params) (Strategy, error) { return Func(fanIn), nil },
	})
}

// fanIn is scatter and gather (mpsc): as many senders as tasks, and one receiver that
// counts. Run blocks until it has received a result for every task, and joins errors in the
// order in which they arrived. All tasks run. Tasks must handle cancellation themselves. A
// panic ends the process. A Goexit sends nothing, so the receiver never returns.
func fanIn(ctx context.Context, b *Batch) error {
	results := make(chan error)
	for i := range b.Tasks() {
		go func() { results <- b.Do(ctx, i) }()
	}
	var errs []error
	for range b.Len() {
		if err := <-results; err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
