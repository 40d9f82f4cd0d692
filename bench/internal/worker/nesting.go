package worker

import (
	"context"
	"sync/atomic"

	"github.com/fanbench/fanbench/strategies"
)

// nesting are tasks that fan out again: when a task has done its own work, the same strategy
// runs a batch of further tasks for it, and the task waits for that. Through a limit that
// batches share, this can deadlock: the places that it waits for are held by tasks that wait
// like it.
//
// The k-th further task of task i counts as attempt k+2 at it. So it has a latency of its own,
// and the coordinator expects its request at the server.
type nesting struct {
	tasks
	size     int                 // of the further batches
	strategy strategies.Strategy // set when it has been constructed
	started  atomic.Int64        // further tasks
}

func (n *nesting) do(ctx context.Context, i int, r *strategies.Record) error {
	err := n.tasks.do(ctx, i, r)
	if err != nil || strategies.AttemptOf(ctx) > 1 {
		return err
	}
	b := strategies.NewBatch(make([]strategies.Record, n.size), func(ctx context.Context, k int, r *strategies.Record) error {
		n.started.Add(1)
		return n.tasks.do(strategies.WithAttempt(ctx, k+2), i, r)
	})
	b.Start()
	return n.strategy.Run(ctx, b)
}

// takeStarted returns the number of further tasks since its last call.
func (n *nesting) takeStarted() int {
	if n == nil {
		return 0
	}
	return int(n.started.Swap(0))
}
