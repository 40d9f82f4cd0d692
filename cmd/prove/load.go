package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/version"
)

// loadPlan says which phases of load are held against queueing theory.
type loadPlan struct {
	Unlimited []unlimitedCase
	Waits     []waitCase
	Paths     []pathCase
	Draws     drawPlan // of Waits
	Queues    queuePlan
	stretch   float64 // times that windows are longer than planned
	raw       string  // directory of the runs
	records   string  // run directory of an earlier proof, whose records are read instead of measuring; "" for none
}

func defaultLoad() loadPlan {
	return loadPlan{Unlimited: unlimitedCases(), Waits: waitCases(), Paths: pathCases(), Draws: defaultDraws, Queues: defaultQueues, stretch: 1}
}

// loadResults is what the part about load measured. It has a date and a machine of its own,
// because it can be measured alone.
type loadResults struct {
	Began       time.Time           `json:"began"`
	Took        time.Duration       `json:"took_ns"`
	Fanbench    string              `json:"fanbench"`
	Environment machine.Environment `json:"environment"`
	Run         string              `json:"run"`     // the run directory, with the records of all batches and tasks
	Invalid     []string            `json:"invalid"` // why fanbench calls the run invalid

	Again   bool     `json:"again,omitempty"`    // the run is an earlier one, whose records were read
	NotDone []string `json:"not_done,omitempty"` // phases that are left out, and why

	Unlimited []unlimitedResult `json:"unlimited"`
	Waits     []waitResult      `json:"waits"`
	Paths     []pathResult      `json:"paths"`
	Little    []littleResult    `json:"little"`
	Queues    []queueRow        `json:"queues"`
}

// measure holds the phases, as fanbench run does: one run, every phase a scenario, the
// strategy and the mock server in processes of their own. Or it reads those of an earlier run.
// Then it simulates queues.
func (p loadPlan) measure(ctx context.Context, own bench.Options, progress func(string)) (*loadResults, error) {
	r := &loadResults{Began: time.Now().UTC(), Fanbench: version.String(), Environment: machine.ReadEnvironment()}
	began := time.Now()
	run, err := p.run(ctx, r, own, progress)
	if err != nil {
		return r, err
	}
	r.Run = run.Dir
	if run.Status == results.RunInvalid {
		r.Invalid = run.Reasons
	}
	if err := p.read(run, r); err != nil {
		return r, err
	}
	progress("load: simulated queues")
	p.simulateWaits(run, r.Waits)
	r.Queues = p.Queues.simulate()
	r.Took += time.Since(began)
	return r, ctx.Err()
}

// run is the run of the phases, and notes when and where it was held.
func (p loadPlan) run(ctx context.Context, r *loadResults, own bench.Options, progress func(string)) (*results.Run, error) {
	if p.records == "" {
		run, err := p.hold(ctx, r.Began, own, progress)
		r.Environment.LoadAfter = machine.ReadEnvironment().LoadBefore
		return run, err
	}
	run, err := results.Open(p.records)
	if err != nil {
		return nil, fmt.Errorf("-records: %w", err)
	}
	if len(run.Findings) > 0 {
		return nil, fmt.Errorf("-records: %s: %s", p.records, run.Findings[0])
	}
	r.Again = true
	r.Began, r.Took, r.Fanbench, r.Environment = run.Started, run.Ended.Sub(run.Started), run.Fanbench, run.Environment
	return run, nil
}

// scenarios are those of all cases. Each has a seed of its own, so that the luck of one is not
// that of another.
func (p loadPlan) scenarios() (list []scenario.Scenario) {
	defer func() {
		for i := range list {
			list[i].Measure.Seed = uint64(i + 1)
		}
	}()
	for _, c := range p.Unlimited {
		list = append(list, c.scenario(p.stretch))
	}
	for _, c := range p.Waits {
		list = append(list, c.scenario(p.stretch))
	}
	for _, c := range p.Paths {
		list = append(list, c.scenario(p.stretch))
	}
	return list
}

// simulateWaits simulates other draws of the scenarios, side by side.
func (p loadPlan) simulateWaits(run *results.Run, list []waitResult) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range list {
		g.Go(func() error {
			list[i].simulate(planned(run, list[i].name()).Scenario, p.Draws)
			return nil
		})
	}
	_ = g.Wait() // none of them fails
}

