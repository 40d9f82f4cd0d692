package failsafe

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go/adaptivelimiter"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	// The defaults are the library's own.
	ceiling, initial := strategies.MaxParam(), strategies.InitialParam()
	ceiling.Default, initial.Default = 200, 20
	strategies.Register(strategies.Spec{
		Name:   "failsafe-adaptive",
		Doc:    "failsafe-go's adaptive limiter: a limit that follows the trend of the tasks' times",
		Source: source,
		Params: []strategies.Param{ceiling, initial, {
			Name: "window", Doc: "the least time between two changes of the limit", Kind: strategies.Duration,
			Default: int64(time.Second), Min: int64(time.Millisecond), Max: int64(30 * time.Second),
		}},
		Check: strategies.CheckInitial,
		Traits: strategies.Traits{
			KeepsOrder: true,
			Adaptive:   true,
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.Crashes,
			OnCancel:   strategies.StopsStarting,
			OnGoexit:   strategies.Swallowed,
		},
		Width: func(p strategies.Params) int { return p.Int("max") },
		New:   func(p strategies.Params) (strategies.Strategy, error) { return adaptive{p}, nil },
	})
}

// adaptive asks an adaptivelimiter.AdaptiveLimiter for a permit before each start. It
// makes a limiter for every batch, so that no batch learns from another; a batch that
// lasts no longer than the window keeps the initial limit. Acquiring blocks while the
// limit is reached, and ends when the context is cancelled; tasks that run are waited
// for. All errors are joined, in task order, and all tasks run. A panic takes the
// process down, a Goexit loses its task only.
type adaptive struct{ params strategies.Params }

func (a adaptive) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	limiter := adaptivelimiter.NewBuilder[any]().
		WithLimits(1, uint(a.params.Int("max")), uint(a.params.Int("initial"))).
		WithRecentWindow(a.params.Duration("window"), 30*time.Second, 50).
		Build()
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		permit, err := limiter.AcquirePermit(ctx)
		if err != nil {
			errs[i] = err
			break
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer permit.Record()
			errs[i] = b.Do(ctx, i)
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}
