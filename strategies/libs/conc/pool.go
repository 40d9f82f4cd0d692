// Package conc runs batches with github.com/sourcegraph/conc: its pool and its
// iterator, as its documentation does. Importing it registers both.
package conc

import (
	"context"

	"github.com/sourcegraph/conc/pool"

	"github.com/fanbench/fanbench/strategies"
)

const source = "github.com/sourcegraph/conc v0.3.0"

func init() {
	strategies.Register(strategies.Spec{
		Name:   "conc-pool",
		Doc:    "conc's pool with a context: goroutines started as they are needed, at most limit",
		Source: source,
		Params: []strategies.Param{strategies.LimitParam()},
		Traits: strategies.Traits{
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.PanicsInRun,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.Swallowed,
			Concurrent: true,
		},
		Width: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return concPool{limit: strategies.Limit(p)}, nil
		},
	})
}

// concPool is a pool.ContextPool, made for one batch: Wait ends it for good. Go blocks
// while all goroutines are busy. All errors are joined in the order in which they
// occurred, and all tasks run, with a cancelled context if need be. A panic is caught
// and thrown again by Wait, with its stack; a Goexit loses its task only.
type concPool struct{ limit int }

func (c concPool) Run(ctx context.Context, b *strategies.Batch) error {
	p := pool.New().WithMaxGoroutines(c.limit).WithContext(ctx)
	for i := range b.Tasks() {
		p.Go(func(ctx context.Context) error { return b.Do(ctx, i) })
	}
	return p.Wait()
}
