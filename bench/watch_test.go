package bench

import (
	"strings"
	"testing"
	"time"
)

func TestAWallClockThatIsSet(t *testing.T) {
	began := time.Now()
	w := newWatch(began)
	const trial = "round 3 of x in s"
	w.look(began.Add(time.Second), 0, trial)
	if len(w.steps) > 0 {
		t.Errorf("a clock that runs: %q", w.steps)
	}
	// A time without a monotonic reading stands for a wall clock that was set back: Sub
	// then takes the wall clock alone, so the skew is made by hand.
	w.skew = 5 * time.Second
	w.look(began.Add(2*time.Second), 0, trial)
	if len(w.steps) != 1 || !strings.Contains(w.steps[0], "was set by -5s, or the machine slept, about round 3 of x in s") {
		t.Errorf("got %q", w.steps)
	}
	w.look(began.Add(3*time.Second), 0, trial)
	if len(w.steps) != 1 {
		t.Errorf("told twice: %q", w.steps)
	}
}

func TestWhatTheMachineMayTake(t *testing.T) {
	quiet := Environment{CPUs: 2, Governor: "performance", GovernorAfter: "performance", LoadBefore: 0.3, Steal: 0.01, MHzBefore: 3000, MHzAfter: 3010}
	if got := append(quiet.invalid(), quiet.warnings()...); len(got) > 0 {
		t.Errorf("a quiet machine: %q", got)
	}
	noisy := Environment{CPUs: 2, Governor: "performance", GovernorAfter: "powersave", LoadBefore: 8, Steal: 0.2, QuotaPeriods: 100, ThrottledPeriods: 10, MHzBefore: 3000, MHzAfter: 2000}
	if got := noisy.invalid(); len(got) > 0 {
		t.Errorf("a noisy machine is no reason: %q", got)
	}
	if got := noisy.warnings(); len(got) != 5 {
		t.Errorf("%d warnings: %q", len(got), got)
	}
	if got := (Environment{CPUs: 2, Steal: 0.7, QuotaPeriods: 100, ThrottledPeriods: 60}).invalid(); len(got) != 2 {
		t.Errorf("got %q", got)
	}
}
