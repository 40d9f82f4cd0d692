package worker

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// draws are the durations of the tasks of a round: those that the mock server would inject,
// drawn in advance.
type draws struct {
	from  latency.Latency
	seed  uint64
	round int
	tasks []time.Duration
}

func newDraws(j Job, from latency.Latency) draws {
	return draws{from: from, seed: j.Seed, tasks: make([]time.Duration, j.Tasks)}
}

func (d *draws) prepare(round, n, _ int) {
	d.round = round
	if n != len(d.tasks) {
		d.tasks = make([]time.Duration, n)
	}
	for i := range d.tasks {
		d.tasks[i] = d.from.At(d.seed, round, i)
	}
}

// of returns the duration of the attempt at task i that ctx belongs to. A further attempt
// has a number beyond the batch, as at the mock server.
func (d *draws) of(ctx context.Context, i int) time.Duration {
	if n := strategies.AttemptOf(ctx); n > 1 {
		return d.from.At(d.seed, d.round, i+(n-1)*len(d.tasks))
	}
	return d.tasks[i]
}
