package strategies

import (
	"context"

	"golang.org/x/sync/errgroup"
)

func init() {
	Register(Spec{
		Name:   "errgroup-context",
		Doc:    "errgroup.WithContext: the first error cancels the context of all other tasks",
		Source: xsync,
		Params: []Param{optionalLimit()},
		Traits: Traits{
			Reports:    ReportsFirst,
			OnError:    CancelsRest,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Limit,
		New:   func(p Params) (Strategy, error) { return errGroupContext{limit: p.Int("limit")}, nil },
	})
}

// errGroupContext uses errgroup.WithContext, with SetLimit if a limit is given; Go blocks
// while limit tasks run. The first error is returned and cancels the shared context: tasks
// that have not started still start, with a cancelled context. A panic ends the process, a
// Goexit loses only its task.
type errGroupContext struct{ limit int }

func (e errGroupContext) Run(ctx context.Context, b *Batch) error {
	g, ctx := errgroup.WithContext(ctx)
	if e.limit > 0 {
		g.SetLimit(e.limit)
	}
	for i := range b.Tasks() {
		g.Go(func() error { return b.Do(ctx, i) })
	}
	return g.Wait()
}
