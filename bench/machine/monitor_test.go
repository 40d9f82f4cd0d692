package machine

import (
	"strings"
	"testing"
	"time"
)

func TestAWallClockThatIsSet(t *testing.T) {
	began := time.Now()
	w := StartMonitor(began)
	const trial = "round 3 of x in s"
	w.CheckClock(began.Add(time.Second), 0, trial)
	if len(w.ClockSteps) > 0 {
		t.Errorf("a clock that runs: %q", w.ClockSteps)
	}
	// A time without a monotonic reading stands for a wall clock that was set back: Sub
	// then takes the wall clock alone, so the skew is made by hand.
	w.skew = 5 * time.Second
	w.CheckClock(began.Add(2*time.Second), 0, trial)
	if len(w.ClockSteps) != 1 || !strings.Contains(w.ClockSteps[0], "was set by -5s, or the machine slept, about round 3 of x in s") {
		t.Errorf("got %q", w.ClockSteps)
	}
	w.CheckClock(began.Add(3*time.Second), 0, trial)
	if len(w.ClockSteps) != 1 {
		t.Errorf("told twice: %q", w.ClockSteps)
	}
}

func TestWhatTheMachineMayTake(t *testing.T) {
	quiet := Environment{CPUs: 2, Governor: "performance", GovernorAfter: "performance", LoadBefore: 0.3, Steal: 0.01, MHzBefore: 3000, MHzAfter: 3010}
	if got := append(quiet.Invalid(), quiet.Warnings()...); len(got) > 0 {
		t.Errorf("a quiet machine: %q", got)
	}
	noisy := Environment{CPUs: 2, Governor: "performance", GovernorAfter: "powersave", LoadBefore: 8, Steal: 0.2, QuotaPeriods: 100, ThrottledPeriods: 10, MHzBefore: 3000, MHzAfter: 2000}
	if got := noisy.Invalid(); len(got) > 0 {
		t.Errorf("a noisy machine is no reason: %q", got)
	}
	if got := noisy.Warnings(); len(got) != 5 {
		t.Errorf("%d warnings: %q", len(got), got)
	}
	if got := (Environment{CPUs: 2, Steal: 0.7, QuotaPeriods: 100, ThrottledPeriods: 60}).Invalid(); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}
