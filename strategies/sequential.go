package strategies

import "context"

func init() {
	Register(Spec{
		Name: "sequential",
		Doc:  "one after another in the calling goroutine: the loop everybody starts with",
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsFirst,
			OnError:    StopsAtFirst,
			OnPanic:    PanicsInRun,
			OnCancel:   StopsStarting,
			OnGoexit:   EndsCaller,
			Concurrent: true,
		},
		Width: func(Params) int { return 1 },
		New:   func(Params) (Strategy, error) { return Func(sequential), nil },
	})
}

// sequential runs the tasks one after another and returns the first error; later tasks never
// start. It starts no goroutine, so a panic reaches the caller, and a Goexit ends the
// caller. Cancellation is checked between tasks.
func sequential(ctx context.Context, b *Batch) error {
	for i := range b.Tasks() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := b.Do(ctx, i); err != nil {
			return err
		}
	}
	return nil
}
