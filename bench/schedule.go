package bench

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// schedule decides, from the trials so far, whether a scenario has another round. It
// holds no clock and draws nothing: a round's order follows from the seed and its number.
type schedule struct {
	scenario scenario.Scenario
	warmups  int  // held or begun
	warm     bool // the warm-up is over
	rounds   int  // measured rounds held or begun
	looks    []int
	warnings []string
}

func newSchedule(s scenario.Scenario) *schedule {
	sc := &schedule{scenario: s}
	if s.Measure.Until > 0 {
		sc.looks = s.Measure.StoppingRule().Looks()
	}
	return sc
}

// next returns the next round; ok is false after the last. trials are those of the
// scenario so far.
func (s *schedule) next(trials []results.Trial) (r scenario.Round, ok bool) {
	n, seed := len(s.scenario.Strategies), s.scenario.Measure.Seed
	if !s.warm && s.warmsUp(trials) {
		s.warmups++
		return scenario.NewRound(-s.warmups, n, seed), true
	}
	s.warm = true
	if !s.goesOn(trials) {
		return scenario.Round{}, false
	}
	s.rounds++
	return scenario.NewRound(s.rounds, n, seed), true
}

// warmsUp reports whether there is another round of warm-up.
func (s *schedule) warmsUp(trials []results.Trial) bool {
	m := s.scenario.Measure
	if !m.AutoWarmup {
		return s.warmups < m.Warmup
	}
	if s.warmups < scenario.LeastWarmup {
		return true
	}
	var unsteady []string
	for _, c := range s.scenario.Strategies {
		x := series(trials, c.String())
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

// goesOn reports whether there is another measured round.
func (s *schedule) goesOn(trials []results.Trial) bool {
	m := s.scenario.Measure
	if m.Until == 0 {
		return s.rounds < m.Rounds
	}
	if !slices.Contains(s.looks, s.rounds) {
		return true
	}
	wide := s.wide(trials)
	if len(wide) > 0 && s.rounds < m.MaxRounds {
		return true
	}
	if len(wide) > 0 {
		s.warnings = append(s.warnings, fmt.Sprintf("%s: after %d rounds the interval was not yet within %g%% of %s", s.scenario.Name, s.rounds, 100*m.Until, strings.Join(wide, ", ")))
	}
	return false
}

// wide returns the strategies whose interval, of the ratio to the baseline, is wider
// than asked. One that has no further trials is no reason to go on.
func (s *schedule) wide(trials []results.Trial) (names []string) {
	by := make([]map[int]float64, len(s.scenario.Strategies))
	for i, c := range s.scenario.Strategies {
		by[i] = results.Makespans(of(trials, c.String()))
	}
	var pairs []stat.Pair
	var heads []string
	for i, c := range s.scenario.Strategies[1:] {
		if _, alive := by[i+1][s.rounds]; !alive {
			continue
		}
		var p stat.Pair
		for r := 1; r <= s.rounds; r++ {
			base, inBase := by[0][r]
			head, inHead := by[i+1][r]
			if inBase && inHead {
				p.Base, p.Head = append(p.Base, base), append(p.Head, head)
			}
		}
		if len(p.Base) > 0 {
			pairs, heads = append(pairs, p), append(heads, c.String())
		}
	}
	if _, alive := by[0][s.rounds]; !alive {
		return nil // without a baseline no round adds anything
	}
	for i, c := range stat.CompareFamily(pairs, s.scenario.Measure.Statistics()) {
		if !s.scenario.Measure.StoppingRule().Narrow(c.Interval) {
			names = append(names, heads[i])
		}
	}
	return names
}

// of are the trials of one strategy.
func of(trials []results.Trial, strategy string) (out []results.Trial) {
	for _, t := range trials {
		if t.Strategy == strategy {
			out = append(out, t)
		}
	}
	return out
}

// series are the makespans of a strategy's warm-up, in seconds and in run order.
func series(trials []results.Trial, strategy string) (x []float64) {
	for _, t := range of(trials, strategy) {
		if t.Warmup() && t.Counts() {
			x = append(x, t.Makespan.Seconds())
		}
	}
	return x
}
