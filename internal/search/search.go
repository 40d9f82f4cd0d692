package search

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/strategies"
)

// Options say what to search for, and how long it may take.
type Options struct {
	Only      []strategies.Choice // the candidates; nil means the usual ones and the scenario's
	Time      time.Duration       // time budget for all rounds together
	Tolerance float64             // how much slower than the fastest an advice may be, 0..1
	Rounds    int                 // of the decision, after a single look; 0 means as many as the time allows
	CPUs      int                 // of this machine
	Slots     int                 // requests that the target is known to serve at once; 0 means unknown
	RateLimit float64             // requests per second that the target is known to accept; 0 means unknown
	Note      func(text string)   // receives the next step and its expected time; may be nil
	Now       func() time.Time    // the clock; nil means time.Now
	All       bool                // leave no candidate out by prediction
	// Records reads how long each task of a trial took; nil means from the run directory.
	Records func(run *results.Run, t results.Trial) ([]strategies.Record, error)
}

// DefaultTime and DefaultTolerance suit most cases: a limit a quarter as high is worth 5%.
const (
	DefaultTime      = 2 * time.Minute
	DefaultTolerance = 0.05
)

// Search is the plan of one measurement.
type Search struct {
	Options
	scenario scenario.Scenario
	began    time.Time

	candidates []strategies.Choice
	known      func(strategies.Choice) float64 // seconds per trial according to the latencies; nil if they are unknown
	service    float64                         // seconds per task while few run; 0 means not known yet
	overhead   float64                         // seconds per trial in addition to its makespan

	least    *predict.Least
	task     time.Duration       // the least mean time of a task that a limit showed; 0 if none did
	observed int                 // trials that task is from
	waiting  []strategies.Choice // candidates that the first look did without
	blind    bool                // the records of a trial could not be read

	saved     float64 // seconds of the first screening that leaving out saved: they are the decision's
	saidLimit int     // the highest limit that was noted as left out

	pilot      strategies.Choice // of the last pilot
	screenings int               // number of screening scenarios so far
	looked     int               // number of the first look
	names      map[string]int    // number of screenings by kind
	refined    int               // number of refining screenings
	decisions  int
	half       int // half of the limits that failed in the last decision, while candidates up to it are screened; 0 otherwise

	stage stage // what is being measured
}

// The division of the time.
const (
	// lookShare is the maximum share of the remaining time for the look. screeningShare is
	// the share of the total time that has passed when the decision begins: the decision
	// needs the rounds.
	lookShare      = 0.25
	screeningShare = 0.5
	// leastCandidates is the minimum for a look, regardless of their time.
	leastCandidates = 3
	// enoughScreening rounds of the candidates near the best are enough to choose finalists.
	enoughScreening = 5
	// mostRefined is the maximum number of refining screenings: each narrows a gap to a quarter.
	mostRefined = 4
	// goodRounds is the number of rounds that takes precedence over more finalists.
	goodRounds = 20
	// mostRounds is the maximum for the decision. More would narrow the intervals below the
	// stability of machines.
	mostRounds = 50
	// mostDecisions is the maximum if candidates that worked in the screening fail in the decision.
	mostDecisions = 5
	// While nothing works, trials continue up to this multiple of the time.
	mostOver = 3
	// A pilot has this many tasks, at once if the target permits. They end soon and put
	// little load on a server that may not be ours.
	pilotTasks = 8
)

// stage is the current stage of a search.
type stage int

const (
	piloting  stage = iota + 1 // measures how long a task takes
	screening                  // chooses candidates for the decision
	deciding                   // decides between the finalists
)

// New plans a search for the best way to do the scenario's batch. The scenario's strategies
// become candidates, its assertions are ignored, and the number of rounds depends on the
// time.
func New(s scenario.Scenario, o Options) *Search {
	p := &Search{Options: o, scenario: s, overhead: scenario.TrialOverhead.Seconds(), names: map[string]int{}}
	if p.Note == nil {
		p.Note = func(string) {}
	}
	if p.Now == nil {
		p.Now = time.Now
	}
	p.scenario.Assert = nil
	p.scenario.Measure.Until, p.scenario.Measure.AutoWarmup = 0, false
	p.scenario.Measure.Margin = o.Tolerance
	if p.Records == nil {
		p.Records = (*results.Run).Records
	}
	p.least = predict.NewLeast(s, o.CPUs)
	if at := s.Expectation(); at != nil {
		p.known = func(c strategies.Choice) float64 { return at(c).Seconds() }
		for _, l := range s.Latencies(1) {
			p.service += l.Seconds() / float64(s.Workload.Tasks)
		}
	}
	return p
}

