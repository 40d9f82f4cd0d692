package search

import (
	"maps"
	"math"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Options say what is sought, and how long it may take.
type Options struct {
	Only      []strategies.Choice // the candidates; nil stands for the usual ones and the scenario's
	Time      time.Duration       // that all rounds together should take
	Tolerance float64             // how much slower than the fastest an advice may be, 0..1
	Rounds    int                 // of the decision, after one of screening; 0 stands for as many as the time allows
	CPUs      int                 // of this machine
	Note      func(text string)   // is told what comes next, and how long it will take; nil for nobody
}

// DefaultTime and DefaultTolerance suit most: a limit a quarter as high is worth 5%.
const (
	DefaultTime      = 2 * time.Minute
	DefaultTolerance = 0.05
)

// Search is the plan of one measurement.
type Search struct {
	Options
	scenario   bench.Scenario
	candidates []strategies.Choice
	began      time.Time
	now        func() time.Time

	pilot    strategies.Choice                    // where latencies are not known
	expected func(strategies.Choice) float64      // seconds a trial; nil until something is known
	stage    func(run *bench.Run) *bench.Scenario // what comes next; nil is the end
}

// How the time is spent, and how it is foreseen.
const (
	// screeningShare is the part of the time that the screening may take: the decision
	// needs the rounds.
	screeningShare = 0.35
	// A screening has so many rounds if there is time; with fewer than the least, the
	// candidates that take longest are left out.
	leastScreening  = 3
	mostScreening   = 7
	leastCandidates = 4
	// goodRounds are preferred to more finalists.
	goodRounds = 20
	// mostRounds of the decision: more make intervals narrower than machines are steady.
	mostRounds = 50
	// A trial takes so much besides its latencies: to be started, and its tasks to be
	// sent and answered by a server that has the same cores. Rough; the decision is
	// planned with what the screening took.
	trialOverhead   = 50 * time.Millisecond
	requestOverhead = 100 * time.Microsecond
	// pilotWidth is high enough to end soon, and spares a server that is not ours.
	pilotWidth = 8
)

// New plans a search for the best way to do the scenario's batch. Of the scenario,
// strategies are candidates, assertions are left aside, and the number of rounds follows
// from the time.
func New(s bench.Scenario, o Options) *Search {
	p := &Search{Options: o, scenario: s, candidates: o.Only, now: time.Now}
	if p.Note == nil {
		p.Note = func(string) {}
	}
	p.scenario.Assert = nil
	p.scenario.Measure.Until, p.scenario.Measure.AutoWarmup = 0, false
	p.scenario.Measure.Margin = o.Tolerance
	if p.candidates == nil {
		p.candidates = candidates(s, o.CPUs)
	}
	if at := s.Expectation(); at != nil {
		p.expected = func(c strategies.Choice) float64 { return (at(c) + p.overhead()).Seconds() }
	}
	return p
}

// overhead is what a trial takes besides its latencies.
func (p *Search) overhead() time.Duration {
	if p.scenario.Target.Sleep != nil {
		return trialOverhead
	}
	return trialOverhead + time.Duration(p.scenario.Workload.Tasks)*requestOverhead
}

// First is the first scenario to measure.
func (p *Search) First() bench.Scenario {
	p.began = p.now()
	if p.expected != nil {
		p.stage = p.decide
		return p.screen()
	}
	width := pilotWidth
	if p.scenario.Target.CPU != nil {
		width = p.CPUs
	}
	pool := pool(width)
	p.pilot = pool
	p.stage = func(run *bench.Run) *bench.Scenario {
		p.learn(run)
		p.stage = p.decide
		s := p.screen()
		return &s
	}
	p.Note("pilot: one trial of " + pool.String() + ", since nothing tells beforehand how long one takes; then no longer than " + p.Time.String() + " in all, if that is enough")
	return p.named("pilot", []strategies.Choice{pool}, 1)
}

// Next is what to measure next, nil at the end. It is for bench.Options.Next.
func (p *Search) Next(run *bench.Run) *bench.Scenario {
	if p.stage == nil {
		return nil
	}
	return p.stage(run)
}

// named is a scenario that screens, on latencies that the decision does not meet: they
// are drawn from another seed.
func (p *Search) named(what string, list []strategies.Choice, rounds int) bench.Scenario {
	s := p.scenario
	const longest = 60 // bytes, so that the whole name is not too long
	s.Name = s.Name[:min(len(s.Name), longest)] + "-" + what
	s.Strategies = list
	s.Measure.Rounds, s.Measure.Warmup, s.Measure.Screening = rounds, 0, true
	s.Measure.Seed++
	if m := s.Target.Mock; m != nil && m.Seed != 0 {
		other := *m
		other.Seed++
		s.Target.Mock = &other
	}
	return s
}

// left is how many seconds of the time are left.
func (p *Search) left() float64 { return (p.Time - p.now().Sub(p.began)).Seconds() }

// learn takes from the pilot's trial how long others will take: as many waves as their
// width makes, each as long as the pilot's. Work that keeps cores busy gains nothing
// from more width than there are cores.
func (p *Search) learn(run *bench.Run) {
	n := p.scenario.Workload.Tasks
	waves := func(c strategies.Choice) float64 {
		w := c.Width(n)
		if p.scenario.Target.CPU != nil {
			w = min(w, p.CPUs)
		}
		return math.Ceil(float64(n) / float64(max(w, 1)))
	}
	took := 1.0 // unless it failed
	if f, ok := found(run)[p.pilot.String()]; ok {
		took = f.seconds
	}
	p.expected = func(c strategies.Choice) float64 {
		return took*waves(c)/waves(p.pilot) + trialOverhead.Seconds()
	}
}

// screen is the screening: as many candidates as there is time for, the quickest to try
// first.
func (p *Search) screen() bench.Scenario {
	budget := screeningShare * p.left()
	list := cheapest(p.candidates, p.expected, budget/leastScreening, leastCandidates)
	rounds := min(max(int(budget/sum(list, p.expected)), 1), mostScreening)
	if p.Rounds > 0 {
		rounds = 1
	}
	p.Note(screeningNote(list, p.candidates, rounds, sum(list, p.expected)*float64(rounds), p.left()))
	return p.named("screening", list, rounds)
}

// decide is the decision between the finalists, in rounds that the screening did not
// see.
func (p *Search) decide(run *bench.Run) *bench.Scenario {
	p.stage = nil
	screening := run.Scenarios[len(run.Scenarios)-1].Scenario
	list, seconds := p.finalists(run, screening)
	if len(list) == 0 {
		p.Note("every candidate failed: there is nothing to decide")
		return nil
	}
	left := p.left()
	list = p.afford(list, seconds, left, goodRounds, leastCandidates)
	list = p.afford(list, seconds, left, 0, 2)
	s := p.scenario
	s.Strategies = list
	s.Measure.Warmup = max(1, s.Measure.Warmup)
	least := enough(len(list))
	round := sum(list, seconds)
	s.Measure.Rounds = min(max(int(left/round)-s.Measure.Warmup, least), mostRounds)
	if p.Rounds > 0 {
		s.Measure.Rounds = p.Rounds
	}
	p.Note(decisionNote(list, s.Measure.Rounds, round*float64(s.Measure.Rounds+s.Measure.Warmup), left))
	return &s
}

// enough is the fewest rounds in which so many strategies can be compared with one of
// them, and one more, since not all rounds agree.
func enough(strategies int) int { return stat.LeastRounds(strategies-1, stat.Options{}) + 1 }

// afford leaves out the least important strategies until so many rounds, and no fewer than
// decide anything, fit into the time; but it leaves least.
func (p *Search) afford(list []strategies.Choice, seconds func(strategies.Choice) float64, left float64, rounds, least int) []strategies.Choice {
	needed := func() float64 {
		return sum(list, seconds) * float64(max(rounds, enough(len(list)))+max(1, p.scenario.Measure.Warmup))
	}
	for len(list) > least && needed() > left {
		list = list[:len(list)-1]
	}
	return list
}

// screened is what a screening, or a pilot, found of one strategy.
type screened struct {
	seconds float64 // median makespan
	score   float64 // ln of the makespan, as a multiple of what all took that round: median
}

// found is what the last scenario of a run found, by strategy. One that failed in any
// trial is left out, as is one whose tasks failed more often than the error budget allows.
func found(run *bench.Run) map[string]screened {
	s := run.Scenarios[len(run.Scenarios)-1].Scenario
	makespans := map[string]map[int]float64{}
	for _, c := range s.Strategies {
		trials := run.Measured(s.Name, c.String())
		took := bench.Makespans(trials)
		failed, tasks := 0, 0
		for _, t := range trials {
			failed, tasks = failed+t.Audit.Failed, tasks+t.Audit.Done
		}
		if len(took) > 0 && len(took) == len(trials) && float64(failed) <= s.Measure.ErrorBudget*float64(tasks) {
			makespans[c.String()] = took
		}
	}
	luck := map[int]float64{} // of a round: the mean of ln(makespan)
	for _, name := range slices.Sorted(maps.Keys(makespans)) {
		for r, v := range makespans[name] {
			luck[r] += logarithm(v) / float64(len(makespans))
		}
	}
	out := map[string]screened{}
	for name, took := range makespans {
		var seconds, scores []float64
		for r, v := range took {
			seconds, scores = append(seconds, v), append(scores, logarithm(v)-luck[r])
		}
		out[name] = screened{stat.Quantiles(seconds, 0.5)[0], stat.Quantiles(scores, 0.5)[0]}
	}
	return out
}

// logarithm of a makespan; one too short to be timed counts as a nanosecond.
func logarithm(seconds float64) float64 { return math.Log(math.Max(seconds, 1e-9)) }
