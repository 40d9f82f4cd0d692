package strategies

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// xsync is the module of errgroup and of the weighted semaphore.
const xsync = "golang.org/x/sync v0.24.0"

func init() {
	Register(Spec{
		Name:   "errgroup",
		Doc:    "golang.org/x/sync/errgroup: a goroutine for every task, at most limit at once if it is given",
		Source: xsync,
		Params: []Param{optionalLimit()},
		Traits: Traits{
			Reports:    ReportsFirst,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   IgnoresCancel,
			OnGoexit:   Swallowed,
			Concurrent: true,
		},
		Width: Limit,
		New:   func(p Params) (Strategy, error) { return errGroup{limit: p.Int("limit")}, nil },
	})
}

// errGroup uses a zero errgroup.Group, with SetLimit if a limit is given: a task group that
// cancels nothing. Go blocks while limit tasks run. It returns the first error. All tasks
// run, also after an error or a cancellation. A panic ends the process, a Goexit loses only
// its task.
type errGroup struct{ limit int }

func (e errGroup) Run(ctx context.Context, b *Batch) error {
	var g errgroup.Group
	if e.limit > 0 {
		g.SetLimit(e.limit)
	}
	for i := range b.Tasks() {
		g.Go(func() error { return b.Do(ctx, i) })
	}
	return g.Wait()
}
