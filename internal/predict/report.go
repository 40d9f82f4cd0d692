package predict

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// Options say what to predict.
type Options struct {
	Tasks      int
	Strategies []strategies.Choice // of those that were measured; nil for all
	Limits     []int               // tasks at once, instead of those that were measured
	Rates      []float64           // batches a second that arrive and overlap; nil for one batch alone
	Whole      bool                // simulate every batch whole, whatever it takes
	Sample     bool                // use the measured times even if the scenario states their distribution
	Seed       uint64
	Cores      int
	Here       machine.Environment // where it is predicted

	// Progress is told how many tasks of how many were simulated; nil for nobody.
	Progress func(done, of int64)
}

// Report is what was predicted from a run.
type Report struct {
	Run         string       `json:"run"`
	Tasks       int          `json:"tasks"`
	Predictions []Prediction `json:"predictions"`
	Responses   []Response   `json:"responses,omitempty"`
	Gains       []Gain       `json:"gains"`
	Refused     []Refused    `json:"refused"`
	Warnings    []string     `json:"warnings"`
	Interrupted bool         `json:"interrupted,omitempty"`
}

// Prediction is of one strategy in one scenario.
type Prediction struct {
	Scenario string   `json:"scenario"`
	Strategy string   `json:"strategy"`
	Limit    int      `json:"limit,omitempty"` // tasks at once; 0 for any number
	Makespan Makespan `json:"makespan"`

	From     string        `json:"from"`    // the distribution that the scenario states, or the sample
	Cost     time.Duration `json:"cost_ns"` // calibrated, per task
	CPU      float64       `json:"cpu_seconds"`
	Memory   int64         `json:"memory_bytes,omitempty"` // of the strategy's process, 0 if unknown
	Sockets  int           `json:"sockets,omitempty"`
	Whole    *Whole        `json:"whole,omitempty"` // nil if sums went on where the simulation ended
	Warnings []string      `json:"warnings,omitempty"`

	Measured      []float64 `json:"measured_seconds,omitempty"` // makespans of the run's rounds; none of a limit that was not measured
	MeasuredTasks int       `json:"measured_tasks"`

	saturated bool // the makespan is that of the CPU's work
}

// Refused is a strategy that is not predicted, and why. Bound is what can be said all the same.
type Refused struct {
	Scenario string   `json:"scenario"`
	Strategy string   `json:"strategy"`
	Reason   string   `json:"reason"`
	AtLeast  *float64 `json:"at_least_seconds,omitempty"`
}

// cell is one prediction to make.
type cell struct {
	measured Measured
	choice   strategies.Choice
	own      bool // the choice itself was measured
	*calibrated
	warnings []string
}

// Of predicts from a run. The error is of a run from which nothing can be predicted.
func Of(ctx context.Context, run *results.Run, o Options) (*Report, error) {
	if run.Status == results.RunInvalid {
		return nil, fmt.Errorf("%s is invalid, so nothing follows from it: %s", run.Dir, strings.Join(run.Reasons, "; "))
	}
	r := &Report{Run: run.Dir, Tasks: o.Tasks, Predictions: []Prediction{}, Gains: []Gain{}, Refused: []Refused{}, Warnings: append([]string{}, elsewhere(run.Environment, o.Here)...)}
	if run.Status != results.RunComplete {
		r.Warnings = append(r.Warnings, fmt.Sprintf("the run is %s: %s", run.Status, strings.Join(run.Reasons, "; ")))
	}
	var cells []cell
	for _, p := range run.Scenarios {
		cells = append(cells, r.cells(run, p.Scenario, o)...)
	}
	if len(o.Rates) > 0 {
		r.responses(ctx, cells, o)
		return r, nil
	}
	r.simulate(ctx, cells, o)
	r.Interrupted = ctx.Err() != nil
	r.gains(cells, o)
	return r, nil
}