// First is the first scenario to measure.
func (p *Search) First() scenario.Scenario {
	p.began = p.Now()
	if p.known != nil {
		return *p.look()
	}
	width := pilotTasks
	if p.scenario.Target.CPU != nil {
		width = p.CPUs
	}
	return *p.holdPilot(min(width, p.scenario.Workload.Tasks))
}

// Next returns the next scenario to measure, nil at the end. It is for bench.Options.Next.
func (p *Search) Next(run *results.Run) *scenario.Scenario {
	p.clock(run)
	p.observe(run)
	switch p.stage {
	case piloting:
		return p.afterPilot(run)
	case screening:
		return p.refine(run)
	case deciding:
		return p.afterDecision(run)
	}
	return nil
}

// clock updates the overhead of a trial from the run.
func (p *Search) clock(run *results.Run) {
	spent := p.spent()
	for _, t := range run.Trials {
		spent -= t.Makespan.Seconds()
	}
	if n := len(run.Trials); n > 0 {
		p.overhead = max(0, spent/float64(n))
	}
}

// spent and left are seconds.
func (p *Search) spent() float64 { return p.Now().Sub(p.began).Seconds() }
func (p *Search) left() float64  { return p.Time.Seconds() - p.spent() }

// screen is a screening scenario. Its latencies come from a different seed, so that no other
// scenario has them.
func (p *Search) screen(what string, list []strategies.Choice, rounds int) *scenario.Scenario {
	p.screenings++
	return p.screenAgain(p.screenings, what, list, rounds)
}

// screenAgain has the latencies of the screening of this number.
func (p *Search) screenAgain(number int, what string, list []strategies.Choice, rounds int) *scenario.Scenario {
	p.names[what]++
	s := p.scenario
	const longest = 60 // bytes, so that the whole name is not too long
	s.Name = s.Name[:min(len(s.Name), longest)] + "-" + what
	if n := p.names[what]; n > 1 {
		s.Name += fmt.Sprint(n)
	}
	s.Strategies = list
	s.Measure.Rounds, s.Measure.Warmup, s.Measure.Screening = rounds, 0, true
	s.Measure.Seed += uint64(number)
	if m := s.Target.Mock; m != nil && m.Seed != 0 {
		other := *m
		other.Seed += uint64(number)
		s.Target.Mock = &other
	}
	return &s
}

// holdPilot returns a pilot: a few tasks at the given limit, which show how long one takes.
func (p *Search) holdPilot(limit int) *scenario.Scenario {
	p.pilot = pool(limit)
	s := p.screen("pilot", []strategies.Choice{p.pilot}, 1)
	s.Workload.Tasks = min(s.Workload.Tasks, pilotTasks)
	if len(s.Target.URLs) > 0 {
		s.Target.URLs = s.Target.URLs[:s.Workload.Tasks]
	}
	s.Workload.Panics = nil // the pilot may not include these tasks
	p.stage = piloting
	p.Note(fmt.Sprintf("pilot: %s, %d at once, because the time per task is unknown", counted(s.Workload.Tasks, "task"), limit))
	return s
}

// afterPilot is a pilot of half the limit if the last one failed, otherwise the look.
func (p *Search) afterPilot(run *results.Run) *scenario.Scenario {
	s := run.Scenarios[len(run.Scenarios)-1].Scenario
	n := s.Workload.Tasks
	limit := p.pilot.Width(n)
	r := gather(run, n, s.Measure.ErrorBudget).find(p.pilot)
	if r.failed && limit > 1 {
		return p.holdPilot(limit / 2)
	}
	if r.rounds > 0 { // if all failed, the time of the failed batch is the only information
		p.service = r.seconds / math.Ceil(float64(n)/float64(limit))
	}
	return p.look()
}

// capacity is the number of tasks that the target is known to do at once, 0 if unknown. By
// Little's law a limit of w sends w/service requests per second. A batch of at most a
// second's worth of the rate may pass at once, so its capacity is unknown.
func (p *Search) capacity() int {
	c := p.Slots
	if n := float64(p.scenario.Workload.Tasks); p.RateLimit > 0 && n > p.RateLimit && p.service > 0 {
		allowed := max(1, int(math.Round(p.RateLimit*p.service)))
		if c == 0 || allowed < c {
			c = allowed
		}
	}
	return c
}

// look is one round of the candidates of the first look, as many as there is time for, the
// quickest first.
func (p *Search) look() *scenario.Scenario {
	p.candidates = p.Only
	if p.candidates == nil {
		p.candidates = candidates(p.scenario, p.CPUs, p.capacity())
	}
	seconds := p.costs(&evidence{})
	fit := p.firstLooked()
	list := cheapest(fit, seconds, lookShare*p.left(), leastCandidates)
	list = cheapest(list, seconds, p.left(), 1)
	text := fmt.Sprintf("screening: %s, about %.0f s; then more rounds of the leading ones, until %.0f s have passed", counted(len(list), "candidate"), sum(list, seconds), p.Time.Seconds())
	if n := len(p.candidates) - len(fit); n > 0 {
		text += fmt.Sprintf(" (%d more only if these take longer than predicted)", n)
	}
	if n := len(fit) - len(list); n > 0 {
		text += fmt.Sprintf(" (the slowest %d are postponed until there is reason to try them)", n)
	}
	p.Note(text)
	p.stage = screening
	p.looked = p.screenings + 1
	return p.screen("screening", list, 1)
}

