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
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/heartbeat"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/internal/seal"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// scenarioRun is the state that the rounds of one scenario share: the target and, by
// strategy, the executors. A strategy that died is retired: it has no further trials.
type scenarioRun struct {
	coordinator *coordinator
	scenario    scenario.Scenario
	server      *destination
	executors   []executor
	retired     []bool
	left        []child.Leftovers // of the executors that were closed

	round int             // whose latencies these are
	drawn []time.Duration // nil if they are not known
}

// latencies returns those of a round, drawn once for all its trials.
func (r *scenarioRun) latencies(round int) []time.Duration {
	if r.round != round {
		r.round, r.drawn = round, r.scenario.Latencies(round)
	}
	return r.drawn
}

// runTrial runs one trial of strategy i, unless it is retired, and writes it down.
func (r *scenarioRun) runTrial(ctx context.Context, round, slot, i int) error {
	if r.retired[i] {
		return ctx.Err()
	}
	t, path := r.newTrial(round, slot, i)
	if err := r.prepare(&t, path); err != nil {
		return err
	}
	o, err := r.carryOut(ctx, &t, i, path)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), r.discardRecords(t)) // half a trial is none
	}
	records, err := r.judge(&t, i, path, o)
	if err != nil {
		return err
	}
	if err := r.account(&t, records, o); err != nil {
		return err
	}
	return r.write(t, records, o.usage)
}

// newTrial returns a trial before it begins, and the path of its records.
func (r *scenarioRun) newTrial(round, slot, i int) (t results.Trial, path string) {
	s, run := r.scenario, r.coordinator.writer.Run
	strategy := s.Strategies[i].String()
	t = results.Trial{
		Scenario: s.Name, Strategy: strategy,
		Seq: len(run.Trials), Round: round, Slot: slot,
		Bound:   s.Bound(r.latencies(round), i),
		Records: results.RecordsPath(s.Name, strategy, round),
	}
	return t, filepath.Join(run.Dir, filepath.FromSlash(t.Records))
}

// prepare creates the files of records and resets the server.
func (r *scenarioRun) prepare(t *results.Trial, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("making the run directory: %w", err)
	}
	make := func() error { return recordfile.Create(path, r.scenario.Workload.Tasks) }
	if r.scenario.Workload.Arrivals != nil {
		t.SetBatches()
		make = func() error { return r.preparePhase(*t, path) }
	}
	if err := make(); err != nil {
		return err
	}
	return r.server.reset()
}

// preparePhase creates the files of a phase of load: the intended arrival of each batch, its
// number of tasks and its tenant.
func (r *scenarioRun) preparePhase(t results.Trial, path string) error {
	var batches, tasks []strategies.Record
	for _, a := range r.scenario.Arrivals(t.Round) {
		batches = append(batches, results.PlannedBatch(a))
		for range a.Tasks {
			tasks = append(tasks, strategies.Record{Ready: int64(a.At)})
		}
		if len(tasks) > scenario.MaxTasks {
			return fmt.Errorf("round %d has more than %d tasks; lower the rate, the window or the size of batches", t.Round, scenario.MaxTasks)
		}
	}
	return errors.Join(recordfile.CreateWith(r.file(t.Batches), batches), recordfile.CreateWith(path, tasks))
}

// file returns the path of a file of the run.
func (r *scenarioRun) file(name string) string {
	return filepath.Join(r.coordinator.writer.Run.Dir, filepath.FromSlash(name))
}

// discardRecords removes the records of a trial that did not complete.
func (r *scenarioRun) discardRecords(t results.Trial) error {
	err := os.Remove(r.file(t.Records))
	if t.Batches != "" {
		err = errors.Join(err, os.Remove(r.file(t.Batches)))
	}
	return err
}

// outcome is the result of a trial, besides its records.
type outcome struct {
	report worker.Report
	usage  results.UsageSeries
	died   error         // why the strategy's process is gone, nil if it is not
	stood  time.Duration // the longest time for which the coordinator stood still
}

// carryOut has the strategy's executor run the trial, in a new process if the scenario
// wants that. An error ends the run.
func (r *scenarioRun) carryOut(ctx context.Context, t *results.Trial, i int, path string) (o outcome, err error) {
	if r.scenario.Measure.Processes == scenario.ProcessesFresh && !t.Warmup() {
		if o.died, err = r.renew(ctx, i, path); err != nil {
			return o, err
		}
	}
	heart := heartbeat.Start(heartbeat.Period)
	defer heart.Stop()
	t.At = time.Since(r.coordinator.began)
	if o.died == nil {
		order := worker.Order{Round: t.Round, Records: path, Census: t.Warmup()}
		if a := r.scenario.Workload.Arrivals; a != nil {
			order.Batches, order.Tasks, order.Drain = r.file(t.Batches), r.scenario.TaskCount(t.Round), a.Drain()
		}
		o.report, o.usage, o.died = r.run(ctx, i, order)
	}
	o.stood = heart.Stood()
	return o, nil
}

// judge reads the trial's records and decides how it ended. It retires a strategy that died.
// The records of a trial that is not comparable are copied to a new file, because an
// unfinished task may still write into the old one.
func (r *scenarioRun) judge(t *results.Trial, i int, path string, o outcome) ([]strategies.Record, error) {
	records, err := recordfile.Read(path)
	if err != nil {
		return nil, err
	}
	t.Error, t.Faults, t.Returned = o.report.Error, o.report.Faults, o.report.Returned
	t.Extra, t.Resent, t.Usage = o.report.Extra, o.report.Resent, o.report.Usage
	if err := r.judgePhase(t, records); err != nil {
		return nil, err
	}
	t.Judge(records)
	if o.died != nil {
		r.retire(t, i, o.died)
	}
	t.RecordsSum = seal.Sum(recordfile.Bytes(records))
	if !t.Comparable() {
		err = recordfile.Replace(path, records)
	}
	return records, err
}

