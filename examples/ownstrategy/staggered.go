package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// staggered starts a goroutine for every task, with a pause between one start and the
// next: a ramp instead of a burst. All tasks run, and their errors are joined.
var staggered = strategies.Spec{
	Name: "staggered",
	Doc:  "a goroutine for every task, started with a pause in between",
	Params: []strategies.Param{{
		Name: "pause", Doc: "from one start to the next", Kind: strategies.Duration,
		Default: int64(time.Millisecond), Min: 0, Max: int64(time.Minute),
	}},
	Traits: strategies.Traits{
		KeepsOrder: true,
		Reports:    strategies.ReportsAll,
		OnError:    strategies.RunsAll,
		OnPanic:    strategies.Crashes,
		OnCancel:   strategies.IgnoresCancel,
		OnGoexit:   strategies.Swallowed,
		Concurrent: true,
	},
	New: func(p strategies.Params) (strategies.Strategy, error) {
		pause := p.Duration("pause")
		return strategies.Func(func(ctx context.Context, b *strategies.Batch) error {
			errs := make([]error, b.Len())
			var wg sync.WaitGroup
			for i := range b.Tasks() {
				wg.Go(func() { errs[i] = b.Do(ctx, i) })
				time.Sleep(pause)
			}
			wg.Wait()
			return errors.Join(errs...)
		}), nil
	},
}
