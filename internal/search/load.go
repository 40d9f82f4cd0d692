package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// DefaultLoadTime suits a search under load: a p99 takes 430 batches in each phase.
const DefaultLoadTime = 20 * time.Minute

// Load is the plan of a measurement that finds which strategy keeps a promise under load, and
// up to which rate:
//
//	look     all candidates at the rate that is asked for, a few rounds
//	decide   the best of them at that rate, with enough rounds to tell
//	probe    those that keep the promise at higher rates, one round each; or at lower ones, if
//	         none keeps it
//	confirm  the highest rate at which a probe kept the promise, and the lowest at which one
//	         broke it, with enough rounds to tell
type Load struct {
	Options
	scenario scenario.Scenario // at the rate that is asked for
	rate     float64           // of workload.arrivals
	began    time.Time

	stage      loadStage
	looks      int
	finalists  []strategies.Choice
	probed     float64              // the factor of the last probe
	down       bool                 // probes go down
	late       float64              // the factor from which on the harness itself is late; 0: none was found
	kept, lost map[string][]float64 // by strategy: factors at which a probe kept the promise, or broke it
	confirms   []confirm
}

type loadStage int

const (
	looking loadStage = iota + 1
	decidingLoad
	probing
	confirming
)

// confirm is a rate to be decided for some strategies.
type confirm struct {
	factor float64
	list   []strategies.Choice
}

// The division of the time under load.
const (
	lookRounds = 2
	// lookTime and decideTime are shares of the whole time.
	lookTime   = 0.3
	decideTime = 0.45
	// mostLoadFinalists is the maximum number of strategies that are decided between.
	mostLoadFinalists = 3
	// probeStep is the factor between the rates of probes, and mostProbes their number.
	probeStep  = 1.5
	mostProbes = 6
)

