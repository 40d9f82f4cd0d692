package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/internal/version"
	"github.com/fanbench/fanbench/mockserver/config"
)

// heldPlan says which batches are predicted and then measured: each situation's at Tasks, from which
// larger ones are predicted by package predict, and then those, with other latencies.
type heldPlan struct {
	Situations []heldSituation
	Strategies []string
	Tasks      int       // of the batch that is measured first
	Factor     int       // by which the held-out batch is larger
	Rounds     int       // of the small batch
	Again      int       // of the large one
	Loads      []float64 // shares of a shared limit at which batches that arrive are predicted and measured
	raw        string
}

type heldSituation struct {
	Name   string
	Target scenario.Target
}

func defaultHeld() heldPlan {
	mock := func(latency string, b config.Behavior) scenario.Target {
		b.Latency = mustLatency(latency)
		return scenario.Target{Mock: &config.Config{Behavior: b}}
	}
	work := mustLatency("lognormal:p50=500us,p99=2ms")
	return heldPlan{
		Situations: []heldSituation{
			{"constant", mock("constant:5ms", config.Behavior{})},
			{"long-tail", mock("lognormal:p50=4ms,p99=40ms", config.Behavior{})},
			{"two-kinds", mock("mixture:(constant:2ms)=0.9,(lognormal:p50=20ms,p99=40ms)=0.1", config.Behavior{})},
			{"limited-server", mock("lognormal:p50=4ms,p99=12ms", config.Behavior{Capacity: config.Capacity{Slots: 8}})},
			{"rate-limited", mock("lognormal:p50=4ms,p99=12ms", config.Behavior{Faults: []config.Fault{{Kind: config.FaultRateLimit, Rate: 2500, Burst: 50}}})},
			{"cpu-bound", scenario.Target{CPU: &work}},
		},
		Strategies: []string{
			"sequential", "goroutine-per-task", "fixed-pool:workers=8", "errgroup:limit=16", "work-stealing:workers=8",
			"conc-pool:limit=8", "ants:limit=16", "waves:size=8", "static-chunks:workers=8", "hedged:workers=8,delay=20ms", "adaptive-aimd:max=16,slow=100ms",
		},
		Tasks: 240, Factor: 10, Rounds: 6, Again: 3, Loads: []float64{0.5, 0.9},
	}
}

// scenarios are the situations' batches of so many tasks, in so many rounds.
func (p heldPlan) scenarios(tasks, warmups, rounds int, seed uint64) (list []scenario.Scenario) {
	strategies, err := scenario.ParseStrategies(p.Strategies)
	if err != nil {
		panic(err) // a mistake in this file
	}
	for _, s := range p.Situations {
		list = append(list, scenario.Scenario{
			Name: s.Name, Target: s.Target, Strategies: strategies,
			Workload: scenario.Workload{Tasks: tasks, Timeout: time.Minute},
			Measure:  scenario.Measurement{Rounds: rounds, Warmup: warmups, Seed: seed, ErrorBudget: 1, Processes: scenario.ProcessesAuto, MaxRounds: rounds},
		})
	}
	return list
}

// Batches that arrive: of so many tasks, before a limit of the process.
const (
	arriveTasks  = 8
	arriveLimit  = 16
	arriveMedian = 10 * time.Millisecond
	arriveSigma  = 0.7
	arriveWindow = 2000 // batches
	arriveRounds = 2
)

var arriveStrategies = []string{"goroutine-per-task", "errgroup:limit=4", "shared-pool:workers=16", "shared-semaphore:limit=16"}

// rate is the rate of arrivals at a load.
func arriveRate(load float64) float64 {
	return load * arriveLimit / arriveTasks / queueing.LognormalMean(arriveMedian.Seconds(), arriveSigma)
}

// alone is a batch of those that arrive, by itself; arriving has a phase for each load.
func (p heldPlan) alone() scenario.Scenario {
	list, err := scenario.ParseStrategies(arriveStrategies)
	if err != nil {
		panic(err) // a mistake in this file
	}
	l := mustLatency(fmt.Sprintf("lognormal:median=%v,sigma=%v", arriveMedian, arriveSigma))
	return scenario.Scenario{
		Name: "arriving", Target: scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}}, Strategies: list,
		Workload: scenario.Workload{Tasks: arriveTasks, Timeout: time.Minute, Client: scenario.ClientLean},
		Measure:  scenario.Measurement{Rounds: 40, Warmup: 1, Seed: 3, Processes: scenario.ProcessesAuto, MaxRounds: 40},
	}
}