// cells are the predictions to make of a scenario. It notes those that are refused.
func (r *Report) cells(run *results.Run, s scenario.Scenario, o Options) (cells []cell) {
	quantile := s.ForeseenAt()
	sampled := quantile == nil || o.Sample && s.Target.CPU == nil
	if sampled {
		quantile = nil
	}
	known := newStated(quantile)
	cpus := int(math.Ceil(run.Environment.UsableCPUs()))
	var list []cell
	for _, c := range s.Strategies {
		if !wanted(c, o.Strategies) {
			continue
		}
		refuse := func(err error, bound *float64) {
			r.Refused = append(r.Refused, Refused{s.Name, c.String(), strings.ReplaceAll(err.Error(), "\n", "; "), bound})
		}
		model, err := NewModel(s, c, cpus, sampled)
		if err != nil {
			refuse(err, nil)
			continue
		}
		m, err := Read(run, s, c)
		if err == nil && len(o.Rates) == 0 {
			err = m.fit(model)
		}
		if err != nil {
			refuse(err, nil)
			continue
		}
		cal, err := calibrate(m, model, known)
		if err != nil {
			refuse(err, nil)
			continue
		}
		if cal.tail.heavy() {
			refuse(cal.unknowable(), cal.atLeast(o.Tasks))
			continue
		}
		list = append(list, cell{measured: m, choice: c, own: true, calibrated: cal, warnings: m.warnings(cal)})
	}
	if len(o.Limits) == 0 {
		return list
	}
	seen := map[string]bool{}
	for _, from := range list {
		for _, limit := range o.Limits {
			next, err := from.at(limit, list)
			if err != nil {
				if key := from.choice.String(); !seen[key+err.Error()] {
					seen[key+err.Error()] = true
					r.Refused = append(r.Refused, Refused{s.Name, key, err.Error(), nil})
				}
				continue
			}
			if name := next.choice.String(); !seen[name] {
				seen[name] = true
				cells = append(cells, next)
			}
		}
	}
	return cells
}

// wanted reports whether a strategy is among those asked for.
func wanted(c strategies.Choice, list []strategies.Choice) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(w strategies.Choice) bool { return Wanted(c, w) })
}

// Wanted reports whether a measured strategy is meant by another: by its whole name, or by its name
// with all parameters left to their defaults, which means all that have it.
func Wanted(c, by strategies.Choice) bool {
	return by.String() == c.Original().String() || by.Spec.Name == c.Spec.Name && by.String() == by.Spec.Defaults().String()
}

// at is the prediction of the same strategy with another limit: with the costs of the nearest limit of it
// that was measured. How long a target takes depends on how many tasks it has, whoever sends them: where only
// a sample of times is known, it is that of the nearest limit of any strategy, and beyond the highest there
// is none.
func (f cell) at(limit int, list []cell) (cell, error) {
	to, err := withLimit(f.choice, limit)
	if err != nil {
		return f, err
	}
	if most := f.highest(list); !f.known && limit > most {
		return f, fmt.Errorf("whether the target serves %d at once as fast as %d, the most that was measured, is not known; measure a small batch with %s, and predict from that", limit, most, to)
	}
	nearest := f.nearest(limit, list)
	if nearest.choice.Original().String() == to.String() {
		return nearest, nil
	}
	model, err := nearest.model(to)
	if err != nil {
		return f, err
	}
	next := nearest
	next.choice, next.own = to, false
	of := *nearest.calibrated
	of.Model, of.Cost = model, of.Cost.of(of.Model, model)
	next.calibrated = &of
	next.warnings = append(slices.Clone(nearest.warnings), "not measured: costs are those of "+nearest.choice.String())
	return next, nil
}

// learns reports whether another cell of the scenario says something of this strategy with other limits.
func (f cell) learns(from cell) bool {
	plain := func(c cell) bool { return (c.Kind == limited || c.Kind == chunks) && hasLimit(c.choice) }
	return from.choice.Spec.Name == f.choice.Spec.Name || !f.known && plain(f) && plain(from)
}

// nearest is the cell from which this strategy learns whose limit is nearest: of two as near, that of the
// same strategy.
func (f cell) nearest(limit int, list []cell) cell {
	name := f.choice.Spec.Name
	far := func(c cell) float64 {
		return math.Abs(math.Log(float64(max(1, c.choice.Width(math.MaxInt))) / float64(limit)))
	}
	of := slices.DeleteFunc(slices.Clone(list), func(c cell) bool { return !f.learns(c) })
	return slices.MinFunc(of, func(a, b cell) int {
		return cmp.Or(cmp.Compare(far(a), far(b)), cmp.Compare(strangers(a, name), strangers(b, name)))
	})
}

// strangers is 1 for a cell of another strategy.
func strangers(c cell, name string) int {
	if c.choice.Spec.Name != name {
		return 1
	}
	return 0
}

// model is that of another strategy in the same situation.
func (f cell) model(c strategies.Choice) (Model, error) {
	return NewModel(f.measured.Scenario, c, int(math.Ceil(f.measured.CPUs)), !f.known)
}

