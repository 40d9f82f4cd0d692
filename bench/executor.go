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
	// Trial runs the batch once. When it returns, the records are in the file that order
	// names, in any case. The report describes the trial, also if the strategy failed. An
	// error means that the executor cannot continue.
	Trial(ctx context.Context, order worker.Order) (worker.Report, error)
	// Observe returns what the process of the trials is using, or an error if that is
	// unknown. It may be called during a trial.
	Observe() (machine.ProcessSample, error)
	// Close ends the executor. Its process may take as long as limit; then it is killed.
	Close(limit time.Duration) error
	// Left returns what the strategy has left behind, after Close.
	Left() child.Leftovers
}