// hold measures all phases.
func (p loadPlan) hold(ctx context.Context, began time.Time, own bench.Options, progress func(string)) (*results.Run, error) {
	own.Dir = filepath.Join(p.raw, began.Format("20060102T150405"))
	own.Progress = phaseProgress(progress)
	run, err := bench.Measure(ctx, p.scenarios(), own)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	return run, nil
}

// phaseProgress tells which phase is over.
type phaseProgress func(string)

func (p phaseProgress) Trial(t results.Trial, at bench.Position) {
	p(fmt.Sprintf("load: phase %d of %d, %s: %d batches", at.Over, at.All, t.Scenario, t.Phase.Arrived))
}

// read derives the figures from the run's records. Cases that an earlier run did not have are
// left out, and those whose phase did not end, which are named.
func (p loadPlan) read(run *results.Run, r *loadResults) error {
	each := func(name string, do func(f *phase)) error {
		if planned(run, name) == nil {
			return nil
		}
		f, err := readPhase(run, name)
		if errors.Is(err, errNotDone) {
			r.NotDone = append(r.NotDone, err.Error())
			return nil
		}
		if err != nil {
			return err
		}
		r.Little = append(r.Little, newLittle(f))
		do(f)
		return nil
	}
	var errs []error
	for _, c := range p.Unlimited {
		errs = append(errs, each(c.name(), func(f *phase) { r.Unlimited = append(r.Unlimited, c.result(f)) }))
	}
	for _, c := range p.Waits {
		errs = append(errs, each(c.name(), func(f *phase) {
			r.Waits, r.Paths = append(r.Waits, c.result(f)), append(r.Paths, c.path(f))
		}))
	}
	for _, c := range p.Paths {
		errs = append(errs, each(c.name(), func(f *phase) { r.Paths = append(r.Paths, c.result(f)) }))
	}
	return errors.Join(errs...)
}

// sections are the tables about load, in the order in which they are measured.
func (r *loadResults) sections() []section {
	return []section{unlimitedSection(r.Unlimited), waitSection(r.Waits), pathSection(r.Paths), littleSection(r.Little), queueSection(r.Queues)}
}

// origin says where and when, and whether fanbench accepts the run.
func (r *loadResults) origin() string {
	text := measuredOn(r.Began, r.Took, r.Environment)
	if len(r.Invalid) > 0 {
		text += " fanbench calls the run invalid: " + strings.Join(r.Invalid, "; ") + "."
	}
	if r.Again {
		text += " The figures are from the records of that run, evaluated again."
	}
	if len(r.NotDone) > 0 {
		text += " Left out: " + strings.Join(r.NotDone, "; ") + "."
	}
	return text
}

// poisson is a phase of load in which batches of so many tasks arrive at random. A stretched
// one has a longer window.
func poisson(name string, tasks int, rate float64, window, warmup time.Duration, stretch float64, strategy string, target scenario.Target) scenario.Scenario {
	list, err := scenario.ParseStrategies([]string{strategy})
	if err != nil {
		panic(err) // a mistake in this program
	}
	return scenario.Scenario{
		Name: name, Target: target, Strategies: list,
		Workload: scenario.Workload{
			Tasks: tasks, Timeout: time.Minute,
			Arrivals: &scenario.Arrivals{Process: scenario.Poisson, Rate: rate, For: time.Duration(stretch * float64(window)), Warmup: warmup},
		},
		Measure: scenario.Measurement{Rounds: 1, Seed: 1, Figure: scenario.ResponseMean},
	}
}

// percentName is 0.8 as it can stand in a scenario's name.
func percentName(load float64) string { return fmt.Sprintf("%.0fpercent", 100*load) }

// errNotDone is the error of a phase that cannot be held against theory, as when the machine
// was so busy that its limit did not keep up with the arrivals.
var errNotDone = errors.New("not all of its tasks were done")

// quantileGrid are the shares at which distributions are kept for charts.
func quantileGrid() []float64 {
	var q []float64
	for i := range 200 {
		q = append(q, float64(i)/200)
	}
	return slices.Concat(q, []float64{0.995, 0.998, 0.999, 1})
}

func (r *loadResults) text() string { return plainText(r.origin(), r.sections()) }

func (r *loadResults) markdown() string { return markdown(r.origin(), r.sections()) }
