package results

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
)

// Invalid returns the reasons why the measurement of a scenario is invalid, none if it is
// valid. Failed tasks are no such reason: see Run.OverBudget.
func Invalid(s scenario.Scenario, trials []Trial) []string {
	var reasons []string
	if r := unaccounted(s, trials); r != "" {
		reasons = append(reasons, r)
	}
	reasons = append(reasons, oftenStalled(s, trials)...)
	return append(reasons, unsound(s, trials)...)
}

// unsound returns what is impossible in the records of the measured trials.
func unsound(s scenario.Scenario, trials []Trial) (reasons []string) {
	for _, check := range unsoundness {
		var first *Trial
		off, of := 0, 0
		for i := range trials {
			t := &trials[i]
			if t.Scenario != s.Name || t.Warmup() || t.Sound == nil {
				continue
			}
			of++
			if !check.found(t) {
				continue
			}
			if off == 0 {
				first = t
			}
			off++
		}
		if off > 0 && float64(off) > check.tolerated*float64(of) {
			reasons = append(reasons, fmt.Sprintf("%s: in %d of %d trials %s, first in round %d of %s", s.Name, off, of, check.what(first), first.Round, first.Strategy))
		}
	}
	return reasons
}

// unsoundness is a reason for an unsound trial, and the share of a scenario's trials in
// which it is tolerated.
var unsoundness = []struct {
	tolerated float64
	found     func(t *Trial) bool
	what      func(first *Trial) string
}{
	{0, func(t *Trial) bool { return t.Sound.Missing > 0 }, func(t *Trial) string { return fmt.Sprintf("task records are missing (%d)", t.Sound.Missing) }},
	{0, func(t *Trial) bool { return t.Sound.Impossible > 0 }, func(t *Trial) string {
		return fmt.Sprintf("task records have times that cannot be (%d)", t.Sound.Impossible)
	}},
	{0, func(t *Trial) bool { return t.Comparable() && t.Sound.LittleOff() }, func(t *Trial) string {
		return fmt.Sprintf("Little's law does not hold: %.4g tasks in flight, by throughput and service time %.4g", t.Sound.InFlight, t.Sound.Little)
	}},
	{0, func(t *Trial) bool { return t.Sound.TooFast }, func(t *Trial) string {
		return fmt.Sprintf("the batch took less than its longest latency (%v)", t.Makespan)
	}},
	{0, func(t *Trial) bool { return t.Phase != nil && t.Phase.Missed > 0 }, func(t *Trial) string {
		return fmt.Sprintf("batches never arrived (%d)", t.Phase.Missed)
	}},
	{0, func(t *Trial) bool { return t.Phase != nil && t.Phase.Unplanned > 0 }, func(t *Trial) string {
		return fmt.Sprintf("batches are not as planned: arrival, size or tenant (%d)", t.Phase.Unplanned)
	}},
	{injectionTolerated, func(t *Trial) bool { return t.Phase != nil && t.Phase.TooLate() && !t.Stalled() }, func(t *Trial) string {
		return fmt.Sprintf("batches arrived too late: by %v at p99", t.Phase.LateP99.Round(time.Microsecond))
	}},
	{injectionTolerated, func(t *Trial) bool { return t.Phase != nil && t.Comparable() && t.Phase.LittleOff() && !t.Stalled() }, func(t *Trial) string {
		return fmt.Sprintf("Little's law does not hold for batches: %.4g in the system, by rate and response time %.4g", t.Phase.InSystem, t.Phase.Little)
	}},
	{injectionTolerated, func(t *Trial) bool { return t.Sound.Injected != nil && t.Sound.Injected.Off && !t.Stalled() }, func(t *Trial) string {
		return "the server did not achieve the latencies asked for: " + t.Sound.Injected.String()
	}},
}

// stallsTolerated is the share of a strategy's trials that may be stalled, and so left out.
// With more, the rest may flatter a strategy that halts its own process. A single stalled
// trial is always tolerated.
const stallsTolerated = 0.2

// oftenStalled returns the strategies with too many stalled trials.
func oftenStalled(s scenario.Scenario, trials []Trial) (reasons []string) {
	for _, c := range s.Strategies {
		n, of := 0, 0
		for _, t := range trials {
			if t.Scenario != s.Name || t.Strategy != c.String() || t.Warmup() {
				continue
			}
			of++
			if t.Stalled() {
				n++
			}
		}
		if n > 1 && float64(n) > stallsTolerated*float64(of) {
			reasons = append(reasons, fmt.Sprintf("%s: a process stood still in %d of %d trials of %s, which leaves too few", s.Name, n, of, c))
		}
	}
	return reasons
}

// stalled names the measured trials of a scenario that are excluded because a process stood
// still.
func stalled(s scenario.Scenario, trials []Trial) (warnings []string) {
	for _, t := range trials {
		if t.Scenario == s.Name && !t.Warmup() && t.Stalled() {
			warnings = append(warnings, fmt.Sprintf("%s: round %d of %s is left out of makespans, percentiles and verdicts: %s, of a makespan of %v",
				s.Name, t.Round, t.Strategy, t.Sound.Stood, t.Makespan.Round(time.Millisecond)))
		}
	}
	return warnings
}

// injectionTolerated is the share of a scenario's trials in which the server may be off: a
// neighbour that takes both cores for a second spoils a trial, not the run. Each such trial
// is reported, with a warning.
const injectionTolerated = 0.2

// String returns how far the server was off.
func (i Injection) String() string {
	return fmt.Sprintf("off by %v in the median, %v at p99 and %v at most, where %v was asked",
		i.Median.Round(time.Microsecond), i.P99.Round(time.Microsecond), i.Max.Round(time.Microsecond), i.Asked.Round(time.Microsecond))
}

// unaccounted compares the requests that tasks made with those that the server counted, in
// trials in which every task reached it.
func unaccounted(s scenario.Scenario, trials []Trial) string {
	off := 0
	var first Trial
	for _, t := range trials {
		if t.Scenario != s.Name || t.Warmup() || t.Received == nil || t.Audit.Failed+t.Audit.Lost > 0 || t.accounted() {
			continue
		}
		if off == 0 {
			first = t
		}
		off++
	}
	if off == 0 {
		return ""
	}
	return fmt.Sprintf("%s: in %d trials the server counted another number of requests than the tasks made, first in round %d of %s: %d for %d",
		s.Name, off, first.Round, first.Strategy, *first.Received, first.Sent())
}

// accounted reports whether the server counted the requests that the tasks made. A
// further attempt at a task may be given up before it is sent. A request that net/http
// sent again may have reached the server once or twice.
func (t Trial) accounted() bool {
	return *t.Received >= t.Audit.Starts && *t.Received <= t.Sent()+t.Resent
}

// resent warns of requests that net/http sent again in measured trials.
func resent(s scenario.Scenario, trials []Trial) (warnings []string) {
	again, off := 0, 0
	var first Trial
	for _, t := range trials {
		if t.Scenario != s.Name || t.Warmup() || t.Resent == 0 {
			continue
		}
		if off == 0 {
			first = t
		}
		off++
		again += t.Resent
	}
	if off == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: net/http sent %d requests again in %d trials, because a kept connection broke before the answer, first in round %d of %s; these tasks took longer",
		s.Name, again, off, first.Round, first.Strategy)}
}
