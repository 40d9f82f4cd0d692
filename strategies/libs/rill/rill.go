// Package rill runs batches with github.com/destel/rill: its ForEach. Importing
// it registers the strategy.
package rill

import (
	"context"

	"github.com/destel/rill"

	"github.com/fanbench/fanbench/strategies"
)

func init() {
	strategies.Register(strategies.Spec{
		Name:   "rill",
		Doc:    "rill.ForEach over a stream of tasks: goroutines that share a channel",
		Source: "github.com/destel/rill v0.8.1",
		Params: []strategies.Param{strategies.LimitParam()},
		Traits: strategies.Traits{
			ReturnsEarly: true,
			Reports:      strategies.ReportsFirst,
			OnError:      strategies.StopsAtFirst,
			OnPanic:      strategies.Crashes,
			OnCancel:     strategies.StopsStarting,
			OnGoexit:     strategies.LosesTasks,
			Concurrent:   true,
		},
		Width: strategies.Limit,
		New: func(p strategies.Params) (strategies.Strategy, error) {
			return forEach{limit: strategies.Limit(p)}, nil
		},
	})
}

// forEach blocks until the stream is processed or a task returns an error. It returns
// the first error at once, with other tasks still running; those not yet begun never
// are. It knows no context: a cancelled task's error ends it too. A panic takes the
// process down; a Goexit takes a goroutine, and when none is left Run returns nil
// with tasks never begun.
type forEach struct{ limit int }

func (f forEach) Run(ctx context.Context, b *strategies.Batch) error {
	tasks := rill.FromSeq(b.Tasks(), nil)
	return rill.ForEach(tasks, f.limit, func(i int) error { return b.Do(ctx, i) })
}