func (p heldPlan) arriving() (list []scenario.Scenario) {
	for i, load := range p.Loads {
		s := p.alone()
		rate := arriveRate(load)
		s.Name = "load-" + percentName(load)
		s.Workload.Arrivals = &scenario.Arrivals{Process: scenario.Poisson, Rate: rate, For: time.Duration(arriveWindow / rate * float64(time.Second)), Warmup: 3 * time.Second}
		s.Measure = scenario.Measurement{Rounds: arriveRounds, Seed: uint64(4 + i), Figure: scenario.ResponseMean}
		list = append(list, s)
	}
	return list
}

// heldResponse is a percentile of the response times at a load, measured in phases and predicted.
type heldResponse struct {
	Situation string           `json:"situation"`
	Strategy  string           `json:"strategy"`
	What      string           `json:"what"`
	Measured  []float64        `json:"measured"` // seconds; none of a phase without the percentile
	Predicted predict.Makespan `json:"predicted"`
	Unstable  bool             `json:"unstable"` // predicted
	Warned    bool             `json:"warned"`
}

// responses predicts response times from batches that were measured alone, and measures them.
func (p heldPlan) responses(ctx context.Context, r *heldResults, own bench.Options, progress func(string)) error {
	if len(p.Loads) == 0 {
		return nil
	}
	alone, err := p.hold(ctx, r, "alone", []scenario.Scenario{p.alone()}, own, progress)
	if err != nil {
		return err
	}
	o := predict.Options{Seed: 1, Cores: runtime.GOMAXPROCS(0)}
	for _, load := range p.Loads {
		o.Rates = append(o.Rates, arriveRate(load))
	}
	predicted, err := predict.Of(ctx, alone, o)
	if err != nil {
		return err
	}
	phases, err := p.hold(ctx, r, "arriving", p.arriving(), own, progress)
	if err != nil {
		return err
	}
	for i, load := range p.Loads {
		name := "load-" + percentName(load)
		for _, q := range predicted.Responses {
			if q.Rate != o.Rates[i] {
				continue
			}
			var median, p99 []float64
			for _, t := range phases.Measured(name, q.Strategy) {
				if t.Phase != nil {
					median, p99 = appendSeconds(median, t.Phase.Median), appendSeconds(p99, t.Phase.P99)
				}
			}
			warned := len(q.Warnings) > 0
			r.Responses = append(r.Responses,
				heldResponse{name, q.Strategy, "median", median, q.Median, q.Unstable, warned},
				heldResponse{name, q.Strategy, "p99", p99, q.P99, q.Unstable, warned})
		}
	}
	return nil
}

func appendSeconds(list []float64, d *time.Duration) []float64 {
	if d == nil {
		return list
	}
	return append(list, d.Seconds())
}

// responseSection has response times against their predictions.
func (r *heldResults) responseSection() section {
	s := section{
		title: "Response times under load, predicted from batches that were measured alone",
		text: fmt.Sprintf("Batches of %d tasks, lognormal with a median of %v, arrive at random at rates that keep %d places 50 and 90%% busy; a window has about %d batches. The prediction knows nothing of how batches get into each other's way but by the limit that they share.",
			arriveTasks, arriveMedian, arriveLimit, arriveWindow),
		table: newTable("situation", "strategy", "", "measured", "predicted [95%]", "off", "held"),
	}
	var offs []float64
	all, held := 0, 0
	for _, c := range r.Responses {
		m := c.Predicted
		measured, predicted, off, share := quantity.Unknown, "unstable", "-", "-"
		in := 0
		if len(c.Measured) > 0 {
			measured = quantity.Seconds(stat.Median(c.Measured))
		}
		if !c.Unstable {
			predicted, in = m.String(), heldBy(m, c.Measured)
		}
		if !c.Unstable && len(c.Measured) > 0 {
			by := m.Seconds/stat.Median(c.Measured) - 1
			offs = append(offs, math.Abs(by))
			off = fmt.Sprintf("%+.1f%%", 100*by)
			if c.Warned {
				off += " (warned)"
			}
		}
		if len(c.Measured) > 0 {
			share = fmt.Sprintf("%d of %d", in, len(c.Measured))
		}
		all, held = all+len(c.Measured), held+in
		s.table.AppendRow(table.Row{c.Situation, c.Strategy, c.What, measured, predicted, off, share})
	}
	if len(offs) == 0 {
		s.text += " Nothing was predicted."
		return s
	}
	s.text += fmt.Sprintf(" The intervals hold %d of %d percentiles. The median error is %.1f%%.", held, all, 100*stat.Median(offs))
	s.goals = []*goals{holdGoal("percentiles", held, all)}
	return s
}

// heldResults are the predictions and what came of them. They have a date and a machine of their own.
type heldResults struct {
	Began       time.Time           `json:"began"`
	Took        time.Duration       `json:"took_ns"`
	Fanbench    string              `json:"fanbench"`
	Environment machine.Environment `json:"environment"`
	Tasks       int                 `json:"tasks"`
	Factor      int                 `json:"factor"`
	Rounds      int                 `json:"rounds"`
	Notes       []string            `json:"notes"` // why fanbench calls a run invalid
	Cells       []heldCell          `json:"cells"`
	Responses   []heldResponse      `json:"responses"`
}

