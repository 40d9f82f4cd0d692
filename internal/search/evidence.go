package search

import (
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// evidence is a run's data about every strategy that was tried on the whole batch.
type evidence struct {
	results []*result // in the order in which they were first tried
	noise   float64   // standard deviation of ln(makespan) between rounds, without the round effect
}

// result is the data about one strategy.
type result struct {
	choice  strategies.Choice
	width   int
	rounds  int     // trials that did the whole batch
	failed  bool    // a trial did not do the whole batch, or the error budget was exceeded
	whole   bool    // no task of it failed, not even within the error budget
	seconds float64 // median makespan
	over    float64 // median of makespan / that of ideal list scheduling on the same latencies, 0 if unknown
	level   float64 // ln(makespan) without the round effects
}

// The noise is assumed to be priorNoise at first. Later this prior has the weight of
// priorRounds rounds.
const (
	priorNoise  = 0.05
	priorRounds = 4
)

// gather collects the evidence of all scenarios of the run that have this number of tasks.
func gather(run *results.Run, tasks int, budget float64) *evidence {
	e := &evidence{}
	counts := map[*result]*struct{ failed, tasks int }{}
	makespans := map[*result]map[round]float64{}
	over := map[*result][]float64{}
	for _, p := range run.Scenarios {
		if p.Scenario.Workload.Tasks != tasks {
			continue // a pilot
		}
		for _, c := range p.Scenario.Strategies {
			r := e.find(c)
			if r == nil {
				r = &result{choice: c, width: c.Width(tasks)}
				e.results = append(e.results, r)
				counts[r] = &struct{ failed, tasks int }{}
				makespans[r] = map[round]float64{}
			}
			trials := run.Measured(p.Scenario.Name, c.String())
			for number, seconds := range results.Makespans(trials) {
				makespans[r][round{p.Scenario.Name, number}] = seconds
			}
			for _, t := range trials {
				r.failed = r.failed || !t.Comparable()
				if t.Bound != nil && t.Bound.Greedy > 0 {
					over[r] = append(over[r], float64(t.Makespan)/float64(t.Bound.Greedy))
				}
				counts[r].failed += t.Audit.Failed
				counts[r].tasks += t.Audit.Done
			}
		}
	}
	good := map[*result]map[round]float64{}
	for _, r := range e.results {
		n := counts[r]
		r.rounds, r.whole = len(makespans[r]), n.failed == 0
		r.failed = r.failed || r.rounds == 0 || float64(n.failed) > budget*float64(n.tasks)
		if r.rounds > 0 {
			r.seconds = stat.Median(values(makespans[r]))
		}
		if len(over[r]) > 0 {
			r.over = stat.Median(over[r])
		}
		if !r.failed {
			good[r] = makespans[r]
		}
	}
	e.polish(good)
	return e
}

// round identifies a round of a scenario.
type round struct {
	scenario string
	number   int
}

// polish splits every ln(makespan) into the strategy's level, the effect of the round and a
// residual, by Tukey's median polish. This removes the effect that a round has on all
// strategies, and a stalled trial changes neither level nor round effect. Shared strategies
// connect the stages.
func (e *evidence) polish(good map[*result]map[round]float64) {
	luck := map[round]float64{}
	cells := map[round][]*result{} // in the order of e.results
	for _, r := range e.results {
		for at := range good[r] {
			cells[at] = append(cells[at], r)
		}
	}
	const sweeps = 20 // it converges in a few
	for range sweeps {
		for _, r := range e.results {
			if took := good[r]; len(took) > 0 {
				var x []float64
				for at, seconds := range took {
					x = append(x, logarithm(seconds)-luck[at])
				}
				r.level = stat.Median(x)
			}
		}
		for at, list := range cells {
			var x []float64
			for _, r := range list {
				x = append(x, logarithm(good[r][at])-r.level)
			}
			luck[at] = stat.Median(x)
		}
	}
	squares, count := 0.0, 0
	for r, took := range good {
		for at, seconds := range took {
			rest := logarithm(seconds) - r.level - luck[at]
			squares += rest * rest
			count++
		}
	}
	free := float64(max(0, count-len(good)-len(cells)+1))
	if free == 0 {
		squares = 0 // no degrees of freedom are left
	}
	e.noise = math.Sqrt((priorRounds*priorNoise*priorNoise + squares) / (priorRounds + free))
}

func values(m map[round]float64) (out []float64) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// logarithm of a makespan. A makespan too short to be timed counts as a nanosecond.
func logarithm(seconds float64) float64 { return math.Log(math.Max(seconds, 1e-9)) }

// find returns the result of a strategy, nil if it was not tried.
func (e *evidence) find(c strategies.Choice) *result {
	for _, r := range e.results {
		if r.choice.String() == c.String() {
			return r
		}
	}
	return nil
}

// working are the strategies that did their work, the best first.
func (e *evidence) working() []*result {
	list := slices.DeleteFunc(slices.Clone(e.results), func(r *result) bool { return r.failed })
	slices.SortStableFunc(list, func(a, b *result) int {
		switch {
		case a.level < b.level:
			return -1
		case a.level > b.level:
			return 1
		}
		return a.width - b.width
	})
	return list
}

// contends reports whether a strategy may be within the tolerance of the best according to
// the rounds so far, allowing for two standard errors.
func (e *evidence) contends(r, best *result, tolerance float64) bool {
	if r == best {
		return true
	}
	luck := 2 * e.noise * math.Sqrt(1/float64(r.rounds)+1/float64(best.rounds))
	return r.level-best.level <= math.Log1p(tolerance)+luck
}

// lowest is the working strategy with the lowest limit or, with i = 1, the next with at
// least twice that limit; nil if there is none.
func (e *evidence) lowest(i int) (low *result) {
	least := 0
	if i > 0 {
		if r := e.lowest(i - 1); r != nil {
			least = 2 * r.width
		}
	}
	for _, r := range e.working() {
		if r.width >= least && (low == nil || r.width < low.width) {
			low = r
		}
	}
	return low
}

// below is the evidence about limits up to the given one, nil if none of them works.
func (e *evidence) below(limit int) *evidence {
	out := &evidence{noise: e.noise, results: slices.DeleteFunc(slices.Clone(e.results), func(r *result) bool { return r.width > limit })}
	if len(out.working()) == 0 {
		return nil
	}
	return out
}
