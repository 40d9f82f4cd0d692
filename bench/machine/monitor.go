package machine

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/internal/cgroup"
)

// Monitor records what happens to the machine during a run.
type Monitor struct {
	began         time.Time
	total, stolen float64 // CPU ticks as the run began
	groups        cgroup.Groups
	throttled     []cgroup.Throttling // by then
	skew          time.Duration       // wall clock less monotonic clock, since the run began
	ClockSteps    []string            // warnings about the wall clock
}

func StartMonitor(began time.Time) *Monitor {
	w := &Monitor{began: began, groups: groups()}
	w.throttled = w.groups.Throttling()
	w.total, w.stolen = CPUTicks()
	return w
}

// wallStep is the smallest change of the wall clock against the monotonic clock, from one
// trial to the next, that counts as a step. A clock that is slewed drifts by 0.05% at most
// (adjtimex(2)); the tolerance also allows for that.
const (
	wallStep  = 50 * time.Millisecond
	wallDrift = 0.001
)

// CheckClock compares the clocks after a trial. Makespans come from the monotonic clock,
// which nobody sets; but a step of the wall clock, or a machine that slept, is worth a
// warning. at is when the trial began, since the run began; trial names it.
func (w *Monitor) CheckClock(now time.Time, at time.Duration, trial string) {
	monotonic := now.Sub(w.began)
	skew := now.Round(0).Sub(w.began.Round(0)) - monotonic
	tolerance := wallStep + time.Duration(wallDrift*float64(monotonic-at))
	if step := skew - w.skew; time.Duration(math.Abs(float64(step))) > tolerance {
		w.ClockSteps = append(w.ClockSteps, fmt.Sprintf("the wall clock was set by %v, or the machine slept, about %s; makespans are not taken from that clock",
			step.Round(time.Millisecond), trial))
	}
	w.skew = skew
}

// Finish records the state of the machine at the end of the run.
func (w *Monitor) Finish(e *Environment) {
	e.LoadAfter, e.GovernorAfter, e.MHzAfter = loadAverage(), cpuGovernor(), cpuMHz()
	if total, stolen := CPUTicks(); total > w.total {
		e.Steal = (stolen - w.stolen) / (total - w.total)
	}
	t := cgroup.Since(w.throttled, w.groups.Throttling())
	e.QuotaPeriods, e.ThrottledPeriods = t.Periods, t.Throttled
	if d := time.Since(w.began); d > 0 {
		e.Throttled = min(1, float64(t.Time)/float64(d)) // several CPUs may be stopped at once
	}
}

// How much of a run the machine may take. Time that others take hits all strategies alike,
// in random order, and widens their intervals: rounds average it out. A run is invalid
// only if the machine was missing for half of it.
const (
	stealUnusual     = 0.05
	stealInvalid     = 0.5
	frequencyUnusual = 0.1

	// Of the periods in which the run used any CPU, the part in which the quota stopped
	// it. A process that is stopped waits for the rest of the period, mostly some 50 ms,
	// which is longer than most tasks take. Starting a worker process alone may use up a
	// small quota in a period or two, so that fewer than throttleLeast say nothing.
	throttleUnusual = 0.05
	throttleInvalid = 0.5
	throttleLeast   = 10
)

// throttled returns the share of the periods in which the quota stopped the run, 0 if there
// were too few to tell.
func (e Environment) throttled() float64 {
	if e.QuotaPeriods < throttleLeast {
		return 0
	}
	return float64(e.ThrottledPeriods) / float64(e.QuotaPeriods)
}

// throttling returns how often the quota stopped the run, in words.
func (e Environment) throttling() string {
	return fmt.Sprintf("the control group's CPU quota of %.3g CPUs throttled the run in %d of %d periods", e.CPUQuota, e.ThrottledPeriods, e.QuotaPeriods)
}

// Invalid returns the reasons of the machine that make a run invalid.
func (e Environment) Invalid() (reasons []string) {
	if e.Steal > stealInvalid {
		reasons = append(reasons, fmt.Sprintf("the hypervisor gave %.0f%% of the CPU time to others", 100*e.Steal))
	}
	if e.throttled() > throttleInvalid {
		reasons = append(reasons, e.throttling()+": what was measured is the quota")
	}
	return reasons
}

// Warnings returns warnings about the machine.
func (e Environment) Warnings() (out []string) {
	note := func(unusual bool, format string, args ...any) {
		if unusual {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	note(e.LoadBefore > float64(e.CPUs), "other programs were running: the load was %.1f on %d CPUs as the run began; intervals are wider than they could be", e.LoadBefore, e.CPUs)
	note(e.Steal > stealUnusual && e.Steal <= stealInvalid, "the hypervisor gave %.0f%% of the CPU time to others", 100*e.Steal)
	note(e.throttled() > throttleUnusual && e.throttled() <= throttleInvalid, "%s; tasks that it stopped took longer than they should", e.throttling())
	note(e.MHzBefore > 0 && e.MHzAfter > 0 && math.Abs(e.MHzAfter/e.MHzBefore-1) > frequencyUnusual,
		"the CPUs' clock went from %.0f to %.0f MHz during the run", e.MHzBefore, e.MHzAfter)
	note(e.GovernorAfter != e.Governor, "the CPU frequency governor was changed from %q to %q during the run", e.Governor, e.GovernorAfter)
	return out
}
