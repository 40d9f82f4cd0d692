package scenario

import (
	"runtime"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Estimate is how many trials the scenarios take, and about how long, as far as that is
// known beforehand: a trial as long as greedy list scheduling of its tasks, twice that and
// the start of a process where each has a new one, and with until or warmup: auto the
// fewest rounds. It knows nothing of faults, nor of how long a server takes that is not
// ours. isolated says that strategies have processes of their own.
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
	// TrialOverhead is about what a trial takes besides its makespan: to be started, and
	// for its records to be read and written. It is 10 ms where the disk is fast.
	TrialOverhead = 30 * time.Millisecond
	// unknown stands for the trial of a batch of which nothing is known.
	unknown = time.Second
	// workTime is about what a nanosecond of work takes; see cpuWork.
	workTime = 1.3
)

// Foreseen is about how long the tasks of a round take, nil where that is not known.
func (s Scenario) Foreseen() []time.Duration {
	if s.Workload.Arrivals != nil {
		return nil
	}
	if s.Target.CPU == nil {
		return s.Latencies(1)
	}
	out := make([]time.Duration, s.Workload.Tasks)
	for i := range out {
		out[i] = time.Duration(workTime * float64(s.Target.CPU.At(s.Measure.Seed, 1, i)))
	}
	return out
}

// Expected is about how long a strategy's trial takes, if its tasks take that long.
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

// Expectation returns what tells how long a trial of a strategy should take: what the
// latencies of the first round do at its width (greedy list scheduling). It is nil where
// they are not known beforehand, or are not all that the time depends on.
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
