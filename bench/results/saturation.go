package results

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

const (
	// A process that uses nine tenths of the CPUs that Go may use has none left to start
	// a task on time.
	saturatedShare = 0.9
	// And where the makespan is twice what the latencies take, it is that process which
	// is measured, not the strategy.
	saturatedEfficiency = 0.5
	// Where all tasks may start at once, the last should start soon. One that starts
	// when half of the makespan is over was late for more than the latencies took.
	lateStart = 0.5
)

// saturated returns the reason if a scenario measured the limits of the generator: the
// processes of all its strategies were busy most of the time, and therefore slow. A single
// strategy that uses all its CPUs is a result; see unusual.
func (r *Run) saturated(s scenario.Scenario) []string {
	for _, c := range s.Strategies {
		share, efficiency, ok := r.busy(s, c.String())
		slow := efficiency > 0 && efficiency < saturatedEfficiency || s.Workload.Arrivals != nil
		if !ok || share < saturatedShare || !slow {
			return nil
		}
	}
	if s.Workload.Arrivals != nil {
		return []string{fmt.Sprintf("%s: the generator is saturated: every strategy's process used more than %.0f%% of %.3g CPUs", s.Name, 100*saturatedShare, r.Environment.UsableCPUs())}
	}
	return []string{fmt.Sprintf("%s: the generator is saturated: every strategy's process used more than %.0f%% of %.3g CPUs, and took over twice what the latencies take",
		s.Name, 100*saturatedShare, r.Environment.UsableCPUs())}
}

// busy returns the medians, over a strategy's measured trials, of the share of its CPUs that
// its process used, and of the efficiency (0 if there is no bound). If strategies share a
// process with the server, it means nothing.
func (r *Run) busy(s scenario.Scenario, strategy string) (share, efficiency float64, ok bool) {
	var shares, efficiencies []float64
	for _, t := range r.Measured(s.Name, strategy) {
		if t.Counts() && t.Makespan > 0 && t.Usage.CPU > 0 {
			took := t.Makespan
			if t.Phase != nil {
				took = t.Returned
			}
			shares = append(shares, t.Usage.CPU.Seconds()/took.Seconds()/r.environment(t).UsableCPUs())
			efficiencies = append(efficiencies, t.Efficiency())
		}
	}
	if len(shares) == 0 || !r.Isolated {
		return 0, 0, false
	}
	return stat.Median(shares), stat.Median(efficiencies), true
}

// unusual returns warnings about a scenario's trials that do not make it invalid.
func (r *Run) unusual(s scenario.Scenario) (out []string) {
	var busy, late, drifting []string
	for _, c := range s.Strategies {
		name := c.String()
		if share, efficiency, ok := r.busy(s, name); ok && share >= saturatedShare && s.Target.CPU == nil {
			text := fmt.Sprintf("%s (%.0f%%, efficiency %.2f)", name, 100*share, efficiency)
			if s.Workload.Arrivals != nil {
				text = fmt.Sprintf("%s (%.0f%%)", name, 100*share)
			}
			busy = append(busy, text)
		}
		var starts, makespans []float64
		for _, t := range r.Measured(s.Name, name) {
			if t.Counts() && t.Sound != nil {
				starts, makespans = append(starts, t.Sound.LastStart), append(makespans, t.Makespan.Seconds())
			}
		}
		if len(starts) > 0 && c.Width(s.Workload.Tasks) >= s.Workload.Tasks && s.Workload.Tasks > 1 && s.Target.CPU == nil {
			if m := stat.Median(starts); m > lateStart {
				late = append(late, fmt.Sprintf("%s (at %.0f%% of the makespan)", name, 100*m))
			}
		}
		if d := stat.DetectDrift(makespans); d.P < driftAlpha {
			drifting = append(drifting, fmt.Sprintf("%s (%+.1f%% a round)", name, 100*d.Slope/stat.Median(makespans)))
		}
	}
	note := func(list []string, format string) {
		if len(list) > 0 {
			out = append(out, s.Name+": "+fmt.Sprintf(format, strings.Join(list, ", ")))
		}
	}
	note(busy, "the process used nearly all its CPU time, so part of the "+s.Metric()+" is its own: %s")
	note(late, "task starts were delayed, the last by: %s")
	note(drifting, "the "+s.Metric()+" still drifted over the measured rounds, so the warm-up had not ended; comparisons are paired and hold, absolute figures may not: %s")
	return append(out, r.offTarget(s)...)
}

// driftAlpha is stricter than 5%, for there is a series per strategy, and drift does not
// touch the comparisons.
const driftAlpha = 0.01

// offTarget names the measured trials with other latencies than requested, and those in
// which a single task was late by as much as a standstill.
func (r *Run) offTarget(s scenario.Scenario) (out []string) {
	for _, check := range []struct {
		format string
		found  func(t Trial) bool
	}{
		{"%s: the server did not achieve the latencies asked for in %d trials, first in %s of %s: %s", func(t Trial) bool { return t.Sound.Injected.Off }},
		{"%s: the server was very late for single tasks in %d trials, which high percentiles show, first in %s of %s: %s", func(t Trial) bool {
			return !t.Sound.Injected.Off && t.Sound.Injected.Max > tolerable(t)
		}},
	} {
		n := 0
		var first Trial
		for _, t := range r.Trials {
			if t.Scenario != s.Name || t.Warmup() || t.Sound == nil || t.Sound.Injected == nil || t.Stalled() || !check.found(t) {
				continue
			}
			if n == 0 {
				first = t
			}
			n++
		}
		if n > 0 {
			out = append(out, fmt.Sprintf(check.format, s.Name, n, RoundName(first.Round), first.Strategy, first.Sound.Injected))
		}
	}
	return out
}
