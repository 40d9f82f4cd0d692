package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// freshRound is the round of the batch that a new process runs first. No other round has
// this number, so none of its requests recurs in a measured trial.
const freshRound = 0

// renew replaces the process of strategy i by a new one that has done one batch and rested.
// If the new process ended instead, died says why, and the file at path has the records of
// that batch. err ends the run.
func (r *scenarioRun) renew(ctx context.Context, i int, path string) (died, err error) {
	if r.executors[i] != nil {
		if err := r.discard(i, child.Patience); err != nil {
			return nil, fmt.Errorf("closing %s: %w", r.scenario.Strategies[i], err)
		}
	}
	e, died := r.executor(ctx, i)
	if died != nil {
		return died, nil
	}
	first := path + ".first"
	if err := recordfile.Create(first, r.scenario.Workload.Tasks); err != nil {
		return nil, err
	}
	if _, died = e.Trial(ctx, worker.Order{Round: freshRound, Records: first}); died != nil {
		return died, os.Rename(first, path)
	}
	if err := errors.Join(os.Remove(first), r.server.reset()); err != nil {
		return nil, err
	}
	time.Sleep(r.coordinator.outside.rest)
	return nil, nil
}
