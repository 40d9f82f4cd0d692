package summary

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Machines is a strategy against the baseline on each of several machines, and what that says
// about another machine.
type Machines struct {
	Each    []OnMachine   `json:"each"`              // in the order of the scenario's machines
	Another *stat.Between `json:"another,omitempty"` // about machines like these; nil if there are too few
}

// OnMachine is a strategy against the baseline on one machine. Its p-values are corrected for the
// machines.
type OnMachine struct {
	Machine string `json:"machine"`
	stat.Comparison
}

// MarshalJSON writes the fields of the comparison beside the name. Without it, that of the
// embedded comparison would be used, which does not know the name.
func (m OnMachine) MarshalJSON() ([]byte, error) {
	text, err := m.Comparison.MarshalJSON()
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(m.Machine)
	return fmt.Appendf(nil, `{"machine":%s,%s`, name, text[1:]), err
}

// pair pairs the rounds that both did in full, on the same machine.
func (s *Scenario) pair(base, head *Strategy) stat.Pair {
	b, h := results.Makespans(base.Trials), results.Makespans(head.Trials)
	p := stat.PairRounds(b, h)
	for _, round := range slices.Sorted(maps.Keys(b)) {
		if _, both := h[round]; both && len(s.Machines) > 1 {
			p.Block = append(p.Block, s.machineOf(round))
		}
	}
	return p
}

// machineOf returns which of the scenario's machines held a round.
func (s *Scenario) machineOf(round int) int { return slices.Index(s.Machines, s.nameOf(round)) }

// blocks returns the machine of each round, nil if there is one machine.
func (s *Scenario) blocks(rounds []int) (out []int) {
	if len(s.Machines) < 2 {
		return nil
	}
	for _, round := range rounds {
		out = append(out, s.machineOf(round))
	}
	return out
}

// compareMachines compares every strategy with the baseline on each machine.
func (s *Scenario) compareMachines() {
	base := s.Find(s.Baseline)
	if len(s.Machines) < 2 || base == nil {
		return
	}
	for _, st := range s.Strategies {
		if st.VsBaseline == nil {
			continue
		}
		p := s.pair(base, st)
		own := make([]stat.Pair, len(s.Machines))
		for i, machine := range p.Block {
			own[machine].Base, own[machine].Head = append(own[machine].Base, p.Base[i]), append(own[machine].Head, p.Head[i])
		}
		st.Machines = &Machines{}
		for i, c := range stat.CompareFamily(own, s.statistics) {
			if c.Rounds > 0 {
				st.Machines.Each = append(st.Machines.Each, OnMachine{s.Machines[i], c})
			}
		}
		if b, ok := stat.BetweenBlocks(own, s.statistics); ok {
			st.Machines.Another = &b
		}
	}
	s.AcrossMachines = s.acrossMachines()
}

// acrossMachines says what the machines say, in sentences.
func (s *Scenario) acrossMachines() []string {
	lines := []string{fmt.Sprintf("On these %d machines (%s): the ratios and verdicts above. Rounds are paired within a machine, and machines count alike.", len(s.Machines), Few(s.Machines))}
	told := false
	for _, st := range s.Strategies {
		if st.Machines == nil || st.Failure != "" {
			continue
		}
		if text := st.Machines.split(st.Strategy); text != "" {
			lines = append(lines, text)
		}
		if a := st.Machines.Another; a != nil {
			told = true
			lines = append(lines, fmt.Sprintf("On another machine like these: %s %s.", st.Strategy, anotherMachine(a, s.Baseline)))
		}
	}
	if !told {
		lines = append(lines, fmt.Sprintf("Nothing is said about other machines: that takes at least %d machines with two rounds each.", stat.LeastBlocks))
	}
	return lines
}

// verdicts are the machines by what they say.
func (m *Machines) verdicts() map[stat.Verdict][]string {
	on := map[stat.Verdict][]string{}
	for _, e := range m.Each {
		on[e.Verdict] = append(on[e.Verdict], e.Machine)
	}
	return on
}

// Split reports whether the strategy is shown to be faster on some machines and slower on others.
func (m *Machines) Split() bool {
	on := m.verdicts()
	return len(on[stat.Faster]) > 0 && len(on[stat.Slower]) > 0
}

// split says that a strategy is faster on some machines and slower on others, "" if that is not
// shown.
func (m *Machines) split(strategy string) string {
	on := m.verdicts()
	if !m.Split() {
		return ""
	}
	return fmt.Sprintf("%s is faster on some machines and slower on others, so its mean is of little use: faster on %s; slower on %s.",
		strategy, strings.Join(on[stat.Faster], ", "), strings.Join(on[stat.Slower], ", "))
}

// anotherMachine says what is expected of a machine like those measured.
func anotherMachine(b *stat.Between, baseline string) string {
	verdict := "undecided on average"
	switch {
	case b.Verdict != stat.Undecided:
		verdict = string(b.Verdict) + " on average"
	case b.MoreBlocks > 0:
		verdict += fmt.Sprintf(" (about %s more would probably decide it)", quantity.Counted(float64(b.MoreBlocks), "machine"))
	}
	single := ""
	if b.Prediction.Low <= 1 && b.Prediction.High >= 1 {
		single = ", so it may be faster or slower there"
	}
	return fmt.Sprintf("is %s, %s x %s [%s, %s]; for a single machine %s to %s is predicted%s; I² %s",
		verdict, quantity.Factor(b.Ratio), baseline, quantity.Factor(b.Interval.Low), quantity.Factor(b.Interval.High),
		quantity.Factor(b.Prediction.Low), quantity.Factor(b.Prediction.High), single, quantity.Percent(b.Heterogeneity))
}
