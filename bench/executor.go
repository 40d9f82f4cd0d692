package bench

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
)

// executor runs the trials of one strategy, one at a time: in this process (local), in a
// worker process (remote), or, in tests, without taking time.
type executor interface {
	// Trial runs the batch once. Its records are in the file that order names by the
	// time it returns, in any case. The report tells of a strategy that failed. An error
	// means that the executor cannot go on, and says why.
	Trial(ctx context.Context, order worker.Order) (worker.Report, error)
	// Observe tells what the process that runs the trials is using; an error where that
	// cannot be known. It may be called while a trial goes on.
	Observe() (machine.ProcessSample, error)
	// Close ends the executor. A process of its may take as long as limit, then it is
	// killed.
	Close(limit time.Duration) error
	// Left tells, once it is closed, what the strategy has left behind.
	Left() child.Leftovers
}
