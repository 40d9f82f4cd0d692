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

// fanIn is scatter and gather, mpsc: as many senders as tasks, one receiver that
// counts. Run blocks until it has received a result for every task, and joins the
// errors in the order in which they came. All tasks run; cancellation is left to
// them, as all have begun by then. A panic takes the process down; a Goexit sends
// nothing, and the receiver waits for ever.
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
