package machine

import (
	"strings"
	"testing"
)

// A quota that stopped the run most of the time makes it invalid, with the figures; now and
// then is a warning; and so few periods that starting a process fills them say nothing.
func TestThrottling(t *testing.T) {
	for name, c := range map[string]struct {
		throttled, periods int64
		invalid, warning   bool
	}{
		"mostly":       {91, 95, true, false},
		"half":         {10, 20, false, true},
		"now and then": {6, 100, false, true},
		"hardly":       {5, 100, false, false},
		"too few":      {9, 9, false, false},
		"no quota":     {0, 0, false, false},
	} {
		e := Environment{CPUs: 2, CPUQuota: 0.3, QuotaPeriods: c.periods, ThrottledPeriods: c.throttled}
		reasons, warnings := strings.Join(e.Invalid(), "; "), strings.Join(e.Warnings(), "; ")
		if (reasons != "") != c.invalid || (warnings != "") != c.warning {
			t.Errorf("%s: invalid %q, warnings %q", name, reasons, warnings)
		}
		if c.invalid && !strings.Contains(reasons, "CPU quota of 0.3 CPUs throttled the run in 91 of 95 periods") {
			t.Errorf("%s: %s", name, reasons)
		}
	}
	// A generator is saturated when it uses up what the quota gives it.
	for quota, want := range map[float64]float64{0: 4, 0.3: 0.3, 8: 4} {
		if got := (Environment{GOMAXPROCS: 4, CPUQuota: quota}).UsableCPUs(); got != want {
			t.Errorf("of a quota of %v CPUs, %v are usable, want %v", quota, got, want)
		}
	}
}
