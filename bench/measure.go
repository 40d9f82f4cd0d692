package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
)

// Options say how a measurement is carried out; the zero value does it in this
// process, in a directory of its own below reports/runs.
type Options struct {
	Dir         string   // the run directory, which must not exist or be empty; "" for one below DefaultRuns
	Worker      []string // the command of a worker process (see ServeWorker); nil runs the strategies in this process
	Server      []string // the command of a mock server process, which takes the flags of fanbench serve and prints what it prints; nil runs it in this process
	AllowRemote bool     // permits targets that are not on this machine's loopback
	Command     []string // how to repeat the run, kept in run.json
	Progress    Progress // nil for none

	// Next, if it is not nil, is asked for one scenario more whenever all are measured,
	// and given the run so far: what is measured may follow from what was. nil ends it.
	Next func(run *Run) *Scenario
}

// Progress is told how the measurement goes on, always between trials.
type Progress interface {
	// Trial is called after each trial with how many of all are over, and with the
	// part of the expected time that is.
	Trial(t Trial, over, all int, part float64)
}

// DefaultRuns is where run directories are made, and DefaultLatest the link to the
// newest, relative to the working directory.
const (
	DefaultRuns   = "reports/runs"
	DefaultLatest = "reports/latest"
)

// Measure runs every round of the scenarios, one scenario after the other, and returns
// the run as it is on disk. Before the first trial it makes one request to each HTTP
// target that is the user's own (see Measurement.NoPreflight); if one fails, nothing is
// measured and no run directory is made.
//
// The error says why the run could not start (the run is nil then) or could not finish:
// context.Canceled if ctx was cancelled. What was measured until then is kept, and the run
// is marked partial. Whether the strategies did well, and whether the run is valid, is in
// the run, not in the error.
func Measure(ctx context.Context, scenarios []Scenario, o Options) (*Run, error) {
	return measure(ctx, scenarios, o, seams{openExecutor, startMock, rest})
}

// measure is Measure with executors and servers of the caller's own.
func measure(ctx context.Context, scenarios []Scenario, o Options, outside seams) (*Run, error) {
	if err := Check(scenarios, o); err != nil {
		return nil, err
	}
	if err := preflight(ctx, scenarios, o); err != nil {
		return nil, err
	}
	defer adoptOrphans()() // those of processes that strategies start, so that they are found
	began := time.Now()
	dir, err := makeRunDir(o.Dir, began, scenarios)
	if err != nil {
		return nil, err
	}
	m := Manifest{
		Schema:      SchemaVersion,
		Fanbench:    Version(),
		Status:      RunRunning,
		Reasons:     []string{},
		Warnings:    []string{},
		Command:     o.Command,
		Shard:       Shard{Index: 0, Of: 1},
		Isolated:    o.Worker != nil,
		Started:     began.UTC(),
		Environment: ReadEnvironment(),
	}
	for _, s := range scenarios {
		p, err := newPlanned(s.resolved(o), dir)
		if err != nil {
			return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
		}
		m.Scenarios = append(m.Scenarios, p)
	}
	w, err := createRun(dir, m)
	if err != nil {
		return nil, err
	}
	c := conductor{options: o, writer: w, began: began, progress: newProgressMeter(o.Progress, m.Scenarios), watch: newWatch(began), outside: outside}
	for i := 0; err == nil; i++ {
		if i == len(w.run.Scenarios) {
			if err = c.append(); err != nil || i == len(w.run.Scenarios) {
				break
			}
		}
		err = c.scenario(ctx, &w.run.Scenarios[i])
	}
	run := w.run
	run.Ended = time.Now().UTC()
	c.watch.finish(&run.Environment)
	run.Warnings = append(run.Warnings, c.watch.steps...)
	run.conclude(err)
	run.Warnings = append(run.Warnings, run.Stops()...)
	if o.Dir == "" {
		if err := pointLatest(dir); err != nil {
			run.Warnings = append(run.Warnings, err.Error())
		}
	}
	return run, errors.Join(err, w.close())
}

// Check reports everything that keeps the scenarios from being measured, all of it the
// user's to mend, with the mistakes that ReadScenario found in their files. Measure checks
// too.
func Check(scenarios []Scenario, o Options) error {
	var errs []error
	if len(scenarios) == 0 {
		errs = append(errs, errors.New("no scenario to run"))
	}
	names := map[string]bool{}
	for _, s := range scenarios {
		var found keyed.List
		if names[s.Name] {
			found.Add("name", "%s is the name of another scenario too; give one of them another", quote.Text(s.Name))
		}
		names[s.Name] = true
		errs = append(errs, s.check(o, found))
	}
	return errors.Join(append(withoutRepeats(errs), checkRunDir(o.Dir))...)
}

// withoutRepeats leaves out lines that were there before: a flag is wrong once, however
// many scenarios it is for.
func withoutRepeats(errs []error) (once []error) {
	seen := map[string]bool{}
	for _, err := range errs {
		if err == nil {
			continue
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			if !seen[line] {
				once = append(once, errors.New(line))
			}
			seen[line] = true
		}
	}
	return once
}

// checkRunDir reports whether a run directory can be made.
func checkRunDir(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("run directory: %w", err)
	case !info.IsDir():
		return fmt.Errorf("run directory: %s is a file; name a directory that does not exist yet", dir)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return fmt.Errorf("run directory: %w", err)
	case len(entries) > 0:
		return fmt.Errorf("run directory: %s is not empty; name a directory that does not exist yet", dir)
	}
	return nil
}

