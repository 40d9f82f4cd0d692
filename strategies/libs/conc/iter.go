package conc

import (
	"context"

	"github.com/sourcegraph/conc/iter"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	strategies.Register(strategies.Spec{
		Name:   "conc-iter",
		Doc:    "conc's parallel map over a slice: goroutines that share an atomic index",
		Source: source,
		Params: []strategies.Param{strategies.LimitParam()},
		Traits: strategies.Traits{
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.PanicsInRun,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.LosesTasks,
			Concurrent: true,
		},
		Width: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return concIter{limit: strategies.Limit(p)}, nil
		},
	})
}

// concIter is iter.Mapper.MapErr over the task numbers. It needs the whole batch at
// the start, and blocks until all goroutines have ended. All errors are joined in the
// order in which they occurred, and all tasks run; cancellation is left to them. A
// panic is caught and thrown again in the caller, after the others are done; a Goexit
// takes a goroutine, and when none is left Run returns nil with tasks never begun.
type concIter struct{ limit int }

func (c concIter) Run(ctx context.Context, b *strategies.Batch) error {
	tasks := make([]int, b.Len())
	for i := range tasks {
		tasks[i] = i
	}
	m := iter.Mapper[int, struct{}]{MaxGoroutines: c.limit}
	_, err := m.MapErr(tasks, func(i *int) (struct{}, error) { return struct{}{}, b.Do(ctx, *i) })
	return err
}
