package strategies_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"sync"

	"github.com/fanbench/fanbench/strategies"
)

// roundRobin deals the tasks to its lanes in turn, like cards.
type roundRobin struct{ lanes int }

func (r roundRobin) Run(ctx context.Context, b *strategies.Batch) error {
	errs := make([]error, b.Len())
	var wg sync.WaitGroup
	for lane := range r.lanes {
		wg.Go(func() {
			for i := lane; i < b.Len(); i += r.lanes {
				errs[i] = b.Do(ctx, i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func init() {
	strategies.Register(strategies.Spec{
		Name:   "round-robin",
		Doc:    "so many goroutines, to which the tasks are dealt in turn",
		Params: []strategies.Param{{Name: "lanes", Doc: "goroutines, and so tasks in flight", Default: 4, Min: 1, Max: 64}},
		Traits: strategies.Traits{
			KeepsOrder: true, // of the errors that Run returns
			Reports:    strategies.ReportsAll,
			OnError:    strategies.RunsAll,
			OnPanic:    strategies.Crashes,
			OnCancel:   strategies.IgnoresCancel,
			OnGoexit:   strategies.LosesTasks,
			Concurrent: true,
		},
		Width: func(p strategies.Params) int { return p.Int("lanes") },
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return roundRobin{lanes: p.Int("lanes")}, nil
		},
	})
}

// A strategy of one's own, whole: a type with a Run method, and the Spec that
// registers it and declares what it does. From then on it can be named like any
// other; strategytest.Conform tells whether it does what it declares. The function
// below does what the harness does with it.
func Example() {
	choice, err := strategies.Parse("round-robin:lanes=3")
	if err != nil {
		log.Fatal(err)
	}
	strategy, err := choice.New()
	if err != nil {
		log.Fatal(err)
	}
	records := make([]strategies.Record, 10)
	batch := strategies.NewBatch(records, func(_ context.Context, i int, r *strategies.Record) error {
		r.Bytes = int64(100 * i)
		return nil
	})
	batch.Start()
	err = strategy.Run(context.Background(), batch)
	fmt.Println(choice, err, records[7].Outcome, records[7].Bytes)
	// Output: round-robin:lanes=3 <nil> ok 700
}
