package predict

import (
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Least says how long a batch takes at least, so that a strategy that another one beats by that
// time need not be measured. Tasks cost nothing beyond their own time.
type Least struct {
	scenario scenario.Scenario
	cpus     int
	stated   *stated                     // nil if the times of tasks have to be measured
	found    map[string][2]time.Duration // the least and the median of draws
}

// Of so many batches, this part may take less than what is called the least.
const (
	leastDraws = 100
	leastLuck  = 0.025
)

// NewLeast is of a scenario's batch on so many processors. How long CPU work takes is stated for no
// machine, so it counts as unknown.
func NewLeast(s scenario.Scenario, cpus int) *Least {
	l := &Least{scenario: s, cpus: cpus, found: map[string][2]time.Duration{}}
	if at := s.ForeseenAt(); at != nil && s.Target.CPU == nil && situation(s) == nil {
		l.stated = newStated(func(u float64) time.Duration { return min(at(u), s.Workload.Timeout) })
	}
	return l
}

// Stated reports whether the scenario states how long tasks take.
func (l *Least) Stated() bool { return l.stated != nil }

// Of is how long a strategy's batch takes at least, false if no model is known to hold for it. With
// stated times, only one batch in forty takes less. Otherwise a task takes at least the given time
// on average, and no place of the limit ever idles.
func (l *Least) Of(c strategies.Choice, task time.Duration) (time.Duration, bool) {
	n := l.scenario.Workload.Tasks
	if !l.Stated() {
		if refusal(c) != nil || kindOf(c) == events {
			return 0, false
		}
		places := c.Width(n)
		if l.scenario.Target.CPU != nil {
			places = min(places, l.cpus)
		}
		return time.Duration(float64(task) * float64(n) / float64(max(1, places))), true
	}
	found, ok := l.of(c)
	return found[0], ok
}

// Typical is the median makespan of a strategy's batch by the same model, false if the scenario
// does not state the times of tasks, or no model holds.
func (l *Least) Typical(c strategies.Choice) (time.Duration, bool) {
	if !l.Stated() {
		return 0, false
	}
	found, ok := l.of(c)
	return found[1], ok
}

// of draws batches with stated times.
func (l *Least) of(c strategies.Choice) (found [2]time.Duration, ok bool) {
	if found, ok = l.found[c.String()]; ok {
		return found, true
	}
	m, err := NewModel(l.scenario, c, l.cpus, false)
	if err != nil || kindOf(c) == events {
		return found, false
	}
	// Every strategy has the same draws, so that chance favours none.
	batch := calibrated{Model: m, known: true, from: l.stated.table}
	luck := batch.luckOf(l.scenario.Workload.Tasks, l.scenario.Measure.Seed, leastDraws)
	q := stat.Quantiles(luck, leastLuck, 0.5)
	found = [2]time.Duration{time.Duration(q[0]), time.Duration(q[1])}
	l.found[c.String()] = found
	return found, true
}