// costs returns a function for the expected time of a strategy's trial, in seconds. It uses
// measured times first. An unmeasured limit takes no longer than a lower measured one. Below
// all measured limits it takes longer, by a power law in the number of waves. The exponent is
// the mean of 1 (proportional) and of the slope between the two lowest measured limits, because
// all limits may perform alike.
func (p *Search) costs(e *evidence) func(strategies.Choice) float64 {
	n := p.scenario.Workload.Tasks
	waves := func(width int) float64 {
		if p.scenario.Target.CPU != nil {
			width = min(width, p.CPUs)
		}
		return math.Ceil(float64(n) / float64(max(width, 1)))
	}
	slope := 1.0
	if low, next := e.lowest(0), e.lowest(1); low != nil && next != nil {
		slope = min(max(math.Log(low.seconds/next.seconds)/math.Log(waves(low.width)/waves(next.width)), 0), 1)
		if math.IsNaN(slope) {
			slope = 1
		}
	}
	return func(c strategies.Choice) float64 {
		if r := e.find(c); r != nil && r.rounds > 0 {
			return r.seconds + p.overhead
		}
		width, most := c.Width(n), math.Inf(1)
		for _, r := range e.results {
			if !r.failed {
				most = min(most, r.seconds*math.Pow(max(1, waves(width)/waves(r.width)), (1+slope)/2))
			}
		}
		switch {
		case p.known != nil:
			most = min(most, p.known(c))
		case math.IsInf(most, 1):
			most = p.service * waves(width)
		}
		return most + p.overhead
	}
}

// gathered is the evidence about the whole batch.
func (p *Search) gathered(run *results.Run) *evidence {
	return gather(run, p.scenario.Workload.Tasks, p.scenario.Measure.ErrorBudget)
}

// refine returns the next screening: lower limits if nothing works yet, otherwise more rounds
// of the contenders, and limits in between. It returns the decision when the contenders are
// known well enough or the time for it has come.
func (p *Search) refine(run *results.Run) *scenario.Scenario {
	e := p.gathered(run)
	if half := p.half; half > 0 {
		p.half = 0
		return p.descend(e, half)
	}
	if len(e.working()) == 0 {
		return p.lower(e)
	}
	p.sayLeftOut(e)
	if more := p.more(e); more != nil {
		return more
	}
	if p.Rounds > 0 || p.refined == mostRefined {
		return p.decide(e)
	}
	budget := screeningShare*p.Time.Seconds() - p.spent() - p.saved
	seconds := p.costs(e)
	contenders, between := p.near(e)
	least := min(2, len(contenders)) // the best and the lowest, which connect this stage to the others
	list := first(slices.Concat(contenders[:least], between, contenders[least:]), seconds, budget, least)
	if len(list) == least && len(between) > 0 { // even alone, a new limit shows whether it works
		list = first(between, seconds, budget, 0)
	}
	rounds, fresh, held := 0, 0, enoughScreening
	if len(list) > 0 {
		rounds = int(budget / sum(list, seconds))
	}
	for _, c := range list {
		if r := e.find(c); r != nil {
			held = min(held, r.rounds)
		} else {
			fresh++
		}
	}
	if fresh == 0 {
		rounds = min(rounds, enoughScreening-held)
	}
	if rounds < 1 || len(list) == 0 || fresh == 0 && len(list) < 2 {
		return p.decide(e)
	}
	p.refined++
	rounds = min(rounds, max(1, enoughScreening/2))
	p.Note(fmt.Sprintf("refinement: %s near the best (%d new), %s, about %.0f s", counted(len(list), "candidate"), fresh, counted(rounds, "round"), sum(list, seconds)*float64(rounds)))
	return p.screen("refinement", list, rounds)
}

