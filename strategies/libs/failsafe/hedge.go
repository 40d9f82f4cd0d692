// Package failsafe runs batches with github.com/failsafe-go/failsafe-go: its hedge
// policy and its adaptive limiter. Importing it registers both.
package failsafe

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	"github.com/failsafe-go/failsafe-go/hedgepolicy"

	"github.com/fanbench/fanbench/strategies"
)

const source = "github.com/failsafe-go/failsafe-go v0.9.8"

func init() {
	strategies.Register(strategies.Spec{
		Name:   "failsafe-hedge",
		Doc:    "failsafe-go's hedge policy behind its bulkhead: a second attempt if the first has not answered after a delay",
		Source: source,
		Params: []strategies.Param{strategies.LimitParam(), {
			Name: "delay", Doc: "time until the second attempt", Kind: strategies.Duration,
			Default: int64(50 * time.Millisecond), Min: int64(time.Microsecond), Max: int64(time.Hour),
		}},
		Traits: strategies.Traits{
			KeepsOrder:   true,
			ReturnsEarly: true,
			Reports:      strategies.ReportsAll,
			OnError:      strategies.RunsAll,
			OnPanic:      strategies.Crashes,
			OnCancel:     strategies.StopsStarting,
			OnGoexit:     strategies.Hangs,
			Concurrent:   true,
		},
		Width: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return hedge{
				limit:  uint(strategies.Limit(p)),
				policy: hedgepolicy.NewWithDelay[*strategies.Attempt](p.Duration("delay")),
			}, nil
		},
	})
}

// hedge runs every task with a hedgepolicy.HedgePolicy, and lets a bulkhead.Bulkhead
// say when there is room for the next. The policy takes the first attempt to answer,
// be it with an error, and cancels the other's context without waiting for its end.
// Acquiring blocks while limit tasks run. All errors are joined, in task order, and
// all tasks run. A cancelled context ends the acquiring and every execution at once,
// with attempts still running. A panic takes the process down; a task all of whose
// attempts Goexit is waited for forever.
type hedge struct {
	limit  uint
	policy hedgepolicy.HedgePolicy[*strategies.Attempt]
}

func (h hedge) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	room := bulkhead.New[any](h.limit)
	executor := failsafe.With(h.policy).WithContext(ctx)
	var wg sync.WaitGroup
	for i := range b.Tasks() {
		if err := room.AcquirePermit(ctx); err != nil {
			errs[i] = err
			break
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer room.ReleasePermit()
			errs[i] = attempt(executor, b.Attempts(i))
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// attempt executes one task. An execution whose context is cancelled has no attempt
// to show.
func attempt(executor failsafe.Executor[*strategies.Attempt], task *strategies.Attempts) error {
	try, err := executor.GetWithExecution(func(e failsafe.Execution[*strategies.Attempt]) (*strategies.Attempt, error) {
		try := task.Do(e.Context())
		return try, try.Err
	})
	if try == nil {
		return task.Fail(err)
	}
	return task.Settle(try)
}
