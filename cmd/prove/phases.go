package main

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// phase is a phase of load that was measured, as it lies in the run directory, and what it
// was to meet. Elements i of tasks, ready and draws are of one task.
type phase struct {
	scenario scenario.Scenario
	trial    results.Trial
	batches  []strategies.Record
	tasks    []strategies.Record
	ready    []time.Duration // when its batch was to arrive
	draws    []time.Duration // its latency
}

// planned is the run's scenario of that name, nil if it has none.
func planned(run *results.Run, name string) *results.Planned {
	for i := range run.Scenarios {
		if run.Scenarios[i].Scenario.Name == name {
			return &run.Scenarios[i]
		}
	}
	return nil
}

// readPhase reads the only phase of a scenario.
func readPhase(run *results.Run, name string) (*phase, error) {
	s := planned(run, name).Scenario
	trials := run.Measured(name, s.Strategies[0].String())
	if len(trials) != 1 {
		return nil, fmt.Errorf("load: %s: %d trials, want 1", name, len(trials))
	}
	f := &phase{scenario: s, trial: trials[0], draws: s.Latencies(trials[0].Round)}
	var err error
	if f.tasks, err = run.Records(f.trial); err != nil {
		return nil, fmt.Errorf("load: %s: %w", name, err)
	}
	if err := run.ScanBatches(f.trial, func(_ int, b *strategies.Record) { f.batches = append(f.batches, *b) }); err != nil {
		return nil, fmt.Errorf("load: %s: %w", name, err)
	}
	arrivals := s.Arrivals(f.trial.Round)
	if len(f.batches) != len(arrivals) || len(f.tasks) != len(f.draws) || len(f.draws) != len(arrivals)*s.Workload.Tasks {
		return nil, fmt.Errorf("load: %s: %d batches and %d tasks on disk, want %d and %d", name, len(f.batches), len(f.tasks), len(arrivals), len(f.draws))
	}
	for i := range f.tasks {
		f.ready = append(f.ready, arrivals[i/s.Workload.Tasks].At)
		if f.tasks[i].Load() != strategies.OK {
			return nil, fmt.Errorf("%s: task %d is %v: %w", name, i, f.tasks[i].Load(), errNotDone)
		}
	}
	return f, nil
}

// inWindow reports whether something that was ready at that time counts.
func (f *phase) inWindow(ready time.Duration) bool {
	return ready >= f.scenario.Workload.Arrivals.Warmup
}

// starts and ends of tasks, since the phase's start.
func (f *phase) starts() []time.Duration {
	return durations(f.tasks, func(r *strategies.Record) int64 { return r.Start })
}

func (f *phase) ends() []time.Duration {
	return durations(f.tasks, func(r *strategies.Record) int64 { return r.End })
}

// called is when the strategy was called with each task's batch.
func (f *phase) called() []time.Duration {
	n := f.scenario.Workload.Tasks
	out := make([]time.Duration, len(f.tasks))
	for i := range out {
		out[i] = time.Duration(f.batches[i/n].Start)
	}
	return out
}

func durations(records []strategies.Record, of func(*strategies.Record) int64) []time.Duration {
	out := make([]time.Duration, len(records))
	for i := range records {
		out[i] = time.Duration(of(&records[i]))
	}
	return out
}
