package scenario

import (
	"runtime"
	"slices"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// Estimate returns the number of trials of the scenarios, and about how long they take, as
// far as that is known in advance. It expects a trial to take as long as greedy list
// scheduling of its tasks, twice that and the start of a process if each trial has a new
// one, and the minimum number of rounds with until or warmup: auto. It does not know faults,
// or how long a foreign server takes. isolated means that strategies have their own
// processes.
func Estimate(scenarios []Scenario, isolated bool) (trials int, d time.Duration) {
	for _, s := range scenarios {
		s = s.Resolved(isolated)
		warmups, rounds := s.Measure.Planned()
		tasks := s.Foreseen()
		for i := range s.Strategies {
			trials += warmups + rounds
			each := s.Expected(tasks, i)
			d += time.Duration(warmups+rounds)*each + time.Duration(rounds)*s.Renewal(each)
		}
	}
	return trials, d
}

const (
	// TrialOverhead is about what a trial takes besides its makespan: to start, and to read
	// and write its records. It is 10 ms if the disk is fast.
	TrialOverhead = 30 * time.Millisecond
	// unknown is the expected time of a trial about which nothing is known.
	unknown = time.Second
	// workTime is about what a nanosecond of work takes; see cpuWork.
	workTime = 1.3
)

// Foreseen returns about how long the tasks of the first round take, nil if unknown.
func (s Scenario) Foreseen() []time.Duration {
	if s.Workload.Arrivals != nil {
		return nil
	}
	return s.ForeseenIn(1)
}

// ForeseenIn returns about how long the tasks of a round take, nil if unknown: the injected latencies
// or, of CPU work, an estimate.
func (s Scenario) ForeseenIn(round int) []time.Duration {
	if s.Target.CPU == nil {
		return s.Latencies(round)
	}
	out := make([]time.Duration, s.TaskCount(round))
	for i := range out {
		out[i] = time.Duration(workTime * float64(s.Target.CPU.At(s.Measure.Seed, round, i)))
	}
	return out
}

// ForeseenAt returns the quantile function of those times, nil if it is unknown or if the
// times of neighbouring tasks depend on each other.
func (s Scenario) ForeseenAt() func(u float64) time.Duration {
	var from latency.Latency
	factor := 1.0
	switch m := s.Target.Mock; {
	case m != nil && len(m.Routes) == 0 && !slices.ContainsFunc(m.Faults, func(f config.Fault) bool { return f.Kind != config.FaultRateLimit }):
		from = m.Latency
	case s.Target.Sleep != nil:
		from = *s.Target.Sleep
	case s.Target.CPU != nil:
		from, factor = *s.Target.CPU, workTime
	default:
		return nil
	}
	if from.Correlated() {
		return nil
	}
	return func(u float64) time.Duration { return time.Duration(factor * float64(from.Quantile(u))) }
}

// Expected returns about how long a strategy's trial takes, if its tasks take that long.
func (s Scenario) Expected(tasks []time.Duration, strategy int) time.Duration {
	if a := s.Workload.Arrivals; a != nil {
		return TrialOverhead + a.Warmup + a.For
	}
	if tasks == nil {
		return unknown
	}
	width := s.atOnce(strategy)
	if s.Target.CPU != nil {
		width = min(width, runtime.GOMAXPROCS(0))
	}
	return TrialOverhead + NewBound(tasks, width).Greedy
}

// Expectation returns a function that returns how long a trial of a strategy should take:
// greedy list scheduling of the latencies of the first round at its width. It is nil if they
// are not known in advance, or if the time depends on more.
func (s Scenario) Expectation() func(c strategies.Choice) time.Duration {
	latencies := s.Latencies(1)
	at := func(c strategies.Choice) *Bound {
		s.Strategies = []strategies.Choice{c}
		return s.Bound(latencies, 0)
	}
	if at(strategies.Choice{}) == nil {
		return nil
	}
	return func(c strategies.Choice) time.Duration { return at(c).Greedy }
}
