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

// orderedPipeline is a channel of channels: an ordered parallel map over a stream,
// buffered in Rust's and parallel streams' sense. The consumer takes the results in
// task order and as early as that order allows, so a slow task at the head holds up
// those behind it, and the start of new ones: that is the price of order with a
// bounded memory. Run blocks until the last result is taken; it begins no more tasks
// once its context is cancelled. All errors are joined, in task order, and all tasks
// run. A panic takes the process down; a Goexit yields no result, and the consumer
// waits for ever.
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