// heldCell is one strategy in one situation. Known is predicted from the distribution that the scenario
// states, Sample from the measured times alone, as for a foreign server; nil where it is refused.
type heldCell struct {
	Situation string            `json:"situation"`
	Strategy  string            `json:"strategy"`
	Known     *predict.Makespan `json:"known"`
	Sample    *predict.Makespan `json:"sample"`
	Warned    [2]bool           `json:"warned"`
	Refused   [2]string         `json:"refused"`
	Measured  []float64         `json:"measured"` // makespans of the large batch, seconds
}

// measure measures the small batches, predicts the large ones, and measures those.
func (p heldPlan) measure(ctx context.Context, own bench.Options, progress func(string)) (*heldResults, error) {
	r := &heldResults{Began: time.Now().UTC(), Fanbench: version.String(), Environment: machine.ReadEnvironment(), Tasks: p.Tasks, Factor: p.Factor, Rounds: p.Rounds}
	began := time.Now()
	small, err := p.hold(ctx, r, "small", p.scenarios(p.Tasks, 1, p.Rounds, 11), own, progress)
	if err != nil {
		return r, err
	}
	var predicted [2]*predict.Report
	for i := range predicted {
		o := predict.Options{Tasks: p.Tasks * p.Factor, Sample: i == 1, Seed: 1, Cores: runtime.GOMAXPROCS(0)}
		if predicted[i], err = predict.Of(ctx, small, o); err != nil {
			return r, err
		}
	}
	large, err := p.hold(ctx, r, "large", p.scenarios(p.Tasks*p.Factor, 0, p.Again, 12), own, progress)
	if err != nil {
		return r, err
	}
	for _, s := range large.Scenarios {
		for _, c := range s.Scenario.Strategies {
			r.Cells = append(r.Cells, newHeldCell(large, s.Scenario.Name, c.String(), predicted))
		}
	}
	err = p.responses(ctx, r, own, progress)
	r.Took = time.Since(began)
	r.Environment.LoadAfter = machine.ReadEnvironment().LoadBefore
	return r, errors.Join(err, ctx.Err())
}

// hold measures scenarios into a directory.
func (p heldPlan) hold(ctx context.Context, r *heldResults, name string, list []scenario.Scenario, own bench.Options, progress func(string)) (*results.Run, error) {
	own.Dir = filepath.Join(p.raw, r.Began.Format("20060102T150405"), name)
	own.Progress = heldProgress{name, progress}
	run, err := bench.Measure(ctx, list, own)
	if err != nil {
		return nil, fmt.Errorf("predict: %w", err)
	}
	if run.Status == results.RunInvalid {
		r.Notes = append(r.Notes, run.Reasons...)
	}
	return run, nil
}

// heldProgress tells which trial is over.
type heldProgress struct {
	name string
	tell func(string)
}

func (p heldProgress) Trial(t results.Trial, at bench.Position) {
	if at.Over%20 == 0 {
		p.tell(fmt.Sprintf("predict: %s batches, trial %d of %d, %s", p.name, at.Over, at.All, t.Scenario))
	}
}

func newHeldCell(large *results.Run, situation, strategy string, predicted [2]*predict.Report) heldCell {
	c := heldCell{Situation: situation, Strategy: strategy, Measured: []float64{}}
	for _, t := range large.Measured(situation, strategy) {
		if t.Counts() {
			c.Measured = append(c.Measured, t.Makespan.Seconds())
		}
	}
	for i, r := range predicted {
		for _, p := range r.Predictions {
			if p.Scenario != situation || p.Strategy != strategy {
				continue
			}
			if c.Warned[i] = len(p.Warnings) > 0; i == 0 {
				c.Known = &p.Makespan
			} else {
				c.Sample = &p.Makespan
			}
		}
		for _, refused := range r.Refused {
			if refused.Scenario == situation && refused.Strategy == strategy {
				c.Refused[i] = refused.Reason
			}
		}
	}
	return c
}

// heldBy is how many of the measured times the interval of a prediction holds.
func heldBy(m predict.Makespan, measured []float64) (n int) {
	for _, v := range measured {
		n += count(v >= m.Low && v <= m.High)
	}
	return n
}

// off is the prediction, as a part of the median that was measured, less 1.
func (c heldCell) off(m *predict.Makespan) float64 { return m.Seconds/stat.Median(c.Measured) - 1 }

// The goals of predictions.
const (
	heldLeast, heldMost = 0.90, 0.98
	heldMedian          = 0.02
	heldFar             = 0.10
)