// lower tries the next lower limit if all tried ones failed, and what was not tried of higher
// ones. It is nil at the end.
func (p *Search) lower(e *evidence) *scenario.Scenario {
	n := p.scenario.Workload.Tasks
	least := n + 1
	for _, r := range e.results {
		least = min(least, r.width)
	}
	var next []strategies.Choice // the widest untried ones below
	for _, c := range p.candidates {
		if w := c.Width(n); w < least && (len(next) == 0 || w > next[0].Width(n)) {
			next = []strategies.Choice{c}
		}
	}
	if half := least / 2; p.Only == nil && half >= 1 && (len(next) == 0 || next[0].Width(n) < half) {
		next = []strategies.Choice{pool(half)}
	}
	for _, c := range p.candidates {
		if c.Width(n) >= least && e.find(c) == nil {
			next = append(next, c)
		}
	}
	if len(next) == 0 {
		p.Note("every candidate failed; nothing to decide")
		return nil
	}
	took, what := sum(next, p.costs(e)), next[0].String()
	if more := len(next) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	if over := mostOver * p.Time.Seconds(); p.spent()+took > over {
		p.Note(fmt.Sprintf("every tried candidate failed, and a trial of %s would take about %.0f s: set --time higher than that", what, took))
		return nil
	}
	p.Note(fmt.Sprintf("every tried candidate failed; next: %s, about %.0f s", what, took))
	p.stage = screening
	return p.screen("screening", next, 1)
}

// decide is the decision between the finalists, in rounds separate from the screenings.
func (p *Search) decide(e *evidence) *scenario.Scenario {
	p.decisions++
	p.stage = deciding
	list := p.finalists(e)
	seconds := p.renewing(list, p.costs(e))
	left := p.left()
	warmup := max(1, p.scenario.Measure.Warmup)
	needed := func(rounds int) float64 { return left / float64(rounds+warmup) }
	list = first(list, seconds, needed(max(goodRounds, enough(len(list)))), min(leastFinalists, len(list)))
	for len(list) > 2 && sum(list, seconds) > needed(enough(len(list))) {
		list = list[:len(list)-1]
	}
	if len(list) == 2 && sum(list, seconds) > left {
		list = list[:1]
	}
	if more := p.anotherWay(list); more != nil && sum(list, seconds)+seconds(*more) <= needed(max(goodRounds/2, enough(len(list)+1))) {
		list = append(list, *more)
	}
	s := p.scenario
	s.Measure.LeftOut = p.leftOut(e)
	if p.decisions > 1 {
		s.Name = s.Name[:min(len(s.Name), 60)] + fmt.Sprintf("-again%d", p.decisions)
	}
	s.Strategies = list
	s.Measure.Warmup = warmup
	round := sum(list, seconds)
	s.Measure.Rounds = min(int(left/round)-warmup, mostRounds)
	if s.Measure.Rounds < enough(len(list)) { // no time to warm up
		s.Measure.Warmup = 0
		s.Measure.Rounds = max(1, min(int(left/round), enough(len(list))))
	}
	if p.Rounds > 0 {
		s.Measure.Rounds, s.Measure.Warmup = p.Rounds, warmup
	}
	p.Note(decisionNote(list, s.Measure.Rounds, round*float64(s.Measure.Rounds+s.Measure.Warmup), left))
	return &s
}

// renewing adds the start of a new process to the expected time of a trial, if a decision
// between the finalists has a new process for every measured trial. Screenings keep their
// processes.
func (p *Search) renewing(finalists []strategies.Choice, seconds func(strategies.Choice) float64) func(strategies.Choice) float64 {
	decision := p.scenario
	decision.Strategies = finalists
	renewal := decision.Resolved(true).Renewal
	return func(c strategies.Choice) float64 {
		v := seconds(c)
		return v + renewal(time.Duration(v*float64(time.Second))).Seconds()
	}
}

// afterDecision ends the search unless all finalists failed. In that case the finalists were
// close to what the target refuses: the failed decision becomes a screening, and lower
// limits are tried.
func (p *Search) afterDecision(run *results.Run) *scenario.Scenario {
	last := &run.Scenarios[len(run.Scenarios)-1].Scenario
	of := gather(&results.Run{Manifest: results.Manifest{Scenarios: run.Scenarios[len(run.Scenarios)-1:]}, Trials: run.Trials}, last.Workload.Tasks, last.Measure.ErrorBudget)
	if len(of.working()) > 0 || p.decisions == mostDecisions {
		return nil
	}
	e := p.gathered(run)
	p.Note("all finalists failed: the search continues with lower limits")
	half := of.results[0].width
	for _, r := range of.results {
		half = min(half, r.width/2)
	}
	next := p.back(e, half)
	if next == nil {
		next = p.descend(e, half)
	}
	if next != nil {
		last.Measure.Screening = true
	}
	return next
}

// descend decides between limits up to half of those that failed in a decision, or between what
// else works. If nothing does, it tries lower limits.
func (p *Search) descend(e *evidence, half int) *scenario.Scenario {
	switch {
	case e.below(half) != nil:
		return p.decide(e.below(half))
	case len(e.working()) > 0:
		return p.decide(e)
	}
	return p.lower(e)
}

// enough is the minimum number of rounds for comparing this many strategies with one of them,
// plus one, because not all rounds agree.
func enough(strategies int) int { return stat.LeastRounds(strategies-1, stat.Options{}) + 1 }
