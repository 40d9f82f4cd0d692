package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/heartbeat"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// conductor holds the trials of a run, one at a time, and writes each down before the
// next.
type conductor struct {
	options  Options
	writer   *results.Writer
	began    time.Time
	progress *progressMeter
	watch    *machine.Monitor
	outside  seams
}

// seams are where the conductor meets processes and the network; tests have their own.
type seams struct {
	open      func(ctx context.Context, o opening) (executor, error)
	startMock func(command []string, c config.Config, log string) (mock, error)
	rest      time.Duration // of a new process
}

// openExecutor makes the executor of a strategy: a worker process, or this process where
// there is no command for one. A program always has a process of its own.
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

// opening is what an executor is opened for: a strategy of a scenario.
type opening struct {
	scenario scenario.Scenario
	strategy int      // which of the scenario's
	worker   []string // the command of a worker process, nil for none
	job      worker.Job
	limits   limits
	log      string // the file for what the process writes to stderr
}

// scenario holds every round of one scenario. An error ends the run.
func (c *conductor) scenario(ctx context.Context, p *results.Planned) error {
	t, err := c.target(p.Scenario)
	if err != nil {
		return err
	}
	n := len(p.Scenario.Strategies)
	field := &field{conductor: c, scenario: p.Scenario, target: t, executors: make([]executor, n), retired: make([]bool, n), left: make([]child.Leftovers, n)}
	first, rounds := len(c.writer.Run.Trials), newSchedule(p.Scenario)
	for {
		round, ok := rounds.next(c.writer.Run.Trials[first:])
		if !ok {
			break
		}
		if err := c.extend(p, rounds, round); err != nil {
			return errors.Join(err, field.close(child.Patience))
		}
		for slot, i := range round.Order {
			if err = field.runTrial(ctx, round.Number, slot, i); err != nil {
				limit := child.Patience
				if ctx.Err() != nil {
					limit = interruptedPatience
				}
				closeErr := field.close(limit)
				if died := new(serverDied); errors.As(err, &died) {
					return err // what closing has to say is the same
				}
				return errors.Join(err, closeErr)
			}
		}
	}
	c.writer.Run.Warnings = append(c.writer.Run.Warnings, rounds.warnings...)
	return field.close(child.Patience)
}

// interruptedPatience is how long a child may take to end once the run was interrupted:
// somebody waits.
const interruptedPatience = time.Second

// extend puts a round into the plan, if it is not part of it yet.
func (c *conductor) extend(p *results.Planned, s *schedule, round scenario.Round) error {
	warmups, rounds := p.Scenario.Measure.Planned()
	if round.Number >= -warmups && round.Number <= rounds {
		return nil
	}
	p.Plan = scenario.NewPlan(len(p.Scenario.Strategies), max(warmups, s.warmups), max(rounds, s.rounds), p.Scenario.Measure.Seed)
	c.progress.plan(p.Scenario, round)
	return c.writer.WriteManifest()
}

// field is what the rounds of one scenario share: the target and, by strategy, the
// executors. A strategy that died is retired: it has no further trials.
type field struct {
	conductor *conductor
	scenario  scenario.Scenario
	target    *target
	executors []executor
	retired   []bool
	left      []child.Leftovers // of the executors that were closed

	round int             // whose latencies these are
	drawn []time.Duration // nil where they are not known
}

// latencies are those of a round, drawn once for all its trials.
func (f *field) latencies(round int) []time.Duration {
	if f.round != round {
		f.round, f.drawn = round, f.scenario.Latencies(round)
	}
	return f.drawn
}