// NewLoad plans a search for the best strategy under load. The scenario has arrivals at one
// rate and a promise. Its strategies become candidates.
func NewLoad(s scenario.Scenario, o Options) *Load {
	p := &Load{Options: o, scenario: s, rate: s.Workload.Arrivals.MeanRate(), kept: map[string][]float64{}, lost: map[string][]float64{}}
	if p.Note == nil {
		p.Note = func(string) {}
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	p.scenario.Assert = nil
	p.scenario.Measure.Until, p.scenario.Measure.AutoWarmup, p.scenario.Measure.Warmup = 0, false, 0
	return p
}

// First is the first scenario to measure.
func (p *Load) First() scenario.Scenario {
	p.began = p.Now()
	list := p.Only
	if list == nil {
		list = loadCandidates(p.scenario, p.Slots)
	}
	rounds := lookRounds
	most := int(lookTime * p.Time.Seconds() / (float64(rounds) * p.trial(1)))
	if most < len(list) && most < leastCandidates {
		rounds, most = 1, 2*most
	}
	list = list[:min(len(list), max(most, leastCandidates))]
	p.stage = looking
	return *p.at(1, "look", list, rounds)
}

// Next returns the next scenario to measure, nil at the end. It is for bench.Options.Next.
func (p *Load) Next(run *results.Run) *scenario.Scenario {
	switch p.stage {
	case looking:
		p.finalists = p.best(run)
		p.stage = decidingLoad
		return p.at(1, "", p.finalists, max(p.Rounds, results.LeastPromiseRounds))
	case decidingLoad:
		p.finalists, p.down = p.keeping(run)
		p.stage, p.probed = probing, 1
		return p.probe()
	case probing:
		p.note(run)
		if next := p.probe(); next != nil {
			return next
		}
		p.stage = confirming
		p.plan()
	}
	return p.confirm()
}

// trial is about how long a phase at a multiple of the rate takes, in seconds.
func (p *Load) trial(factor float64) float64 {
	a := p.arrivals(factor)
	return (a.Warmup + a.For + scenario.TrialOverhead).Seconds() * 1.05 // the last batches
}

func (p *Load) left() float64 { return p.Time.Seconds() - p.Now().Sub(p.began).Seconds() }

// arrivals are those at a multiple of the rate, with about as many batches in the window.
func (p *Load) arrivals(factor float64) scenario.Arrivals {
	a := *p.scenario.Workload.Arrivals
	a.Rate = roundRate(p.rate * factor)
	window := time.Duration(float64(a.For) * p.rate / a.Rate)
	a.For = max(window.Round(100*time.Millisecond)+100*time.Millisecond, time.Second)
	if factor == 1 {
		a.Rate, a.For = p.scenario.Workload.Arrivals.Rate, p.scenario.Workload.Arrivals.For
	}
	return a
}

// roundRate keeps three digits.
func roundRate(rate float64) float64 {
	v, err := strconv.ParseFloat(fmt.Sprintf("%.3g", rate), 64)
	if err != nil {
		return rate
	}
	return v
}

// at is a scenario at a multiple of the rate.
func (p *Load) at(factor float64, what string, list []strategies.Choice, rounds int) *scenario.Scenario {
	s := p.scenario
	a := p.arrivals(factor)
	s.Workload.Arrivals = &a
	const longest = 50 // bytes, so that the whole name is not too long
	s.Name = s.Name[:min(len(s.Name), longest)]
	if factor != 1 {
		s.Name += "-rate" + strings.TrimSuffix(scenario.FormatRate(a.Rate), "/s")
	}
	s.Strategies, s.Measure.Rounds = list, rounds
	if what != "" {
		p.looks++
		s.Name += "-" + what
		s.Measure.Screening = true
		s.Measure.Seed += uint64(p.looks) // other arrivals and latencies than those that decide
		if m := s.Target.Mock; m != nil && m.Seed != 0 {
			other := *m
			other.Seed += uint64(p.looks)
			s.Target.Mock = &other
		}
	}
	name := cmp.Or(what, "decision")
	p.Note(fmt.Sprintf("%s at %s: %d of the strategies, %s, about %v", name, scenario.FormatRate(roundRate(p.rate*factor)), len(list), counted(rounds, "round"),
		time.Duration(float64(len(list)*rounds)*p.trial(factor)*float64(time.Second)).Round(time.Second)))
	return &s
}

// best are the strategies of the look that are decided between: those that kept the promise
// most often, the fastest of them first.
func (p *Load) best(run *results.Run) []strategies.Choice {
	s := run.Scenarios[len(run.Scenarios)-1].Scenario
	type looked struct {
		choice strategies.Choice
		kept   int
		figure float64
	}
	var list []looked
	for _, c := range s.Strategies {
		l := looked{choice: c, figure: math.Inf(1)}
		var figures []float64
		for _, t := range run.Measured(s.Name, c.String()) {
			if t.Phase == nil || t.Died() {
				continue
			}
			if t.Phase.Keeps(s.Measure.Promise) {
				l.kept++
			}
			if t.Makespan > 0 {
				figures = append(figures, t.Makespan.Seconds())
			}
		}
		if len(figures) > 0 {
			l.figure = stat.Median(figures)
		}
		list = append(list, l)
	}
	slices.SortStableFunc(list, func(a, b looked) int {
		return cmp.Or(cmp.Compare(b.kept, a.kept), cmp.Compare(a.figure, b.figure))
	})
	n := int(decideTime * p.Time.Seconds() / (float64(results.LeastPromiseRounds) * p.trial(1)))
	n = min(max(n, 1), mostLoadFinalists, len(list))
	out := make([]strategies.Choice, n)
	for i := range out {
		out[i] = list[i].choice
	}
	return out
}

// keeping are the finalists that are shown to keep the promise at the rate. If none is, they
// are those that are shown to break it, and lower rates are tried.
func (p *Load) keeping(run *results.Run) (list []strategies.Choice, down bool) {
	judged := func(want results.Kept) (list []strategies.Choice) {
		for _, c := range p.finalists {
			if j := results.JudgePromise(p.scenario.Measure.Promise, run.Measured(p.decision(), c.String())); j != nil && j.Kept == want {
				list = append(list, c)
			}
		}
		return list
	}
	if list = judged(results.Keeps); len(list) > 0 {
		return list, false
	}
	return judged(results.Breaks), true
}

// decision is the name of the scenario that decides at the rate.
func (p *Load) decision() string { return p.scenario.Name[:min(len(p.scenario.Name), 50)] }

// probe is the next first look at another rate, nil if there is nothing more to see.
func (p *Load) probe() *scenario.Scenario {
	var open []strategies.Choice
	for _, c := range p.finalists {
		if turned := p.lost; !p.down && len(turned[c.String()]) == 0 || p.down && len(p.kept[c.String()]) == 0 {
			open = append(open, c)
		}
	}
	step := probeStep
	if p.down {
		step = 1 / probeStep
	}
	if next := p.probed * step; len(open) > 0 && p.late == 0 && math.Abs(math.Log(next))/math.Log(probeStep) < mostProbes+0.5 && p.left() > p.decideCost(next, len(open)) && p.rate*next >= 1 {
		p.probed = next
		return p.at(next, "look", open, 1)
	}
	return nil
}

// decideCost is about how long a decision at a multiple of the rate takes, in seconds.
func (p *Load) decideCost(factor float64, strategies int) float64 {
	return float64(strategies*results.LeastPromiseRounds) * p.trial(factor)
}

// note keeps the results of the last probe.
func (p *Load) note(run *results.Run) {
	s := run.Scenarios[len(run.Scenarios)-1].Scenario
	for _, c := range s.Strategies {
		kept := false
		for _, t := range run.Measured(s.Name, c.String()) {
			kept = t.Phase != nil && !t.Died() && t.Phase.Keeps(s.Measure.Promise)
			if t.Phase != nil && t.Phase.TooLate() && !p.down {
				p.late = p.probed
			}
		}
		if p.late > 0 {
			p.Note(fmt.Sprintf("at %s the harness itself is late: higher rates are not measured", scenario.FormatRate(s.Workload.Arrivals.MeanRate())))
			return // what was measured there says nothing about strategies
		}
		if name := c.String(); kept {
			p.kept[name] = append(p.kept[name], p.probed)
		} else {
			p.lost[name] = append(p.lost[name], p.probed)
		}
	}
}

// plan lists the rates to confirm: for each strategy the last that it kept, then the first that
// it did not.
func (p *Load) plan() {
	add := func(factor float64, c strategies.Choice) {
		i := slices.IndexFunc(p.confirms, func(o confirm) bool { return o.factor == factor })
		if i < 0 {
			i = len(p.confirms)
			p.confirms = append(p.confirms, confirm{factor: factor})
		}
		p.confirms[i].list = append(p.confirms[i].list, c)
	}
	for _, of := range []map[string][]float64{p.kept, p.lost} {
		for _, c := range p.finalists {
			list := of[c.String()]
			if len(list) == 0 {
				continue
			}
			// Upwards the last that was kept and the first that was lost; downwards the first
			// that was kept, and the last that was lost.
			add(list[len(list)-1], c)
		}
	}
}

// confirm is the next decision that the time allows.
func (p *Load) confirm() *scenario.Scenario {
	for len(p.confirms) > 0 {
		next := p.confirms[0]
		p.confirms = p.confirms[1:]
		if p.left() > 0.9*p.decideCost(next.factor, len(next.list)) {
			return p.at(next.factor, "", next.list, results.LeastPromiseRounds)
		}
	}
	return nil
}

// loadCandidates are the strategies under load: without a limit, with one for each batch, with
// one for the process, with both, and those that the scenario names. By Little's law the tasks
// in flight are about rate times tasks times service time; a limit for the process must be
// above that.
func loadCandidates(s scenario.Scenario, slots int) []strategies.Choice {
	if m := s.Target.Mock; m != nil && slots == 0 {
		slots = m.Slots
	}
	size := max(1, int(math.Round(s.Workload.BatchSize())))
	service := 0.0
	if l := s.Latencies(1); len(l) > 0 {
		for _, v := range l {
			service += v.Seconds() / float64(len(l))
		}
	}
	var process []int
	switch inFlight := s.Workload.Rate() * s.Workload.BatchSize() * service; {
	case slots > 0:
		process = []int{slots, 2 * slots}
	case inFlight > 0:
		process = []int{max(2, int(math.Ceil(1.5*inFlight))), max(4, int(math.Ceil(4*inFlight)))}
	default:
		process = []int{16, 64}
	}
	batch := max(2, size/4)
	p := process[0]
	names := []string{
		"goroutine-per-task",
		fmt.Sprintf("errgroup:limit=%d", batch),
		fmt.Sprintf("shared-semaphore:limit=%d", p),
		fmt.Sprintf("fair-share:limit=%d", p),
		fmt.Sprintf("bulkhead:limit=%d", p),
		fmt.Sprintf("two-level:batch=%d,process=%d", batch, p),
		fmt.Sprintf("shared-semaphore:limit=%d", process[1]),
		"shared-adaptive-gradient",
	}
	return distinct(append(slices.Clone(s.Strategies), parse(names...)...))
}
