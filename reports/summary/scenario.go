package summary

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// Scenario is the summary of one scenario.
type Scenario struct {
	Name         string      `json:"name"`
	Target       string      `json:"target"`
	Tasks        int         `json:"tasks"`
	Metric       string      `json:"metric"`              // what is compared: "makespan", or a figure of a phase of load, in words
	Work         string      `json:"work"`                // the batches in a few words
	Promise      string      `json:"promise,omitempty"`   // what is promised of the batches of a phase of load
	Unloaded     *float64    `json:"unloaded,omitempty"`  // the figure of load if each batch took as long as its slowest task; seconds
	Deadline     float64     `json:"deadline,omitempty"`  // in seconds, of a batch that arrives; 0 for none
	Rate         float64     `json:"rate,omitempty"`      // batches that arrive a second; 0 for a batch that is alone
	Rounds       int         `json:"rounds"`              // planned
	RoundsHeld   int         `json:"rounds_held"`         // started
	Baseline     string      `json:"baseline"`            // the strategy that the others are compared with
	Screening    bool        `json:"screening,omitempty"` // a first look without conclusions
	Margin       float64     `json:"margin"`              // relative difference of makespans that counts as the same
	TooFewRounds bool        `json:"too_few_rounds"`      // too few to show any difference, even a large one, so there is neither a leading group nor a pick
	RoundsNeeded int         `json:"rounds_needed"`       // minimum number that can decide anything; 0 for a single strategy
	Best         string      `json:"best"`                // the pick: of the leading strategies that never failed, the one with the least median makespan; "" if none
	TailQuantile float64     `json:"tail_quantile"`       // quantile of SojournTail: 0.99, or less if there are too few tasks; 0 if none
	Verdict      string      `json:"verdict"`             // the result in a few sentences
	Strategies   []*Strategy `json:"strategies"`          // fastest first; those without a comparable trial last
	Sweeps       []*Sweep    `json:"sweeps,omitempty"`
	URLs         []URL       `json:"urls,omitempty"`
	Assertions   []Assertion `json:"assertions,omitempty"` // in the order of the scenario

	HTTP        bool  `json:"-"` // the tasks are requests to a server
	Slots       int   `json:"-"` // workers of a mock server; 0 means unknown or no limit
	MemoryLimit int64 `json:"-"` // memory limit of a strategy's process, bytes; 0 means unknown

	LeftOut *scenario.LeftOut `json:"-"` // what a search left out before it; nil for nothing

	NoBound string `json:"no_bound,omitempty"` // why no lower bound of the makespan is known, in one sentence

	Shown     int  `json:"-"` // the round shown by timelines: the most typical round; 0 if none
	OwnClocks bool `json:"-"` // each timeline has its own axis, because the longest would squeeze the others

	Machines       []string `json:"machines,omitempty"`        // that held the rounds, if there are several
	AcrossMachines []string `json:"across_machines,omitempty"` // what they say, in sentences

	nameOf     func(round int) string // of the machine that held it
	held       []int                  // the measured rounds that were started, ascending
	statistics stat.Options
}

// tails are the quantiles for the tail column, in order of preference.
var tails = []float64{0.99, 0.95, 0.9, 0.75}