// check reports what keeps one scenario from being measured, and what was found of it
// beside others.
func (s Scenario) check(o Options, found keyed.List) error {
	found = append(found, s.outOfRange()...)
	found = append(found, s.unknown()...)
	found = append(found, s.checkLimits(o)...)
	found = append(found, s.checkProcesses(o)...)
	found = append(found, s.checkPanics(o)...)
	found = append(found, s.checkPrograms()...)
	if !o.AllowRemote {
		found.AddBelow("target", s.Target.refuseRemote())
	}
	return s.placed(found)
}

// append puts the scenario that Options.Next names, if it names one, into the run.
func (c *conductor) append() error {
	if c.options.Next == nil {
		return nil
	}
	s := c.options.Next(c.writer.run)
	if s == nil {
		return nil
	}
	if err := s.check(c.options, nil); err != nil {
		return fmt.Errorf("what to measure next: %w", err)
	}
	p, err := newPlanned(s.resolved(c.options), c.writer.run.Dir)
	if err != nil {
		return fmt.Errorf("what to measure next: %w", err)
	}
	c.writer.run.Scenarios = append(c.writer.run.Scenarios, p)
	for _, r := range p.Plan.Rounds {
		c.progress.plan(p.Scenario, r)
	}
	return c.writer.writeManifest()
}

// conclude sets the run's status from its trials and from the error that ended it.
func (r *Run) conclude(err error) {
	switch {
	case errors.Is(err, context.Canceled):
		r.Status = RunPartial
		r.Reasons = append(r.Reasons, interrupted)
	case err != nil:
		r.Status = RunPartial
		r.Reasons = append(r.Reasons, err.Error())
	default:
		r.Status = RunComplete
	}
	reasons := r.Environment.invalid()
	r.Warnings = append(r.Warnings, r.Environment.warnings()...)
	for _, p := range r.Scenarios {
		found := append(Invalid(p.Scenario, r.Trials), r.saturated(p.Scenario)...)
		if p.Scenario.Measure.Screening {
			r.Warnings = append(r.Warnings, found...)
			r.Warnings = append(r.Warnings, r.overBudget(p.Scenario, func(Trial) bool { return false })...)
		} else {
			reasons = append(reasons, found...)
		}
		r.Warnings = append(r.Warnings, stalled(p.Scenario, r.Trials)...)
		r.Warnings = append(r.Warnings, resent(p.Scenario, r.Trials)...)
		r.Warnings = append(r.Warnings, r.unusual(p.Scenario)...)
	}
	r.Reasons = append(r.Reasons, reasons...)
	if len(reasons) > 0 && r.Status == RunComplete {
		r.Status = RunInvalid
	}
}

// pointLatest makes DefaultLatest a link to the run, unless there is something else.
func pointLatest(dir string) error {
	target, err := filepath.Rel(filepath.Dir(DefaultLatest), dir)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(DefaultLatest); err == nil && info.Mode()&fs.ModeSymlink == 0 {
		return fmt.Errorf("%s does not point at this run: it is not a link but a file or directory of yours, which is left alone; move it away", DefaultLatest)
	}
	next := DefaultLatest + ".tmp"
	_ = os.Remove(next)
	err = os.Symlink(target, next)
	if err == nil {
		if err = os.Rename(next, DefaultLatest); err != nil {
			err = errors.Join(err, os.Remove(next))
		}
	}
	if err != nil {
		return fmt.Errorf("%s does not point at this run: %w", DefaultLatest, err)
	}
	return nil
}

// progressMeter turns trials held into the part of the expected time that has passed.
// All rounds of a strategy are taken to last as long as the first should.
type progressMeter struct {
	to             Progress
	each           map[[2]string]expectedTrial // by scenario and strategy
	over, all      int
	passed, expect float64 // seconds
}

// expectedTrial is how long a trial should take, in seconds: of the warm-up, and of those
// that are measured.
type expectedTrial struct{ warmup, measured float64 }

func (e expectedTrial) of(warmup bool) float64 {
	if warmup {
		return e.warmup
	}
	return e.measured
}

func newProgressMeter(to Progress, planned []Planned) *progressMeter {
	p := &progressMeter{to: to, each: map[[2]string]expectedTrial{}}
	for _, pl := range planned {
		for _, r := range pl.Plan.Rounds {
			p.plan(pl.Scenario, r)
		}
	}
	return p
}

// plan counts a round among those to come.
func (p *progressMeter) plan(s Scenario, r Round) {
	var tasks []time.Duration // drawn once for all strategies, and only if one is new
	for _, i := range r.Order {
		key := [2]string{s.Name, s.Strategies[i].String()}
		if _, known := p.each[key]; !known {
			if tasks == nil {
				tasks = s.foreseen()
			}
			d := s.expected(tasks, i)
			p.each[key] = expectedTrial{d.Seconds(), (d + s.renewal(d)).Seconds()}
		}
		p.all++
		p.expect += p.each[key].of(r.Warmup())
	}
}

func (p *progressMeter) trial(t Trial) {
	p.over++
	p.passed += p.each[[2]string{t.Scenario, t.Strategy}].of(t.Warmup())
	if p.to != nil {
		p.to.Trial(t, p.over, p.all, p.passed/p.expect)
	}
}