// judgePhase computes the figures of a phase of load.
func (r *scenarioRun) judgePhase(t *results.Trial, tasks []strategies.Record) error {
	if t.Batches == "" {
		return nil
	}
	batches, err := recordfile.Read(r.file(t.Batches))
	if err != nil {
		return err
	}
	t.Phase = results.NewPhase(r.scenario, t.Round, batches, tasks)
	t.Makespan = t.Phase.Figure(r.scenario.Measure.Figure)
	t.BatchesSum = seal.Sum(recordfile.Bytes(batches))
	return recordfile.Replace(r.file(t.Batches), batches) // a strategy that hangs may still write into the old one
}

// account compares the trial with the server's counters and latencies, and with clocks.
func (r *scenarioRun) account(t *results.Trial, records []strategies.Record, o outcome) error {
	server, err := r.server.account()
	if err != nil {
		return err
	}
	stood := results.Standstill{Worker: o.report.Stood, Coordinator: o.stood}
	if server != nil {
		t.Received, t.ServerCPU, stood.Server = &server.received, server.cpu, server.stood
	}
	t.Sound = results.NewSoundness(r.scenario, r.latencies(t.Round), *t, records)
	t.Sound.AddStandstill(*t, stood)
	r.coordinator.monitor.CheckClock(time.Now(), t.At, fmt.Sprintf("%s of %s in %s", results.RoundName(t.Round), t.Strategy, t.Scenario))
	return nil
}

// write writes the trial to disk, and reports progress.
func (r *scenarioRun) write(t results.Trial, records []strategies.Record, usage results.UsageSeries) error {
	w := r.coordinator.writer
	if !usage.Empty() {
		if err := w.AddUsageSeries(&t, usage); err != nil {
			return err
		}
	}
	if err := w.AddTrial(t, records); err != nil {
		return err
	}
	r.coordinator.progress.trial(t)
	return nil
}

// executor returns the executor of strategy i, and opens it if necessary.
func (r *scenarioRun) executor(ctx context.Context, i int) (executor, error) {
	if r.executors[i] == nil {
		e, err := r.openExecutor(ctx, i)
		if err != nil {
			return nil, err
		}
		r.executors[i] = e
	}
	return r.executors[i], nil
}

// run has the strategy's executor carry out the trial. A trial with a census is also
// recorded.
func (r *scenarioRun) run(ctx context.Context, i int, order worker.Order) (worker.Report, results.UsageSeries, error) {
	e, err := r.executor(ctx, i)
	if err != nil {
		return worker.Report{}, results.UsageSeries{}, err
	}
	if !order.Census {
		rep, err := e.Trial(ctx, order)
		return rep, results.UsageSeries{}, err
	}
	rec := record(e.Observe)
	order.OnSample = rec.addRuntime
	rep, err := e.Trial(ctx, order)
	if err != nil {
		return rep, rec.finish(-1), err
	}
	return rep, rec.finish(rep.Returned), nil
}

// retire records that the strategy died in this trial, and why.
func (r *scenarioRun) retire(t *results.Trial, i int, err error) {
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
	r.retired[i] = true
	if r.executors[i] != nil {
		_ = r.discard(i, child.Patience) // it is gone already
	}
}

func (r *scenarioRun) openExecutor(ctx context.Context, i int) (executor, error) {
	s, c := r.scenario, r.coordinator
	j := worker.Job{
		Protocol:    worker.ProtocolVersion,
		Strategy:    s.Strategies[i].Original().String(),
		Width:       s.Strategies[i].Width(s.Workload.Tasks),
		Tasks:       s.Workload.Tasks,
		Timeout:     s.Workload.Timeout,
		URL:         r.server.url,
		URLsFile:    r.server.urlsFile,
		Request:     r.server.request,
		Connections: s.Workload.Connections,
		Client:      s.Workload.HTTPClient(),
		Mock:        r.server.mock != nil,
		Function:    s.Target.Func,
		Call:        r.server.call,
		Seed:        s.Measure.Seed,
		Stack:       s.Workload.Stack,
		Alloc:       s.Workload.Alloc,
		Panics:      scenario.FormatTasks(s.Workload.Panics),
		Nested:      s.Workload.Nested,
		Tenants:     strings.Join(s.Workload.TenantNames(), ","),
		AllowRemote: c.options.AllowRemote,
		Threads:     int64(s.Measure.ThreadLimit),
	}
	if p := s.Program(s.Strategies[i]); p != nil {
		j.Protocol = p.Speaks()
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

// discard closes the executor of strategy i, and records what it leaves behind.
func (r *scenarioRun) discard(i int, limit time.Duration) error {
	e := r.executors[i]
	r.executors[i] = nil
	err := e.Close(limit)
	r.left[i].Add(e.Left())
	return err
}

// close closes everything that the rounds share. Each process may take this long to end.
func (r *scenarioRun) close(limit time.Duration) error {
	errs := make([]error, len(r.executors))
	var closing sync.WaitGroup
	for i, e := range r.executors {
		if e == nil {
			continue
		}
		closing.Go(func() {
			if err := r.discard(i, limit); err != nil {
				errs[i] = fmt.Errorf("closing %s: %w", r.scenario.Strategies[i], err)
			}
		})
	}
	closing.Wait()
	run := r.coordinator.writer.Run
	for i, l := range r.left {
		for _, text := range l.Texts() {
			run.Warnings = append(run.Warnings, fmt.Sprintf("%s: %s %s", r.scenario.Name, r.scenario.Strategies[i], text))
		}
	}
	return errors.Join(append(errs, r.server.close())...)
}
