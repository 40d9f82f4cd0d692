// Package pond runs batches with github.com/alitto/pond: a pool that is made once, and
// a task group for every batch. Importing it registers the strategy.
package pond

import (
	"context"
	"errors"

	"github.com/alitto/pond/v2"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	spec := strategies.Spec{
		Name:   "pond",
		Doc:    "a task group of pond's pool: an unbounded queue, workers that come and go, at most limit",
		Source: "github.com/alitto/pond/v2 v2.7.1",
		Params: []strategies.Param{strategies.LimitParam()},
		Traits: strategies.Traits{
			Reports:    strategies.ReportsFirst,
			OnError:    strategies.StopsAtFirst,
			OnPanic:    strategies.BecomesError,
			OnCancel:   strategies.StopsStarting,
			OnGoexit:   strategies.Hangs,
			Concurrent: true,
		},
		Width: strategies.Limit,
		InAll: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return pondPool{pond.NewPool(strategies.Limit(p))}, nil
		},
	}
	strategies.Register(spec)
	spec.Name += "-per-batch"
	spec.Doc = "a pool of pond's for every batch: an unbounded queue, workers that come and go, at most limit"
	spec.InAll = nil
	spec.New = func(p strategies.Params) (strategies.Strategy, error) {
		return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
			pool := pondPool{pond.NewPool(strategies.Limit(p))}
			return errors.Join(pool.Run(ctx, b), pool.Close())
		}), nil
	}
	strategies.Register(spec)
}

// pondPool uses a pond.TaskGroup with the batch's context. Submitting never blocks;
// Wait does, until the tasks that run have ended. The first error, or a cancellation,
// is returned, and tasks not yet begun are skipped. A panic is returned as an error;
// a Goexit leaves the group waiting forever.
type pondPool struct{ pool pond.Pool }

func (p pondPool) Run(ctx context.Context, b *strategies.Batch) error {
	group := p.pool.NewGroupContext(ctx)
	for i := range b.Tasks() {
		group.SubmitErr(func() error { return b.Do(ctx, i) })
	}
	return group.Wait()
}

// Close ends the pool's goroutines and waits for them.
func (p pondPool) Close() error {
	p.pool.StopAndWait()
	return nil
}
