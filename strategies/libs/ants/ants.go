// Package ants runs batches with github.com/panjf2000/ants: a pool that is made once
// and serves every batch. Importing it registers the strategy.
//
// Importing ants makes a default pool, whose two goroutines tick for as long as the
// process lives. This package releases it, so that no other strategy is measured
// beside them; a program that uses ants.Submit itself calls ants.Reboot first.
package ants

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/panjf2000/ants/v2"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	ants.Release()
	spec := strategies.Spec{
		Name:   "ants",
		Doc:    "ants' pool: goroutines that are kept and reused, at most limit",
		Source: "github.com/panjf2000/ants/v2 v2.12.1",
		Params: []strategies.Param{strategies.LimitParam()},
		Traits: strategies.Traits{
			KeepsOrder: true,
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.Swallowed,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.Swallowed,
			Concurrent: true,
		},
		Width: strategies.Limit,
		InAll: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			pool, err := ants.NewPool(strategies.Limit(p))
			if err != nil {
				return nil, err
			}
			return antsPool{pool}, nil
		},
	}
	strategies.Register(spec)
	spec.Name += "-per-batch"
	spec.Doc = "ants' pool, a new one for every batch"
	spec.InAll = nil
	spec.New = func(p strategies.Params) (strategies.Strategy, error) {
		return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
			pool, err := ants.NewPool(strategies.Limit(p))
			if err != nil {
				return err
			}
			return errors.Join(antsPool{pool}.Run(ctx, b), antsPool{pool}.Close())
		}), nil
	}
	strategies.Register(spec)
}

// antsPool is an ants.Pool. Submit blocks while all goroutines are busy. Tasks return
// nothing, so their errors go to slots of their own and are joined in task order. All
// tasks run; cancellation is left to them. A panic is caught and logged to standard
// error, and the caller sees nil; a Goexit loses its task only.
type antsPool struct{ pool *ants.Pool }

func (a antsPool) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		wg.Add(1)
		err := a.pool.Submit(func() {
			defer wg.Done()
			errs[i] = b.Do(ctx, i)
		})
		if err != nil {
			wg.Done()
			errs[i] = err
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Close ends the pool's goroutines and waits for them.
func (a antsPool) Close() error { return a.pool.ReleaseTimeout(10 * time.Second) }
