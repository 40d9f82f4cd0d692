package search

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// A strategy is left out without measuring if the least that its batch can take (predict.Least)
// exceeds what the best one takes by more than the tolerance and two standard errors.
//
// Where the scenario states the latencies, no batch can beat that. Elsewhere the least follows from
// the least mean time of a task at any limit. It may not hold for others: tasks at higher limits
// may have waited in the server, set up more connections, or been served in groups. So the
// prediction is checked: a limit is only left out if a measured one between it and the best is
// slower than the best. Then the makespan rises towards it.

const (
	// firstLook takes strategies whose least is up to this multiple of the least of all. It is
	// a little more than 2, the step between limits.
	firstLook = 2.02
	// clearly is the multiple of the best's time that leaves out a strategy that the scenario
	// names. Whoever names it expects to see it, unless that is a waste of time.
	clearly = 2
)

// observe updates the least mean time of a task from the trials since the last call. Of a
// whole batch it takes the low end of the mean's 95% interval; a pilot has too few tasks for
// one, so its mean counts. Trials that failed say nothing about tasks that succeed.
func (p *Search) observe(run *results.Run) {
	trials := run.Trials[p.observed:]
	p.observed = len(run.Trials)
	if p.least.Stated() || p.Only != nil || p.All || p.stage == deciding {
		return
	}
	for _, t := range trials {
		failed := float64(t.Audit.Failed) > p.scenario.Measure.ErrorBudget*float64(t.Audit.Done)
		if failed || !t.Comparable() || !plain(t.Strategy) {
			continue
		}
		records, err := p.Records(run, t)
		if err != nil || len(records) == 0 {
			p.blind = true // the least of all is unknown without them
			p.Note("nothing is left out by prediction, because the times of tasks cannot be read")
			return
		}
		took := make([]float64, len(records))
		for i, r := range records {
			took[i] = float64(r.End - r.Start)
		}
		d := stat.Describe(took)
		low := time.Duration(d.Mean)
		if d.N >= p.scenario.Workload.Tasks && d.N > 1 {
			low = time.Duration(max(0, d.Mean-2*d.Deviation/math.Sqrt(float64(d.N))))
		}
		if p.task == 0 || low < p.task {
			p.task = low
		}
	}
}

// firstLooked are the candidates for the first screening: before anything was measured, those
// that are not predicted to take more than twice as long as the best could.
func (p *Search) firstLooked() (list []strategies.Choice) {
	if p.Only != nil || p.All {
		return p.candidates
	}
	least := func(c strategies.Choice) float64 {
		if v, ok := p.least.Of(c, time.Second); ok { // without stated times only the limit matters
			return float64(v)
		}
		return 0
	}
	best := math.Inf(1)
	for _, c := range p.candidates {
		if v := least(c); v > 0 {
			best = min(best, v)
		}
	}
	p.waiting = nil
	for _, c := range p.candidates {
		if least(c) <= firstLook*best {
			list = append(list, c)
		} else {
			p.waiting = append(p.waiting, c)
		}
	}
	return list
}

// bar is the best strategy of those whose tasks all succeeded, nil if there is none: failed
// tasks may end early, and a slower strategy without them wins.
func (e *evidence) bar() *result {
	for _, r := range e.working() {
		if r.whole {
			return r
		}
	}
	return nil
}

// takes is how long a strategy's batch takes, in seconds: as measured or, where the latencies are
// known, with typical ones instead of those of the rounds that were measured.
func (p *Search) takes(r *result) float64 {
	if typical, ok := p.least.Typical(r.choice); ok && r.over > 0 {
		return r.over * typical.Seconds()
	}
	return r.seconds
}

// beaten reports whether the least of a strategy exceeds what the best one took.
func (p *Search) beaten(e *evidence, c strategies.Choice) bool {
	best := e.bar()
	if p.Only != nil || p.All || p.blind || best == nil {
		return false
	}
	over := (1 + p.Tolerance) * math.Exp(2*e.noise/math.Sqrt(float64(best.rounds)))
	if contains(p.scenario.Strategies, c) {
		over = max(over, clearly)
	}
	if _, ok := p.least.Of(c, p.task); !ok {
		return false
	}
	// No other way to keep a limit takes less than a pool.
	least, ok := p.least.Of(pool(c.Width(p.scenario.Workload.Tasks)), p.task)
	return ok && least.Seconds() > over*p.takes(best)
}

// confirmed reports whether the prediction that a limit is beaten is proven or was checked: the
// next higher limit that was measured was slower than the best, which is higher still.
func (p *Search) confirmed(e *evidence, limit int) bool {
	if p.least.Stated() {
		return true
	}
	best := e.bar()
	var next *result
	for _, r := range e.working() {
		if limits(r) && r.width > limit && (next == nil || r.width < next.width) {
			next = r
		}
	}
	return next != nil && next.width < best.width && !e.contends(next, best, p.Tolerance)
}