// withLimit is a strategy with another limit.
func withLimit(c strategies.Choice, limit int) (strategies.Choice, error) {
	if !hasLimit(c) {
		return c, errors.New("it has no limit to set: leave it out, or predict it without --limit")
	}
	p := c.Spec.Params[0]
	if int64(limit) < p.Min || int64(limit) > p.Max {
		return c, fmt.Errorf("its %s takes %s", p.Name, p.Range())
	}
	c = c.Original()
	c.Params = maps.Clone(c.Params)
	c.Params[p.Name] = int64(limit)
	if c.Spec.Check == nil {
		return c, nil
	}
	return c, c.Spec.Check(c.Params)
}

// hasLimit reports whether the first parameter of a strategy is a limit that it was given.
func hasLimit(c strategies.Choice) bool {
	p := c.Spec.Params
	return c.Spec.Width != nil && c.Spec.Width(c.Params) > 0 && len(p) > 0 && p[0].Kind == strategies.Number
}

// fit refuses measurements that do not say enough.
func (m Measured) fit(model Model) error {
	mock := m.Scenario.Target.Mock
	switch failed := m.failed(); {
	case failed == 0:
	case mock != nil && mock.RateLimit() != nil:
		return turnedAway(mock.RateLimit(), failed)
	case m.Choice.Spec.Traits.OnError != strategies.RunsAll:
		return errors.New("tasks failed, and it stops at an error: how far it gets is not predicted")
	case mock == nil && failed > toleratedFailures:
		return fmt.Errorf("%s of the tasks of a round failed: whether more do in a longer batch, and how soon, is not known; measure a limit at which they do not", quantity.Percent(failed))
	}
	if n := m.Tasks(); model.Limit > 0 && model.Kind != served && n < leastTurns*model.Limit {
		return fmt.Errorf("a batch of %d tasks has fewer than %d for each of its %d places, which says little of a long one: measure at least %d",
			n, leastTurns, model.Limit, leastTurns*model.Limit)
	}
	return nil
}

// toleratedFailures is the share of tasks that may fail: so few hardly move the makespan.
const toleratedFailures = 0.01

// turnedAway is why a batch is not predicted of which a rate limit refuses a share.
func turnedAway(limit *config.Fault, share float64) error {
	return fmt.Errorf("the server's rate limit of %g a second refuses %s of its requests, which end at once: the makespan is of the refusals, not of the work; predict a limit that sends less",
		limit.Rate, quantity.Percent(share))
}

// leastTurns is how many tasks the measured batch has at least for each place of the limit: so many that most
// of its makespan is not its end.
const leastTurns = 4

// warnings are what the reader of a prediction should know.
func (m Measured) warnings(c *calibrated) (list []string) {
	var makespans []float64
	shares := 0.0
	for _, r := range m.Rounds {
		makespans = append(makespans, r.Makespan.Seconds())
		shares += m.floor(len(r.Took)) / r.Makespan.Seconds() / float64(len(m.Rounds))
	}
	if d := stat.DetectDrift(makespans); d.P < 0.01 {
		list = append(list, fmt.Sprintf("the makespan drifted over the rounds (%+.1f%% a round): what it drifts to is not known", 100*d.Slope/stat.Median(makespans)))
	}
	if shares > saturated && m.Scenario.Target.CPU == nil {
		list = append(list, fmt.Sprintf("it used %.0f%% of the CPU time (%s): a busier machine takes longer", 100*shares, m.perTask()))
	}
	if c.outliers > 0 {
		list = append(list, fmt.Sprintf("%d of %d rounds cost far more or less than the others; on a quieter machine they would not", c.outliers, len(m.Rounds)))
	}
	if f := m.failed(); f > 0 && !c.known {
		list = append(list, fmt.Sprintf("%.2g%% of the tasks of a round failed: whether more do in a longer batch is not known", 100*f))
	}
	if c.tail.share == 0 && !c.known && c.tail.sample > 0 {
		list = append(list, fmt.Sprintf("%d tasks are too few to say anything of the tail", c.tail.sample))
	}
	if n := len(m.Scenario.Target.URLs); n > 0 {
		list = append(list, fmt.Sprintf("the list has %d URLs: further tasks are taken to be like them", n))
	}
	return list
}

// perTask is the CPU time of a task, and whose it is.
func (m Measured) perTask() string {
	text := fmt.Sprintf("%v a task", m.CPU.Round(time.Microsecond))
	if m.Server > 0 {
		text += fmt.Sprintf(" and the mock server's %v", m.Server.Round(time.Microsecond))
	}
	return text + fmt.Sprintf(", on %.3g CPUs", m.CPUs)
}

