package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// schedule decides, from the trials so far, whether a scenario has another round. It has no
// clock and draws nothing: a round's order follows from the seed and its number.
type schedule struct {
	scenario scenario.Scenario
	shard    results.Shard
	warmups  int  // held or begun
	warm     bool // the warm-up is over
	rounds   int  // the last measured round held or begun
	looks    []int
	warnings []string
}

func newSchedule(s scenario.Scenario, shard results.Shard) *schedule {
	sc := &schedule{scenario: s, shard: shard}
	if s.Measure.Until > 0 {
		sc.looks = s.Measure.StoppingRule().Looks()
	}
	return sc
}

// next returns the next round; ok is false after the last. run has the trials so far.
func (s *schedule) next(run *results.Run) (r scenario.Round, ok bool) {
	n, seed := len(s.scenario.Strategies), s.scenario.Measure.Seed
	if !s.warm && s.warmsUp(run) {
		s.warmups++
		return scenario.NewRound(-s.warmups, n, seed), true
	}
	s.warm = true
	round := s.rounds + 1
	for !s.shard.Has(round) {
		round++
	}
	if !s.goesOn(run, round) {
		return scenario.Round{}, false
	}
	s.rounds = round
	return scenario.NewRound(s.rounds, n, seed), true
}

// warmsUp reports whether there is another round of warm-up.
func (s *schedule) warmsUp(run *results.Run) bool {
	m := s.scenario.Measure
	if !m.AutoWarmup {
		return s.warmups < m.Warmup
	}
	if s.warmups < scenario.LeastWarmup {
		return true
	}
	var unsteady []string
	for _, c := range s.scenario.Strategies {
		x := series(run.Of(s.scenario.Name, c.String()))
		if len(x) == s.warmups && !stat.DetectWarmup(x).Ended { // a shorter series is of a strategy that failed
			unsteady = append(unsteady, c.String())
		}
	}
	if len(unsteady) == 0 {
		return false
	}
	if s.warmups < scenario.MostWarmup {
		return true
	}
	s.warnings = append(s.warnings, fmt.Sprintf("%s: the warm-up had not ended after %d rounds: the makespans of %s still drift", s.scenario.Name, scenario.MostWarmup, strings.Join(unsteady, ", ")))
	return false
}

// goesOn reports whether the next measured round is held.
func (s *schedule) goesOn(run *results.Run, next int) bool {
	m := s.scenario.Measure
	if m.Until == 0 {
		return next <= m.Rounds
	}
	if !slices.Contains(s.looks, s.rounds) {
		return true
	}
	wide := s.wide(run)
	if len(wide) > 0 && s.rounds < m.MaxRounds {
		return true
	}
	if len(wide) > 0 {
		s.warnings = append(s.warnings, fmt.Sprintf("%s: after %d rounds the interval was not yet within %g%% of %s", s.scenario.Name, s.rounds, 100*m.Until, strings.Join(wide, ", ")))
	}
	return false
}

// wide returns the strategies whose interval, of the ratio to the baseline, is wider than
// requested. A strategy without further trials is no reason to continue, and without a
// baseline no round adds anything.
func (s *schedule) wide(run *results.Run) (names []string) {
	makespans := func(i int) map[int]float64 {
		return results.Makespans(run.Of(s.scenario.Name, s.scenario.Strategies[i].String()))
	}
	base := makespans(0)
	if _, alive := base[s.rounds]; !alive {
		return nil
	}
	var pairs []stat.Pair
	var heads []string
	for i, c := range s.scenario.Strategies[1:] {
		head := makespans(i + 1)
		if _, alive := head[s.rounds]; alive {
			pairs, heads = append(pairs, stat.PairRounds(base, head)), append(heads, c.String())
		}
	}
	for i, c := range stat.CompareFamily(pairs, s.scenario.Measure.Statistics()) {
		if !s.scenario.Measure.StoppingRule().Narrow(c.Interval) {
			names = append(names, heads[i])
		}
	}
	return names
}

// series returns the makespans of a strategy's warm-up, in seconds and in run order.
func series(trials []results.Trial) (x []float64) {
	for _, t := range trials {
		if t.Warmup() && t.Counts() {
			x = append(x, t.Makespan.Seconds())
		}
	}
	return x
}