// runTrial holds one trial of strategy i, unless it is retired.
func (f *field) runTrial(ctx context.Context, round, slot, i int) error {
	if f.retired[i] {
		return ctx.Err()
	}
	c, s := f.conductor, f.scenario
	choice := s.Strategies[i].String()
	t := results.Trial{
		Scenario: s.Name, Strategy: choice,
		Seq: len(c.writer.Run.Trials), Round: round, Slot: slot,
		Bound:   s.Bound(f.latencies(round), i),
		Records: results.RecordsPath(s.Name, choice, round),
	}
	path := filepath.Join(c.writer.Run.Dir, filepath.FromSlash(t.Records))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the run directory: %w", err)
	}
	if err := recordfile.Create(path, s.Workload.Tasks); err != nil {
		return err
	}
	if err := f.target.reset(); err != nil {
		return err
	}
	var rep worker.Report
	var recording results.UsageSeries
	var died error
	if s.Measure.Processes == scenario.ProcessesFresh && !t.Warmup() {
		var err error
		if died, err = f.renew(ctx, i, path); err != nil {
			return err
		}
	}
	heart := heartbeat.Start(heartbeat.Period)
	defer heart.Stop()
	t.At = time.Since(c.began)
	if died == nil {
		rep, recording, died = f.run(ctx, i, worker.Order{Round: round, Records: path, Census: t.Warmup()})
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), os.Remove(path)) // half a trial is none
	}
	records, err := recordfile.Read(path)
	if err != nil {
		return err
	}
	t.Error, t.Faults, t.Returned = rep.Error, rep.Faults, rep.Returned
	t.Extra, t.Resent, t.Usage = rep.Extra, rep.Resent, rep.Usage
	t.Judge(records)
	if died != nil {
		f.retire(&t, i, died)
	}
	t.RecordsSum = seal.Sum(recordfile.Bytes(records))
	if !t.Comparable() {
		if err := recordfile.Replace(path, records); err != nil {
			return err
		}
	}
	server, err := f.target.account()
	if err != nil {
		return err
	}
	t.Sound = results.NewSoundness(s, f.latencies(round), t, records)
	stood := results.Standstill{Worker: rep.Stood, Coordinator: heart.Stood()}
	if server != nil {
		t.Received, stood.Server = &server.received, server.stood
	}
	t.Sound.AddStandstill(t, stood)
	c.watch.CheckClock(time.Now(), t.At, fmt.Sprintf("%s of %s in %s", results.RoundName(round), choice, s.Name))
	if !recording.Empty() {
		if err := c.writer.AddUsageSeries(&t, recording); err != nil {
			return err
		}
	}
	if err := c.writer.AddTrial(t, records); err != nil {
		return err
	}
	c.progress.trial(t)
	return nil
}

// executor is that of strategy i, which is opened if there is none.
func (f *field) executor(ctx context.Context, i int) (executor, error) {
	if f.executors[i] == nil {
		e, err := f.openExecutor(ctx, i)
		if err != nil {
			return nil, err
		}
		f.executors[i] = e
	}
	return f.executors[i], nil
}

// run has the strategy's executor carry out the trial. A trial with a census is also
// recorded.
func (f *field) run(ctx context.Context, i int, order worker.Order) (worker.Report, results.UsageSeries, error) {
	e, err := f.executor(ctx, i)
	if err != nil {
		return worker.Report{}, results.UsageSeries{}, err
	}
	if !order.Census {
		rep, err := e.Trial(ctx, order)
		return rep, results.UsageSeries{}, err
	}
	r := record(e.Observe)
	order.Hear = r.hear
	rep, err := e.Trial(ctx, order)
	if err != nil {
		return rep, r.finish(-1), err
	}
	return rep, r.finish(rep.Returned), nil
}

// retire notes that the strategy died in this trial, and why.
func (f *field) retire(t *results.Trial, i int, err error) {
	t.Status, t.Error = results.StatusFatal, err.Error()
	var overdue *overdueError
	var crash *crashError
	switch {
	case errors.As(err, &overdue):
		t.Status = overdue.status()
	case errors.Is(err, child.ErrOverdue):
		t.Status = results.StatusHang
	case errors.As(err, &crash):
		t.Status = crash.status
	}
	f.retired[i] = true
	if f.executors[i] != nil {
		_ = f.discard(i, child.Patience) // it is gone already
	}
}