func newScenario(run *results.Run, s scenario.Scenario) (*Scenario, []string, error) {
	out := &Scenario{
		Name: s.Name, Target: s.Target.String(), Tasks: s.Workload.Tasks, Work: s.Workload.String(), Promise: s.Measure.Promise.String(), Rate: s.Workload.Rate(), Deadline: s.Workload.Deadline.Seconds(), Metric: s.Metric(), Rounds: run.PlannedRounds(s.Name),
		Baseline: s.Strategies[0].String(), Margin: s.Measure.Margin, Screening: s.Measure.Screening,
		NoBound: s.NoBound(), statistics: s.Measure.Statistics(),
	}
	if out.nameOf = run.MachineOf; len(run.Machines()) > 1 {
		out.Machines = run.Machines()
	}
	out.HTTP, out.MemoryLimit, out.LeftOut = s.Target.HTTP(), run.MemoryLimit(s), s.Measure.LeftOut
	if m := s.Target.Mock; m != nil {
		out.Slots = m.Slots
	}
	out.Shown = ordinaryRound(run, s)
	files, urls := &reader{run: run}, newURLTally(s.Target.URLs)
	shown := shownTrials(run, s, out.Shown)
	spans, own := clocks(shown)
	out.OwnClocks = own
	for i, c := range s.Strategies {
		st := newStrategy(run, s, c)
		if shown[i] != nil && shown[i].Phase == nil {
			st.Timeline = newTimeline(*shown[i], s.Workload.Tasks, spans[i])
		}
		if err := st.read(files, shown[i], urls); err != nil {
			return nil, nil, err
		}
		if shown[i] != nil && shown[i].Phase != nil {
			st.System = files.system(*shown[i], s)
		}
		st.Recording = files.recording(run.Of(s.Name, st.Strategy))
		out.Strategies = append(out.Strategies, st)
	}
	out.held = held(out.Strategies)
	out.RoundsHeld = len(out.held)
	out.Unloaded = unloaded(s, out.held)
	out.blameFailing()
	out.blameOverBudget(run, s)
	out.setTails()
	warnings := append(files.warnings, out.compareWithBaseline()...)
	out.setLeaders()
	out.Assertions = files.assertions(s.Assert, out)
	out.URLs = urls.summaries()
	if out.Rate == 0 { // the throughput of batches that arrive is theirs, not the strategies'
		out.Sweeps = sweeps(out.Strategies, out.Tasks, s.Measure)
	}
	if out.TooFewRounds {
		for _, w := range out.Sweeps {
			w.undecide()
		}
	}
	slices.SortStableFunc(out.Strategies, byRank)
	out.Best = out.pick()
	out.compareMachines()
	out.Verdict = out.verdict()
	return out, warnings, nil
}

// held returns the rounds of which any strategy has a trial, ascending.
func held(list []*Strategy) []int {
	rounds := map[int]bool{}
	for _, st := range list {
		for _, t := range st.Trials {
			rounds[t.Round] = true
		}
	}
	return slices.Sorted(maps.Keys(rounds))
}

// looks is 1 for a screening, which is sorted after the other scenarios.
func (s *Scenario) looks() int {
	if s.Screening {
		return 1
	}
	return 0
}

// rank orders strategies: by makespan, then those that failed, and last those without a
// makespan.
func rank(s *Strategy) (failed int, makespan float64) {
	switch {
	case s.Makespan == nil:
		return 2, 0
	case s.Failure != "":
		return 1, s.Makespan.Median
	}
	return 0, s.Makespan.Median
}

func byRank(a, b *Strategy) int {
	failedA, makespanA := rank(a)
	failedB, makespanB := rank(b)
	return cmp.Or(cmp.Compare(failedA, failedB), cmp.Compare(makespanA, makespanB))
}

// Find returns the strategy's figures, nil if the scenario has no such strategy.
func (s *Scenario) Find(strategy string) *Strategy {
	for _, st := range s.Strategies {
		if st.Strategy == strategy {
			return st
		}
	}
	return nil
}

// setTails sets every strategy's SojournTail to the highest quantile that the sample size of
// all of them supports, so that the column compares the same quantile.
func (s *Scenario) setTails() {
	for _, q := range tails {
		supported, any := true, false
		for _, st := range s.Strategies {
			if st.Sojourn == nil {
				continue
			}
			any = true
			if _, ok := st.Sojourn.At(q); !ok {
				supported = false
			}
		}
		if any && supported {
			s.TailQuantile = q
			break
		}
	}
	for _, st := range s.Strategies {
		st.SojournP50 = quantile(st.Sojourn, 0.5)
		st.SojournP99 = quantile(st.Sojourn, 0.99)
		if s.TailQuantile > 0 {
			st.SojournTail = quantile(st.Sojourn, s.TailQuantile)
		}
	}
}

