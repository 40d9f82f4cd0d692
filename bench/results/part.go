package results

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/quote"
)

// Part is a shard that a merged run consists of.
type Part struct {
	Shard
	Status      RunState            `json:"status"` // of the shard by itself
	Started     time.Time           `json:"started"`
	Ended       time.Time           `json:"ended"`
	Trials      int                 `json:"trials"` // measured ones that the run has of it
	Environment machine.Environment `json:"environment"`
}

// Machine names the machine of the part.
func (p Part) Machine() string { return p.Environment.Machine() }

// label names the part in reasons and warnings.
func (p Part) label() string { return fmt.Sprintf("shard %v on %s", p.Shard, p.Machine()) }

// part returns the part that has a measured round, nil if there is none.
func (m *Manifest) part(round int) *Part {
	for i := range m.Parts {
		if round > 0 && m.Parts[i].Has(round) {
			return &m.Parts[i]
		}
	}
	return nil
}

// environment returns that of the machine of a trial.
func (m *Manifest) environment(t Trial) machine.Environment {
	if p := m.part(t.Round); p != nil {
		return p.Environment
	}
	return m.Environment
}

// Machines returns the names of the machines of a run: one, unless it is merged.
func (m *Manifest) Machines() (names []string) {
	for i := range m.Parts {
		if name := m.Parts[i].Machine(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		names = []string{m.Environment.Machine()}
	}
	return names
}

// MachineOf returns the name of the machine that held a measured round.
func (m *Manifest) MachineOf(round int) string {
	if p := m.part(round); p != nil {
		return p.Machine()
	}
	return m.Environment.Machine()
}

// Without leaves machines out of a merged run: their trials, their rounds of the plan, and what
// they gave as reasons and warnings. The run has a warning instead.
func (r *Run) Without(machines ...string) error {
	known := r.Machines()
	for _, name := range machines {
		if !slices.Contains(known, name) {
			return fmt.Errorf("the run has no machine %s: it has %s", quote.Plain(name), strings.Join(known, ", "))
		}
	}
	if len(machines) == 0 {
		return nil
	}
	out := func(p *Part) bool { return p != nil && slices.Contains(machines, p.Machine()) }
	var kept []Part
	labels := []string{}
	for i := range r.Parts {
		if p := r.Parts[i]; out(&p) {
			labels = append(labels, p.label()+": ")
		} else {
			kept = append(kept, p)
		}
	}
	if len(kept) == 0 {
		return errors.New("without them, no machine is left")
	}
	r.Trials = slices.DeleteFunc(r.Trials, func(t Trial) bool { return out(r.part(t.Round)) })
	for i := range r.Scenarios {
		plan := &r.Scenarios[i].Plan
		plan.Rounds = slices.DeleteFunc(plan.Rounds, func(round scenario.Round) bool { return out(r.part(round.Number)) })
	}
	theirs := func(text string) bool {
		return slices.ContainsFunc(labels, func(label string) bool { return strings.HasPrefix(text, label) })
	}
	r.Reasons, r.Warnings = slices.DeleteFunc(r.Reasons, theirs), slices.DeleteFunc(r.Warnings, theirs)
	r.Warnings = append(r.Warnings, fmt.Sprintf("left out: %s (bench.txt and benchstat's table have them)", strings.Join(machines, ", ")))
	r.Parts = kept
	r.index = index{}
	r.index.extend(r.Trials)
	r.Status = r.statusOfParts()
	return nil
}

// statusOfParts is the status of a merged run by its parts and what is missing.
func (r *Run) statusOfParts() RunState {
	status := RunComplete
	if len(r.Findings) > 0 {
		status = RunInvalid
	}
	for _, p := range r.Parts {
		switch {
		case p.Status == RunInvalid && status == RunComplete:
			status = RunInvalid
		case p.Status == RunPartial || p.Status == RunRunning:
			return RunPartial
		}
	}
	if slices.ContainsFunc(r.Reasons, func(text string) bool { return strings.HasPrefix(text, missingShards) }) {
		return RunPartial
	}
	return status
}

// missingShards begins the reason of a run that lacks shards.
const missingShards = "missing of "

// checkParts returns an error for parts that cannot be those of a merged run.
func (m *Manifest) checkParts() error {
	var errs []error
	seen := map[int]bool{}
	for _, p := range m.Parts {
		err := p.Check()
		switch {
		case err != nil:
			errs = append(errs, err)
		case seen[p.Index] || p.Of != m.Parts[0].Of || p.Trials < 0:
			errs = append(errs, fmt.Errorf("shard %v cannot be a part of this run", p.Shard))
		}
		seen[p.Index] = true
	}
	if len(m.Parts) > 0 && m.Shard.Of != 1 {
		errs = append(errs, errors.New("a merged run cannot be a shard"))
	}
	return errors.Join(errs...)
}

// countParts compares the number of trials of each part with that in run.json.
func (v *verifier) countParts() {
	counts := map[int]int{} // by index of the shard
	for _, t := range v.run.Trials {
		if p := v.run.part(t.Round); p != nil {
			counts[p.Index]++
		}
	}
	for _, p := range v.run.Parts {
		if n := counts[p.Index]; n+v.leftOut < p.Trials {
			v.found(trialsFile, 0, "was altered: it has %d trials of shard %v, not %d", n, p.Shard, p.Trials)
		}
	}
}
