package strategies

import (
	"context"
	"errors"
)

func init() {
	Register(Spec{
		Name:   "ordered-pipeline",
		Doc:    "a queue of pending results in task order: tasks run at once, results are handed on one after another",
		Params: []Param{LimitParam()},
		Traits: Traits{
			KeepsOrder: true,
			Reports:    ReportsAll,
			OnError:    RunsAll,
			OnPanic:    Crashes,
			OnCancel:   StopsStarting,
			OnGoexit:   Hangs,
			Concurrent: true,
		},
		Width: Limit,
		New:   func(p Params) (Strategy, error) { return orderedPipeline{limit: p.Int("limit")}, nil },
	})
}

// orderedPipeline is a channel of channels: an ordered parallel map over a stream, called
// "buffered" in Rust and in parallel streams. The consumer takes the results in task order,
// as early as that order allows. So a slow task at the head delays the results behind it and
// the start of new tasks: the price of order with bounded memory. Run blocks until the last
// result is taken. After a cancellation it starts no more tasks. All errors are joined, in
// task order, and all tasks run. A panic ends the process. A Goexit gives no result, so the
// consumer never returns.
type orderedPipeline struct{ limit int }

func (o orderedPipeline) Run(ctx context.Context, b *Batch) error {
	// The consumer holds the head of the queue, so limit-1 fit behind it.
	queue := make(chan chan error, o.limit-1)
	go func() {
		defer close(queue)
		for i := range b.Tasks() {
			result := make(chan error, 1)
			select {
			case queue <- result:
			case <-ctx.Done():
				return
			}
			go func() { result <- b.Do(ctx, i) }()
		}
	}()
	var errs []error
	for result := range queue {
		if err := <-result; err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, ctx.Err())...)
}