// hopeless strategies are not measured.
func (p *Search) hopeless(e *evidence, c strategies.Choice) bool {
	return p.beaten(e, c) && p.confirmed(e, c.Width(p.scenario.Workload.Tasks))
}

// rest are the candidates that the first look did without and that are not left out, the highest
// limits first. Of those that are predicted to be beaten but not confirmed, it has the highest
// limit, as the check.
func (p *Search) rest(e *evidence) (list []strategies.Choice) {
	if p.Only != nil || p.All {
		return nil
	}
	n := p.scenario.Workload.Tasks
	byLimit := slices.Clone(p.waiting)
	slices.SortStableFunc(byLimit, func(a, b strategies.Choice) int { return b.Width(n) - a.Width(n) })
	checking := false
	for _, c := range byLimit {
		if e.find(c) != nil || p.hopeless(e, c) {
			continue
		}
		if !p.beaten(e, c) {
			list = append(list, c)
		} else if !checking {
			list = append(list, c)
			checking = plain(c.String())
		}
	}
	return list
}

// without are the candidates that are left out by the evidence so far.
func (p *Search) without(e *evidence) (list []strategies.Choice) {
	for _, c := range p.candidates {
		if e.find(c) == nil && p.hopeless(e, c) {
			list = append(list, c)
		}
	}
	return list
}

// leftOut says what is left out by the evidence so far, nil for nothing.
func (p *Search) leftOut(e *evidence) *scenario.LeftOut {
	best := e.bar()
	if best == nil {
		return nil
	}
	out := &scenario.LeftOut{Best: best.choice.String(), Takes: time.Duration(p.takes(best) * float64(time.Second))}
	for _, c := range p.without(e) {
		out.Strategies = append(out.Strategies, c.String())
	}
	// The higher a limit, the less its least.
	out.Limit = sort.Search(p.scenario.Workload.Tasks, func(i int) bool { return !p.hopeless(e, pool(i+1)) })
	if out.Limit == 0 {
		return nil
	}
	out.Least, _ = p.least.Of(pool(out.Limit), p.task)
	if !p.least.Stated() {
		out.Task = p.task
	}
	return out
}

// more is the rest of the first screening, on the same latencies: the candidates that may
// still win, as far as the time for it allows, but until three candidates work. It is nil if there
// are none.
func (p *Search) more(e *evidence) *scenario.Scenario {
	cost := p.costs(e)
	rest := p.rest(e)
	open := 0 // may win
	for _, c := range rest {
		if !p.beaten(e, c) {
			open++
		}
	}
	left := lookShare*p.Time.Seconds() - p.spent()
	if e.working()[0] == e.lowest(0) { // a server that slows down has taken that time
		left = max(left, min(lookShare*p.left(), screeningShare*p.Time.Seconds()-p.spent()))
	}
	list := cheapest(rest, cost, left, max(0, min(open, leastCandidates-len(e.working()))))
	list = cheapest(list, cost, lookShare*p.left(), 0)
	if len(list) == 0 {
		if p.refined == 0 {
			p.saved = sum(cheapest(p.without(e), cost, left, 0), cost)
		}
		return nil
	}
	p.Note(fmt.Sprintf("screening: %s that may still be the best, about %.0f s", counted(len(list), "candidate"), sum(list, cost)))
	return p.screenAgain(p.looked, "screening", list, 1)
}

// back screens what was left out because of strategies that failed in the decision: the untried
// candidates with limits up to half of theirs. It is nil if there are none.
func (p *Search) back(e *evidence, half int) *scenario.Scenario {
	var list []strategies.Choice
	for _, c := range p.candidates {
		if c.Width(p.scenario.Workload.Tasks) <= half && e.find(c) == nil {
			list = append(list, c)
		}
	}
	if p.Only != nil || p.All || len(list) == 0 || e.below(half) != nil {
		return nil
	}
	cost := p.costs(e)
	list = cheapest(list, cost, lookShare*p.left(), 1)
	p.Note(fmt.Sprintf("screening: %s that had been left out, about %.0f s", counted(len(list), "candidate"), sum(list, cost)))
	p.half, p.stage = half, screening
	return p.screen("screening", list, 1)
}

// sayLeftOut notes what is left out, when that changes.
func (p *Search) sayLeftOut(e *evidence) {
	out := p.leftOut(e)
	if out == nil || out.Limit == p.saidLimit {
		return
	}
	p.saidLimit = out.Limit
	p.Note(fmt.Sprintf("left out without measuring: limits up to %d, which take at least %v; %s takes %v",
		out.Limit, out.Least.Round(out.Least/1000+1), out.Best, out.Takes.Round(out.Takes/1000+1)))
}