// saturated is the share of the CPU time beyond which the CPUs are called saturated.
const saturated = 0.8

// elsewhere warns of another machine.
func elsewhere(then, now machine.Environment) (list []string) {
	differs := func(what string, a, b any) {
		if a != b {
			list = append(list, fmt.Sprintf("the run is from another machine: %s was %v, here %v; its costs are of that machine", what, a, b))
		}
	}
	if now.OS == "" {
		return nil
	}
	differs("the processor", then.CPU, now.CPU)
	differs("the number of CPUs", then.CPUs, now.CPUs)
	differs("GOMAXPROCS", then.GOMAXPROCS, now.GOMAXPROCS)
	differs("the system", then.OS+" "+then.Arch, now.OS+" "+now.Arch)
	return list
}

// unknowable is why a heavy tail is not predicted.
func (c *calibrated) unknowable() error {
	if c.known {
		return fmt.Errorf("the slowest task decides: the tail's index is %.2g, below %d, so how long it takes differs without limit from batch to batch", 1/c.tail.shape, heavyIndex)
	}
	return fmt.Errorf("the slowest task decides: the tail's index is %.2g, below %d; from this sample it cannot be known how long it takes", 1/c.tail.shape, heavyIndex)
}

func (c *calibrated) atLeast(n int) *float64 {
	bound := c.beyond(n)
	if bound <= 0 {
		return nil
	}
	s := bound.Seconds()
	return &s
}

// wholeAtMost is how many tasks are simulated whole without being asked to: a few seconds.
const wholeAtMost = 100_000_000

// simulate makes the predictions.
func (r *Report) simulate(ctx context.Context, cells []cell, o Options) {
	whole := o.Whole || float64(o.Tasks)*float64(len(cells)) <= wholeAtMost
	var done atomic.Int64
	var of int64 // tasks to be simulated whole
	for _, c := range cells {
		if whole && c.wholly(o.Tasks) {
			of += int64(o.Tasks)
		}
	}
	stop := o.report(ctx, &done, of)
	defer stop()
	for _, c := range cells {
		p := Prediction{
			Scenario: c.measured.Scenario.Name, Strategy: c.choice.String(), Limit: c.choice.Width(o.Tasks), From: c.origin(),
			Cost: c.Each, CPU: c.measured.CPU.Seconds() * float64(o.Tasks), MeasuredTasks: c.measured.Tasks(),
			Memory: c.memory(cells, o.Tasks), Warnings: c.warnings,
		}
		if p.Limit == o.Tasks {
			p.Limit = 0
		}
		if err := c.beyondMeasured(o.Tasks, o.Seed); err != nil {
			r.Refused = append(r.Refused, Refused{p.Scenario, p.Strategy, err.Error(), nil})
			continue
		}
		if c.measured.Scenario.Target.HTTP() {
			p.Sockets = c.choice.Width(o.Tasks)
		}
		if c.own {
			for _, round := range c.measured.Rounds {
				p.Measured = append(p.Measured, round.Makespan.Seconds())
			}
		}
		var simulated time.Duration
		if whole && c.wholly(o.Tasks) {
			w := c.whole(ctx, o.Tasks, o.Seed, o.Cores, &done)
			p.Whole = &w
			if w.Tasks == o.Tasks {
				simulated = w.Makespan
			}
		}
		p.Makespan = c.predict(o.Tasks, simulated, o.Seed)
		c.floor(&p, o.Tasks)
		if reason := p.vague(); reason != "" {
			r.Refused = append(r.Refused, Refused{p.Scenario, p.Strategy, reason, nil})
			continue
		}
		r.Predictions = append(r.Predictions, p)
	}
}

