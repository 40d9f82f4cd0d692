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
	spec := strategies.Spec{
		Name:   "failsafe-adaptive",
		Doc:    "failsafe-go's adaptive limiter: a limit that follows the trend of the tasks' times",
		Source: source,
		Params: []strategies.Param{ceiling, initial, {
			Name: "window", Doc: "minimum time between two changes of the limit", Kind: strategies.Duration,
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
			Concurrent: true,
		},
		Width: func(p strategies.Params) int { return p.Int("max") },
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return adaptive{func() limiter { return newLimiter(p) }}, nil
		},
	}
	strategies.Register(spec)
	spec.Name += "-shared"
	spec.Doc = "failsafe-go's adaptive limiter, one for the process, which learns from the tasks of all batches"
	spec.InAll = spec.Width
	spec.New = func(p strategies.Params) (strategies.Strategy, error) {
		shared := newLimiter(p)
		return adaptive{func() limiter { return shared }}, nil
	}
	strategies.Register(spec)
}

type limiter = adaptivelimiter.AdaptiveLimiter[any]

func newLimiter(p strategies.Params) limiter {
	return adaptivelimiter.NewBuilder[any]().
		WithLimits(1, uint(p.Int("max")), uint(p.Int("initial"))).
		WithRecentWindow(p.Duration("window"), 30*time.Second, 50).
		Build()
}

// adaptive asks an adaptivelimiter.AdaptiveLimiter for a permit before each start: one that
// all batches share, or one of the batch's own, so that no batch learns from another. A
// batch that lasts no longer than the window then keeps the initial limit. Acquiring blocks while the
// limit is reached, and ends when the context is cancelled; tasks that run are waited
// for. All errors are joined, in task order, and all tasks run. A panic takes the
// process down, a Goexit loses its task only.
type adaptive struct{ limiter func() limiter }

func (a adaptive) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	limiter := a.limiter()
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