// text about one way to predict, and its goals.
func (r *heldResults) section(way int, title, text string) section {
	s := section{title: title, table: newTable("situation", "strategy", "measured", "predicted [95%]", "off", "held")}
	var errors []float64
	all, held, far, warnings, refused := 0, 0, 0, 0, 0
	for _, c := range r.Cells {
		m := []*predict.Makespan{c.Known, c.Sample}[way]
		switch {
		case len(c.Measured) == 0:
			s.table.AppendRow(table.Row{c.Situation, c.Strategy, "not done", "-", "-", "-"})
			continue
		case m == nil:
			s.table.AppendRow(table.Row{c.Situation, c.Strategy, quantity.Seconds(stat.Median(c.Measured)), "refused", "-", "-"})
			refused++
			continue
		}
		off, in, mark := c.off(m), heldBy(*m, c.Measured), ""
		errors = append(errors, math.Abs(off))
		all += len(c.Measured)
		held += in
		if c.Warned[way] {
			mark = " (warned)"
			warnings++
		}
		far += count(math.Abs(off) > heldFar && !c.Warned[way])
		s.table.AppendRow(table.Row{
			c.Situation, c.Strategy, quantity.Seconds(stat.Median(c.Measured)),
			m.String(), fmt.Sprintf("%+.1f%%%s", 100*off, mark), fmt.Sprintf("%d of %d", in, len(c.Measured)),
		})
	}
	if len(errors) == 0 {
		s.text = text + " Nothing was predicted."
		return s
	}
	share := float64(held) / float64(all)
	iv := stat.ProportionInterval(held, all, 0.95)
	median := stat.Median(errors)
	s.text = fmt.Sprintf("%s The intervals hold %d of %d batches, %.1f%% [%.0f, %.0f]. The median error is %.1f%%, and %d of %d are off by more than %.0f%% without a warning. predict warned of %d of them, and refused %d more.",
		text, held, all, 100*share, 100*iv.Low, 100*iv.High, 100*median, far, len(errors), 100*heldFar, warnings, refused)
	near := newGoals(fmt.Sprintf("a median error of at most %.0f%%", 100*heldMedian))
	near.add(metIf(median <= heldMedian))
	warned := newGoals(fmt.Sprintf("none is off by more than %.0f%% without a warning", 100*heldFar))
	warned.add(metIf(far == 0))
	s.goals = []*goals{holdGoal("batches", held, all), near, warned}
	return s
}

// holdGoal is whether intervals hold as much of what was measured as they should.
func holdGoal(what string, held, all int) *goals {
	share, iv := float64(held)/float64(all), stat.ProportionInterval(held, all, 0.95)
	g := newGoals(fmt.Sprintf("the intervals hold %.0f to %.0f%% of the %s", 100*heldLeast, 100*heldMost, what))
	g.lack = "too few " + what
	switch {
	case share >= heldLeast && share <= heldMost:
		g.add(met)
	case iv.High >= heldLeast && iv.Low <= heldMost:
		g.add(open)
	default:
		g.add(missed)
	}
	return g
}

func (r *heldResults) sections() []section {
	how := fmt.Sprintf("Each batch of %d tasks was measured in %d rounds, one of %d times as many was predicted from it, and then measured with other latencies. Off: the prediction against the median of the measured batches. Held: how many of those are within the interval.", r.Tasks, r.Rounds, r.Factor)
	return []section{
		r.section(0, "Predicted from the distribution that the scenario states", how),
		r.section(1, "Predicted from the measured times alone (--sample)", "The same batches, without what the scenario says of their latencies: what is known of a foreign server. CPU work is predicted from its distribution here too, because its measured times depend on how many run."),
		r.responseSection(),
		r.refusals(),
	}
}

// refusals are what is not predicted, and why.
func (r *heldResults) refusals() section {
	s := section{title: "What is refused", text: "By strategy and situation, with the reason that predict gives.", table: newTable("situation", "strategy", "reason")}
	for _, c := range r.Cells {
		for i, reason := range c.Refused {
			if reason == "" || i == 1 && reason == c.Refused[0] {
				continue
			}
			if i == 1 {
				reason = "--sample: " + reason
			}
			s.table.AppendRow(table.Row{c.Situation, c.Strategy, reason})
		}
	}
	return s
}

func (r *heldResults) origin() string {
	text := measuredOn(r.Began, r.Took, r.Environment)
	if len(r.Notes) > 0 {
		text += " fanbench calls a run invalid: " + strings.Join(slices.Compact(r.Notes), "; ") + "."
	}
	return text
}

func (r *heldResults) text() string { return plainText(r.origin(), r.sections()) }

func (r *heldResults) markdown() string { return markdown(r.origin(), r.sections()) }
