package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/request"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
)

// coordinator runs the trials of a run, one at a time, and writes each to disk before the
// next.
type coordinator struct {
	options  Options
	writer   *results.Writer
	began    time.Time
	progress *progressMeter
	monitor  *machine.Monitor
	outside  seams
}

// seams start processes and open connections for the coordinator; tests replace them.
type seams struct {
	open      func(ctx context.Context, o opening) (executor, error)
	startMock func(command []string, c config.Config, log string) (mock, error)
	rest      time.Duration // of a new process
}

// openExecutor creates the executor of a strategy: a worker process, or this process if
// there is no command for one. A program always has its own process.
func openExecutor(ctx context.Context, o opening) (executor, error) {
	choice := o.scenario.Strategies[o.strategy]
	hung := o.scenario.TrialTimeout(choice.Width(o.scenario.Workload.Tasks))
	if p := o.scenario.Program(choice); p != nil {
		return openRemote(ctx, child.Command{Args: p.Command, Dir: p.Dir, Log: o.log, Death: child.KillOnDeath}, o.job, o.limits, hung)
	}
	if o.worker == nil {
		return worker.OpenLocal(o.job)
	}
	return openRemote(ctx, child.Command{Args: o.worker, Log: o.log, Death: child.TellOnDeath}, o.job, o.limits, hung)
}

// opening describes an executor to open: a strategy of a scenario.
type opening struct {
	scenario scenario.Scenario
	strategy int      // which of the scenario's
	worker   []string // the command of a worker process, nil for none
	job      worker.Job
	limits   limits
	log      string // the file for what the process writes to stderr
}

// scenario runs every round of one scenario. An error ends the run.
func (c *coordinator) scenario(ctx context.Context, p *results.Planned) error {
	t, err := c.openDestination(p.Scenario)
	if err != nil {
		return err
	}
	n := len(p.Scenario.Strategies)
	r := &scenarioRun{coordinator: c, scenario: p.Scenario, server: t, executors: make([]executor, n), retired: make([]bool, n), left: make([]child.Leftovers, n)}
	rounds := newSchedule(p.Scenario, c.options.Shard)
	for {
		round, ok := rounds.next(c.writer.Run)
		if !ok {
			break
		}
		if err := c.extend(p, rounds, round); err != nil {
			return errors.Join(err, r.close(child.Patience))
		}
		for slot, i := range round.Order {
			if err = r.runTrial(ctx, round.Number, slot, i); err != nil {
				limit := child.Patience
				if ctx.Err() != nil {
					limit = interruptedPatience
				}
				closeErr := r.close(limit)
				if died := new(serverDied); errors.As(err, &died) {
					return err // what closing has to say is the same
				}
				return errors.Join(err, closeErr)
			}
		}
	}
	c.writer.Run.Warnings = append(c.writer.Run.Warnings, rounds.warnings...)
	return r.close(child.Patience)
}

// interruptedPatience is how long a child may take to end after an interruption, because the
// user waits.
const interruptedPatience = time.Second

// extend adds a round to the plan if it is missing.
func (c *coordinator) extend(p *results.Planned, s *schedule, round scenario.Round) error {
	warmups, rounds := p.Scenario.Measure.Planned()
	if round.Number >= -warmups && round.Number <= rounds {
		return nil
	}
	p.Plan = scenario.NewPlan(len(p.Scenario.Strategies), max(warmups, s.warmups), max(rounds, s.rounds), p.Scenario.Measure.Seed)
	c.progress.plan(p.Scenario, round)
	return c.writer.WriteManifest()
}

// destination is what the tasks of a scenario are sent to.
type destination struct {
	url      string // with {round} and {task} to be filled in, or ""
	urlsFile string // a file of one URL a task, or ""
	request  string // a file of what else a request has, or ""
	call     string // a file of a call.Call, or ""
	secret   string // the directory of request and call, which have secrets; or ""
	mock     mock   // nil if the server is not ours
}

// openDestination starts the scenario's target.
func (c *coordinator) openDestination(s scenario.Scenario) (*destination, error) {
	switch {
	case s.Target.Mock != nil:
		m, err := c.outside.startMock(c.options.Server, s.MockConfig(), filepath.Join(c.writer.Run.Dir, "logs", s.Name+"_mockserver"))
		if err != nil {
			return nil, err
		}
		return &destination{url: m.url() + "/?round={round}&task={task}", mock: m}, nil
	case s.Target.Call != nil:
		d := new(destination)
		text, err := call.Marshal(s.Target.Call)
		if err == nil {
			d.call, err = d.hide("call.json", text)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("writing the call: %w", err), d.close())
		}
		return d, nil
	case s.Target.URL == "" && len(s.Target.URLs) == 0:
		return &destination{}, nil // the tasks happen in the worker
	}
	d := &destination{url: s.Target.URL}
	if !s.Target.GETs() {
		text, err := askingOf(s, s.Target.Each).Text()
		if err == nil {
			d.request, err = d.hide("request.json", text)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("writing the request: %w", err), d.close())
		}
	}
	if d.url != "" {
		return d, nil
	}
	file := filepath.Join(c.writer.Run.Dir, s.Name+".urls.txt")
	if err := os.WriteFile(file, []byte(strings.Join(s.Target.URLs, "\n")+"\n"), 0o644); err != nil {
		return nil, errors.Join(fmt.Errorf("writing the list of URLs: %w", err), d.close())
	}
	d.urlsFile = file
	return d, nil
}

// hide writes a file with secrets where only this user can read it. It is not in the run's
// directory, which people send to others.
func (d *destination) hide(name string, text []byte) (file string, err error) {
	if d.secret, err = os.MkdirTemp("", "fanbench-request-"); err != nil {
		return "", err
	}
	file = filepath.Join(d.secret, name)
	return file, os.WriteFile(file, text, 0o600)
}

// askingOf returns what requests of the scenario have beyond their URLs.
func askingOf(s scenario.Scenario, items []request.Item) worker.Asking {
	return worker.Asking{Request: s.Target.Request, Items: items, Seed: s.Measure.Seed}
}

// reset resets our server, so that no trial meets a rate limit that the trial before it has
// used up.
func (d *destination) reset() error {
	if d.mock == nil {
		return nil
	}
	return d.mock.reset()
}

// account returns our server's counters for the trial, nil if the server is not ours.
func (d *destination) account() (*mockAccount, error) {
	if d.mock == nil {
		return nil, nil
	}
	a, err := d.mock.account()
	return &a, err
}

func (d *destination) close() error {
	var errs []error
	if d.secret != "" {
		errs = append(errs, os.RemoveAll(d.secret))
	}
	if d.mock != nil {
		errs = append(errs, d.mock.close())
	}
	return errors.Join(errs...)
}
