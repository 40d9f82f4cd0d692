package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/version"
)

// Options say how to measure. The zero value measures in this process, into a new directory
// below reports/runs.
type Options struct {
	Dir         string        // the run directory, which must not exist or be empty; "" for one below DefaultRuns
	Shard       results.Shard // the part of the plan to measure; the zero value is all of it
	Worker      []string      // the command of a worker process (see SelfWorker); nil runs the strategies in this process
	Server      []string      // the command of a mock server process, which has the flags and the output of fanbench serve; nil runs it in this process
	AllowRemote bool          // permits targets that are not on this machine's loopback
	Command     []string      // how to repeat the run, kept in run.json
	Progress    Progress      // nil for none

	// Next, if it is not nil, is called with the run so far whenever all scenarios are
	// measured. It returns one more scenario to measure, or nil to end the run.
	Next func(run *results.Run) *scenario.Scenario
}

// Progress is informed during the measurement, always between trials.
type Progress interface {
	// Trial is called after each trial. The next one begins when it returns.
	Trial(t results.Trial, at Position)
}

// Position is how far a run is after a trial.
type Position struct {
	Over, All int     // finished trials, and all that are planned so far
	Rounds    int     // rounds of the trial's scenario that are planned so far: warm-up rounds after a trial of the warm-up
	Part      float64 // share of the expected time that has passed
}

// Measure runs every round of the scenarios, one scenario after the other, and returns
// the run as it is on disk. Before the first trial it makes one request to each HTTP
// target that is the user's own (see Measurement.NoPreflight); if one fails, nothing is
// measured and no run directory is made.
//
// The error says why the run could not start (the run is nil then) or could not finish:
// context.Canceled if ctx was cancelled. The trials until then are kept, and the run is
// marked partial. The run, not the error, says how the strategies did and whether it is
// valid.
func Measure(ctx context.Context, scenarios []scenario.Scenario, o Options) (*results.Run, error) {
	return measure(ctx, scenarios, o, seams{openExecutor, startMock, scenario.RestAfterStart})
}

// measure is Measure with executors and servers of the caller.
func measure(ctx context.Context, scenarios []scenario.Scenario, o Options, outside seams) (*results.Run, error) {
	if err := Check(scenarios, o); err != nil {
		return nil, err
	}
	if o.Shard.Of == 0 {
		o.Shard = results.Whole
	}
	scenarios = slices.Clone(scenarios)
	for i := range scenarios {
		scenarios[i] = scenarios[i].Filled()
	}
	scenarios = scenario.Expand(scenarios)
	if err := preflight(ctx, scenarios, o); err != nil {
		return nil, err
	}
	defer child.AdoptOrphans()() // those of processes that strategies start, so that they are found
	began := time.Now()
	dir, err := results.MakeDir(o.Dir, began, scenarios)
	if err != nil {
		return nil, err
	}
	m := results.Manifest{
		Schema:      results.SchemaVersion,
		Fanbench:    version.String(),
		Status:      results.RunRunning,
		Reasons:     []string{},
		Warnings:    []string{},
		Command:     o.Command,
		Shard:       o.Shard,
		Isolated:    o.Worker != nil,
		Protocol:    worker.ProtocolVersion,
		Started:     began.UTC(),
		Environment: machine.ReadEnvironment(),
	}
	for _, s := range scenarios {
		p, err := results.NewPlanned(s.Resolved(o.Worker != nil), dir, o.Shard)
		if err != nil {
			return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
		}
		m.Scenarios = append(m.Scenarios, p)
	}
	w, err := results.Create(dir, m)
	if err != nil {
		return nil, err
	}
	c := coordinator{options: o, writer: w, began: began, progress: newProgressMeter(o.Progress, m.Scenarios), monitor: machine.StartMonitor(began), outside: outside}
	for i := 0; err == nil; i++ {
		if i == len(w.Run.Scenarios) {
			if err = c.append(); err != nil || i == len(w.Run.Scenarios) {
				break
			}
		}
		err = c.scenario(ctx, &w.Run.Scenarios[i])
	}
	run := w.Run
	run.Ended = time.Now().UTC()
	c.monitor.Finish(&run.Environment)
	run.Warnings = append(run.Warnings, c.monitor.ClockSteps...)
	run.Conclude(err)
	run.Warnings = append(run.Warnings, run.Stops()...)
	if err == nil {
		if err := w.Pack(); err != nil { // they can be read as they are
			run.Warnings = append(run.Warnings, err.Error())
		}
	}
	if o.Dir == "" {
		if err := results.PointLatest(dir); err != nil {
			run.Warnings = append(run.Warnings, err.Error())
		}
	}
	return run, errors.Join(err, w.Close())
}

// append adds the scenario that Options.Next returns, if any, to the run.
func (c *coordinator) append() error {
	if c.options.Next == nil {
		return nil
	}
	s := c.options.Next(c.writer.Run)
	if s == nil {
		return nil
	}
	if err := check(*s, c.options, nil); err != nil {
		return fmt.Errorf("what to measure next: %w", err)
	}
	p, err := results.NewPlanned(s.Resolved(c.options.Worker != nil), c.writer.Run.Dir, c.options.Shard)
	if err != nil {
		return fmt.Errorf("what to measure next: %w", err)
	}
	c.writer.Run.Scenarios = append(c.writer.Run.Scenarios, p)
	for _, r := range p.Plan.Rounds {
		c.progress.plan(p.Scenario, r)
	}
	return c.writer.WriteManifest()
}