func (f *field) openExecutor(ctx context.Context, i int) (executor, error) {
	s, c := f.scenario, f.conductor
	j := worker.Job{
		Strategy:    s.Strategies[i].Original().String(),
		Width:       s.Strategies[i].Width(s.Workload.Tasks),
		Tasks:       s.Workload.Tasks,
		Timeout:     s.Workload.Timeout,
		URL:         f.target.url,
		URLsFile:    f.target.urlsFile,
		Connections: s.Workload.Connections,
		Mock:        f.target.mock != nil,
		Function:    s.Target.Func,
		Seed:        s.Measure.Seed,
		Stack:       s.Workload.Stack,
		Alloc:       s.Workload.Alloc,
		Panics:      scenario.FormatTasks(s.Workload.Panics),
		AllowRemote: c.options.AllowRemote,
		Threads:     int64(s.Measure.ThreadLimit),
	}
	for _, draws := range []struct {
		from *latency.Latency
		to   *string
	}{{s.Target.Sleep, &j.Sleep}, {s.Target.CPU, &j.CPU}} {
		if draws.from == nil {
			continue
		}
		l, err := draws.from.Absolute() // the worker may be elsewhere
		if err != nil {
			return nil, err
		}
		*draws.to = l.String()
	}
	log := filepath.Join(c.writer.Run.Dir, "logs", s.Name+"_"+scenario.FileName(s.Strategies[i].String())+".log")
	return c.outside.open(ctx, opening{
		scenario: s, strategy: i, worker: c.options.Worker, job: j, log: log,
		limits: limits{memory: c.writer.Run.MemoryLimit(s), threads: j.Threads},
	})
}

// discard closes the executor of strategy i, and notes what that leaves behind.
func (f *field) discard(i int, limit time.Duration) error {
	e := f.executors[i]
	f.executors[i] = nil
	err := e.Close(limit)
	f.left[i].Add(e.Left())
	return err
}

// close closes all that the rounds share. Each process may take so long to end.
func (f *field) close(limit time.Duration) error {
	errs := make([]error, len(f.executors))
	var closing sync.WaitGroup
	for i, e := range f.executors {
		if e == nil {
			continue
		}
		closing.Go(func() {
			if err := f.discard(i, limit); err != nil {
				errs[i] = fmt.Errorf("closing %s: %w", f.scenario.Strategies[i], err)
			}
		})
	}
	closing.Wait()
	run := f.conductor.writer.Run
	for i, l := range f.left {
		for _, text := range l.Texts() {
			run.Warnings = append(run.Warnings, fmt.Sprintf("%s: %s %s", f.scenario.Name, f.scenario.Strategies[i], text))
		}
	}
	return errors.Join(append(errs, f.target.close())...)
}

// target is what the tasks of a scenario are sent to while it runs.
type target struct {
	url      string // with {round} and {task} to be filled in, or ""
	urlsFile string // a file of one URL a task, or ""
	mock     mock   // nil where the server is not ours
}

// target brings up the scenario's target.
func (c *conductor) target(s scenario.Scenario) (*target, error) {
	switch {
	case s.Target.Mock != nil:
		m, err := c.outside.startMock(c.options.Server, s.MockConfig(), filepath.Join(c.writer.Run.Dir, "logs", s.Name+"_mockserver"))
		if err != nil {
			return nil, err
		}
		return &target{url: m.url() + "/?round={round}&task={task}", mock: m}, nil
	case s.Target.URL != "":
		return &target{url: s.Target.URL}, nil
	case len(s.Target.URLs) == 0:
		return &target{}, nil // the tasks happen in the worker
	}
	file := filepath.Join(c.writer.Run.Dir, s.Name+".urls.txt")
	if err := os.WriteFile(file, []byte(strings.Join(s.Target.URLs, "\n")+"\n"), 0o644); err != nil {
		return nil, fmt.Errorf("writing the list of URLs: %w", err)
	}
	return &target{urlsFile: file}, nil
}

// reset has our server begin anew, so that no trial meets a rate limit that the one before
// it has used up.
func (t *target) reset() error {
	if t.mock == nil {
		return nil
	}
	return t.mock.reset()
}

// account is what our server tells of the trial, nil where it is not ours.
func (t *target) account() (*mockAccount, error) {
	if t.mock == nil {
		return nil, nil
	}
	a, err := t.mock.account()
	return &a, err
}

func (t *target) close() error {
	if t.mock == nil {
		return nil
	}
	return t.mock.close()
}