// beyondMeasured refuses batches in which something else decides than in the measured ones.
func (c cell) beyondMeasured(n int, seed uint64) error {
	switch c.Kind {
	case unlimited:
		starts := time.Duration(n) * (c.Pace + c.Each)
		mean := time.Duration(c.from.Mean())
		switch {
		case n > mostAtOnce:
			return fmt.Errorf("%d tasks at once were never shown to work anywhere; predict a limit", n)
		case !c.known && n > c.measured.Tasks():
			return fmt.Errorf("the target has met %d tasks at once, and how it serves %d is not known; predict a limit, or measure the whole batch", c.measured.Tasks(), n)
		case n > c.measured.Tasks() && starts > mean/2:
			return fmt.Errorf("starting and ending %d tasks takes %v, and a task %v: the CPU decides, and starts and ends get into each other's way; predict a limit, or measure the whole batch",
				n, starts.Round(time.Millisecond), mean.Round(time.Microsecond))
		}
	case served:
		if c.bucket == nil {
			break
		}
		b := c.batch(n, c.Cost)
		first := min(n, direct)
		c.take(context.Background(), b, first, queueing.NewRandom(seed, 0), new(atomic.Int64))
		if refused := float64(b.(*queueing.Served).Refused()) / float64(first); refused > toleratedFailures {
			return turnedAway(c.bucket, refused)
		}
	}
	return nil
}

// report tells of progress until stop is called.
func (o Options) report(ctx context.Context, done *atomic.Int64, of int64) (stop func()) {
	if o.Progress == nil || of < wholeAtMost/10 {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				o.Progress(done.Load(), of)
			}
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

// wholly reports whether the batch can be simulated whole in little time, and the replicas are not
// whole already.
func (c cell) wholly(n int) bool { return c.Kind != events && n > direct }

// origin says what the tasks are drawn from.
func (c cell) origin() string {
	if c.known {
		return c.measured.Scenario.Target.String()
	}
	return fmt.Sprintf("sample of %d tasks", c.tail.sample)
}

// vague warns of an interval that says little. It returns why there is none if it would say nothing.
func (p *Prediction) vague() (reason string) {
	m := p.Makespan
	half := (m.High - m.Low) / 2
	if half <= wideShare*m.Seconds {
		return ""
	}
	by := "luck of the draws: predict a larger batch"
	for _, part := range []struct {
		seconds float64
		name    string
	}{{m.Parts.Sample, "sample: measure more rounds or more tasks"}, {m.Parts.Cost, "cost, which differs between rounds: measure more rounds on a quieter machine"}, {m.Parts.Tail, "tail: measure more tasks"}} {
		if part.seconds > half/2 {
			by = part.name
		}
	}
	if p.saturated {
		by = "CPU, which would be saturated: measure at this limit"
	}
	if half > vagueShare*m.Seconds {
		return fmt.Sprintf("the interval would say nothing, %.0f%% either way, by the %s", 100*half/m.Seconds, by)
	}
	p.Warnings = append(slices.Clip(p.Warnings), fmt.Sprintf("the interval is wide, by the %s", by))
	return ""
}

// Half of the width of an interval, as a part of the makespan, beyond which it says little, and beyond
// which it says nothing.
const (
	wideShare  = 0.1
	vagueShare = 0.5
)

// floor raises a prediction to what the CPU allows: another limit may saturate it.
func (c cell) floor(p *Prediction, tasks int) {
	if c.own || c.measured.Scenario.Target.CPU != nil {
		return
	}
	floor := c.measured.floor(tasks)
	switch m := &p.Makespan; {
	case floor > m.Seconds:
		p.Warnings = append(p.Warnings, "the CPU would be saturated: the makespan is that of its work alone; measure at this limit")
		p.saturated = true
		m.High = max(m.High, floor) * floor / m.Seconds
		m.Seconds, m.Low = floor, max(m.Low, floor)
	case floor > saturated*m.Seconds:
		p.Warnings = append(p.Warnings, fmt.Sprintf("it would use %.0f%% of the CPU time (%s): measure at this limit", 100*floor/m.Seconds, c.measured.perTask()))
	}
}

// memory is of its process: what was measured, and for more tasks at once what the strategies
// of the scenario with more at once took more; 0 if that was not measured.
func (c cell) memory(cells []cell, n int) int64 {
	then, now := float64(c.measured.Choice.Width(c.measured.Tasks())), float64(c.choice.Width(n))
	if now <= then {
		return c.measured.Memory
	}
	least, most := c, c
	width := func(c cell) int { return c.measured.Choice.Width(c.measured.Tasks()) }
	for _, o := range cells {
		if o.measured.Scenario.Name != c.measured.Scenario.Name {
			continue
		}
		if width(o) < width(least) {
			least = o
		}
		if width(o) > width(most) {
			most = o
		}
	}
	if width(most) < 2*width(least) || most.measured.Memory <= least.measured.Memory {
		return 0
	}
	each := float64(most.measured.Memory-least.measured.Memory) / float64(width(most)-width(least))
	return c.measured.Memory + int64(each*(now-then))
}