func quantile(d *Distribution, q float64) *float64 {
	if v, ok := d.At(q); ok {
		return &v
	}
	return nil
}

// ordinaryRound is the measured round in which the strategies' makespans are nearest to their
// medians, 0 if no trial did the whole batch.
func ordinaryRound(run *results.Run, s scenario.Scenario) int {
	off := map[int]float64{} // sum over strategies of |ln(makespan/median)|, by round
	held := map[int]int{}
	for _, c := range s.Strategies {
		byRound := results.Makespans(run.Measured(s.Name, c.String()))
		var all []float64
		for _, m := range byRound {
			all = append(all, m)
		}
		if len(all) == 0 {
			continue
		}
		m := stat.Median(all)
		for r, v := range byRound {
			held[r]++
			if v > 0 && m > 0 {
				off[r] += math.Abs(math.Log(v / m))
			}
		}
	}
	best := 0
	for _, r := range run.RoundNumbers(s.Name) {
		if held[r] > held[best] || held[r] == held[best] && off[r] < off[best] {
			best = r
		}
	}
	return best
}

// compareWithBaseline compares every strategy with the baseline, over the rounds that both
// did in full. The baseline is the first strategy that did a whole batch within the allowed
// failures. If that is not the first one named, it returns a warning.
func (s *Scenario) compareWithBaseline() (warnings []string) {
	base := slices.IndexFunc(s.Strategies, (*Strategy).comparable)
	if base < 0 {
		return nil
	}
	if named := s.Strategies[0]; base > 0 {
		s.Baseline = s.Strategies[base].Strategy
		why := "never did the whole batch"
		if named.Failure == FailedTasks {
			why = "failed too many tasks"
		}
		warnings = append(warnings, fmt.Sprintf("%s: %s %s, so the others are compared with %s", s.Name, named.Strategy, why, s.Baseline))
	}
	for i, c := range s.Against(s.Strategies[base]) {
		s.Strategies[i].VsBaseline = c
	}
	return warnings
}

// Against compares every strategy with base, over the rounds that both did in full. The
// p-values are corrected for multiple comparisons. The result is in the order of Strategies.
// It is nil for base itself, for strategies with too many failed tasks (FailedTasks), and for
// those that share no such round with base.
func (s *Scenario) Against(base *Strategy) []*stat.Comparison {
	var pairs []stat.Pair
	var heads []int
	for i, st := range s.Strategies {
		if st == base || st.Failure == FailedTasks {
			continue
		}
		if p := s.pair(base, st); len(p.Base) > 0 {
			heads, pairs = append(heads, i), append(pairs, p)
		}
	}
	out := make([]*stat.Comparison, len(s.Strategies))
	for i, c := range stat.CompareFamily(pairs, s.statistics) {
		out[heads[i]] = &c
	}
	return out
}

// LeastRounds is the minimum number of rounds that can decide this many comparisons.
func (s *Scenario) LeastRounds(comparisons int) int {
	return stat.LeastRounds(comparisons, s.statistics)
}

// setLeaders marks the strategies that no other one is shown to beat, or notes that there are
// too few rounds for that. A failed strategy is not in the group.
func (s *Scenario) setLeaders() {
	metric := make([][]float64, len(s.Strategies))
	compared := 0
	for i, st := range s.Strategies {
		if st.Failure == "" && st.Comparable > 0 {
			compared++
		}
		byRound := results.Makespans(st.Trials)
		for _, round := range s.held {
			v, ok := byRound[round]
			if !ok || st.Failure != "" {
				v = math.NaN()
			}
			metric[i] = append(metric[i], v)
		}
	}
	if compared > 1 {
		s.RoundsNeeded = s.LeastRounds(compared - 1)
	}
	leaders := stat.LeadersIn(s.blocks(s.held), metric, s.statistics)
	s.TooFewRounds = leaders == nil
	for i, leads := range leaders {
		s.Strategies[i].Leads = leads
	}
}
