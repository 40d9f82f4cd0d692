package results

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// interrupted is the reason of a partial run that was ended by a signal.
const interrupted = "interrupted"

// Interrupted reports whether a signal ended the run early.
func (r *Run) Interrupted() bool {
	return r.Status == RunPartial && slices.Contains(r.Reasons, interrupted)
}

// Held reports whether all rounds were held, whatever they found.
func (r *Run) Held() bool { return r.Status == RunComplete || r.Status == RunInvalid }

// Files returns the names of the measured files of a run, relative to its directory, with
// forward slashes. Derived ones are not among them.
func (r *Run) Files() ([]string, error) {
	names := []string{manifestFile, trialsFile, BenchFile}
	for name := range r.Checksums {
		if name != trialsFile && name != BenchFile {
			names = append(names, name)
		}
	}
	for _, t := range r.Trials {
		for _, name := range []string{t.Records, t.Batches, t.UsageFile} {
			if name != "" {
				names = append(names, r.packed(name))
			}
		}
	}
	logs, err := r.logs()
	for _, name := range logs {
		names = append(names, "logs/"+name)
	}
	return names, err
}

// packed is the name under which a file is in the run's directory: records may be compressed.
func (r *Run) packed(name string) string {
	if recordfile.IsPacked(filepath.Join(r.Dir, filepath.FromSlash(name))) {
		return name + recordfile.Packed
	}
	return name
}

// Measurement describes what the run, or the run of which it is a shard, measures: equal for
// its shards, and mostly not for those of another.
func (r *Run) Measurement() string {
	var list []scenario.Scenario
	for _, p := range r.Scenarios {
		list = append(list, p.Scenario)
	}
	return Measurement(r.Fanbench, list)
}

// Measurement is that of a run by this fanbench.
func Measurement(fanbench string, list []scenario.Scenario) string {
	parts := []string{"fanbench " + fanbench}
	for _, s := range list {
		s = s.Filled()
		parts = append(parts, fmt.Sprintf("%s, seed %d, %d rounds of %d strategies", s.Name, s.Measure.Seed, s.Measure.Rounds, len(s.Strategies)))
	}
	return strings.Join(parts, "; ")
}

// index finds the trials of a strategy in a scenario. Trials are only appended, so each is
// indexed once.
type index struct {
	at   map[[2]string][]int // by scenario and strategy: which of the run's trials
	seen int                 // so many trials are in it
}

func (x *index) extend(trials []Trial) {
	if x.at == nil {
		x.at = map[[2]string][]int{}
	}
	for ; x.seen < len(trials); x.seen++ {
		key := [2]string{trials[x.seen].Scenario, trials[x.seen].Strategy}
		x.at[key] = append(x.at[key], x.seen)
	}
}

// Of returns the trials of a strategy in a scenario, warm-ups included, in the order in
// which they ran. A run that Open has returned may be read concurrently.
func (r *Run) Of(scenario, strategy string) []Trial {
	if r.index.seen < len(r.Trials) {
		r.index.extend(r.Trials)
	}
	var out []Trial
	for _, i := range r.index.at[[2]string{scenario, strategy}] {
		out = append(out, r.Trials[i])
	}
	return out
}

// Measured returns the measured trials of a strategy in a scenario, in the order of
// the rounds.
func (r *Run) Measured(scenario, strategy string) []Trial {
	out := slices.DeleteFunc(r.Of(scenario, strategy), Trial.Warmup)
	slices.SortStableFunc(out, func(a, b Trial) int { return a.Round - b.Round })
	return out
}

// PlannedRounds returns the number of measured rounds of a scenario, planned or completed.
func (r *Run) PlannedRounds(scenario string) int { return len(r.RoundNumbers(scenario)) }

// RoundNumbers returns the measured rounds of a scenario, planned or completed. They are 1, 2,
// ..., except in a shard.
func (r *Run) RoundNumbers(scenario string) (rounds []int) {
	for _, p := range r.Scenarios {
		for _, round := range p.Plan.Rounds {
			if p.Scenario.Name == scenario && !round.Warmup() {
				rounds = append(rounds, round.Number)
			}
		}
	}
	return rounds
}

// Failures returns the failed strategies, one line each: those that crashed, hung or lost
// work in any trial, warm-up or measured, with the first such trial; and those with more
// failed tasks than the error budget allows, except in a screening.
func (r *Run) Failures() []string {
	failed := func(t Trial) bool { return !t.Comparable() && !t.Stopped() && !t.Unsteady() }
	lines := r.first(failed)
	for _, p := range r.Scenarios {
		if !p.Scenario.Measure.Screening {
			lines = append(lines, r.overBudget(p.Scenario, failed)...)
		}
	}
	return lines
}

// Stops returns the strategies that stopped at an error, one line each. The tasks that they
// did not start are not lost, but there is no makespan of the whole batch.
func (r *Run) Stops() []string { return r.first(Trial.Stopped) }

// first returns the first matching trial of each strategy, and its trouble.
func (r *Run) first(match func(Trial) bool) []string {
	lines := []string{}
	seen := map[[2]string]bool{}
	for _, t := range r.Trials {
		key := [2]string{t.Scenario, t.Strategy}
		if seen[key] || !match(t) {
			continue
		}
		seen[key] = true
		lines = append(lines, fmt.Sprintf("%s: %s, %s: %s", t.Scenario, t.Strategy, RoundName(t.Round), t.Trouble()))
	}
	return lines
}

func RoundName(round int) string {
	if round < 0 {
		return fmt.Sprintf("warm-up %d", -round)
	}
	return fmt.Sprintf("round %d", round)
}

// MemoryLimit returns the memory limit of a strategy's process in the scenario, in bytes; 0
// means unknown.
func (r *Run) MemoryLimit(s scenario.Scenario) int64 {
	if s.Measure.MemoryLimit > 0 {
		return s.Measure.MemoryLimit
	}
	return defaultMemory(r.Environment.Memory)
}

// defaultMemory is the memory limit of a worker if the scenario has none: half of the
// memory available at the start of the run. One trial runs at a time, so that is enough for
// each, and leaves the rest to the coordinator, the server and the idle workers.
func defaultMemory(available int64) int64 { return available / 2 }

// scenario returns the run's scenario of that name, zero if there is none.
func (r *Run) scenario(name string) scenario.Scenario {
	for _, p := range r.Scenarios {
		if p.Scenario.Name == name {
			return p.Scenario
		}
	}
	return scenario.Scenario{}
}

// batchesPath returns the path of the records of a trial's batches, relative to the run
// directory.
func batchesPath(t Trial) string { return strings.TrimSuffix(t.Records, ".rec") + ".batches.rec" }

// SetBatches names the file of a phase's batches.
func (t *Trial) SetBatches() { t.Batches = batchesPath(*t) }
