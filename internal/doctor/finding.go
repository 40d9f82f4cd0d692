package doctor

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/internal/bytesize"
)

// Level is the severity of a finding.
type Level string

// The levels.
const (
	Fine    Level = "ok"
	Unusual Level = "warning" // intervals are wider than they could be, or a large run may fail
	Unfit   Level = "problem" // results of this machine should not be trusted
)

// Finding is the interpretation of one figure.
type Finding struct {
	Name   string `json:"name"`
	Level  Level  `json:"level"`
	Figure string `json:"figure"`
	Advice string `json:"advice,omitempty"` // what to do; "" for level Fine
}

// check is a figure with the condition and the advice for each level but Fine.
type check struct {
	name, figure   string
	unusual, unfit bool
	advice         string
}

func (c check) finding() Finding {
	f := Finding{Name: c.name, Level: Fine, Figure: c.figure}
	switch {
	case c.unfit:
		f.Level, f.Advice = Unfit, c.advice
	case c.unusual:
		f.Level, f.Advice = Unusual, c.advice
	}
	return f
}

// findings judges every figure. docs/doctor.md explains the thresholds.
func (d *Diagnosis) findings() []Finding {
	e, l := d.Environment, d.Limits
	cpus := float64(max(1, e.CPUs))
	checks := []check{
		{
			name: "clock", figure: fmt.Sprintf("%s, a reading takes %v, resolution %v", orUnknown(d.Clock.Source), d.Clock.Reading, d.Clock.Resolution),
			unusual: d.Clock.Reading > 200*time.Nanosecond || d.Clock.Resolution > time.Microsecond,
			unfit:   d.Clock.Resolution > time.Millisecond,
			advice:  "every task is timed by three readings; have the kernel use a faster clock source (tsc or kvm-clock)",
		},
		{
			name: "sleep", figure: fmt.Sprintf("a sleep of 1 ms ends late by %v, p99 %v", round(d.Clock.SleepLate.P50), round(d.Clock.SleepLate.P99)),
			unusual: d.Clock.SleepLate.P99 > 5*time.Millisecond,
			unfit:   d.Clock.SleepLate.P50 > 10*time.Millisecond,
			advice:  "tasks that sleep end late by as much; use the mock server, which does not sleep, and stop other programs",
		},
		{
			name: "scheduler", figure: fmt.Sprintf("a goroutine wakes in %v, p99 %v", d.Scheduler.Wake.P50, round(d.Scheduler.Wake.P99)),
			unusual: d.Scheduler.Wake.P99 > 100*time.Microsecond,
			advice:  "goroutines wait for a CPU; stop other programs, or use tasks of at least 10 ms",
		},
		{
			name: "noise", figure: fmt.Sprintf("the same work spreads by %.1f%%, p99 +%.0f%%, drift %+.1f%%", 100*d.Noise.Spread, 100*d.Noise.Tail, 100*d.Noise.Drift),
			unusual: d.Noise.Spread > 0.05 || d.Noise.Tail > 0.5 || math.Abs(d.Noise.Drift) > 0.05,
			advice:  "absolute figures differ from run to run; rely on ratios, and give close calls more rounds (--until 2%)",
		},
		{
			name: "steal", figure: fmt.Sprintf("%.1f%% of the CPU time", 100*d.Noise.Steal),
			unusual: d.Noise.Steal > 0.02, unfit: d.Noise.Steal > 0.3,
			advice: "the hypervisor gives time to other guests; use a dedicated machine, or another time of day",
		},
		{
			name: "load", figure: fmt.Sprintf("%.1f on %d CPUs before this started", e.LoadBefore, e.CPUs),
			unusual: e.LoadBefore > 0.5*cpus,
			advice:  "other programs run; stop them, or accept wider intervals",
		},
		{
			name: "governor", figure: orUnknown(e.Governor),
			unusual: e.Governor != "" && e.Governor != "performance",
			advice:  "the CPU frequency follows the load; fix it: cpupower frequency-set -g performance",
		},
		{
			name: "quota", figure: quota(l, e.GOMAXPROCS),
			unusual: l.Quota > 0 && l.Quota < float64(e.GOMAXPROCS) || l.ThrottledPeriods > 0,
			unfit:   2*l.ThrottledPeriods > l.QuotaPeriods,
			advice:  fmt.Sprintf("all threads stop when the control group's CPU quota is used up, mostly until the next tenth of a second; raise the quota or remove it, or set GOMAXPROCS=%d", max(1, int(l.Quota))),
		},
		{
			name: "memory", figure: memory(e.Memory, e.MemoryLimit),
			unusual: e.Memory > 0 && e.Memory < leastMemory,
			advice:  "a strategy's process may use half of it, and is killed beyond that; free some, raise the control group's limit, or use small batches",
		},
		{
			name: "files", figure: count(l.Files, "may be open at once"),
			unusual: l.Files > 0 && l.Files < 4096,
			advice:  "every connection needs a file at both ends; ulimit -n 65536",
		},
		{
			name: "ports", figure: count(l.Ports, "are free for connections"),
			unusual: l.Ports > 0 && l.Ports < 10_000,
			advice:  "every connection to one address needs a port, and keeps it for a minute after its end; widen net.ipv4.ip_local_port_range",
		},
	}
	return d.withAA(checks)
}

// withAA adds the findings of the A/A test. A rate is compared with 5% by its confidence
// interval, because few comparisons say little.
func (d *Diagnosis) withAA(checks []check) []Finding {
	const nominal, unlikely = 0.05, 0.01
	a := d.AA
	checks = append(checks,
		check{
			name: "A/A interleaved", figure: "called different: " + a.Interleaved.String(),
			unfit:  a.Interleaved.Low > nominal,
			advice: "fanbench's own comparison has more false positives than it states: please report this, with the output of doctor --format json",
		},
		check{
			name: "A/A one after the other", figure: "called different: " + a.Blocked.String(),
			unusual: a.Blocked.Low > nominal,
			advice:  "on this machine sequential measurements of the same code differ; compare within one run, or with compare --run",
		},
		check{
			name: "A/A persistence", figure: "odd against even rounds: " + a.Persistence.String(),
			unfit:  a.Persistence.Tested() && a.Persistence.P < unlikely,
			advice: "an effect stays with a process throughout a run, and the order of rounds cannot average it out: small differences cannot be trusted; please report this, with the output of doctor --format json",
		},
		check{
			name: "sensitivity", figure: sensitivity(a),
			unusual: a.Detectable > 0.1,
			advice:  "small differences stay undecided; the precision grows with the square root of the number of rounds",
		},
	)
	var out []Finding
	for _, c := range checks {
		out = append(out, c.finding())
	}
	return out
}

func sensitivity(a AA) string {
	if a.Detectable == 0 {
		return fmt.Sprintf("unknown: %d rounds are too few", a.Rounds)
	}
	return fmt.Sprintf("%d rounds find a difference of %.1f%% four times in five", a.Rounds, 100*a.Detectable)
}

func round(d time.Duration) time.Duration {
	if d > time.Millisecond || d < -time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(10 * time.Nanosecond)
}

func orUnknown(text string) string {
	if text == "" {
		return "not known"
	}
	return text
}

func count(n int, what string) string {
	if n == 0 {
		return "not known"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func quota(l Limits, procs int) string {
	if l.Quota == 0 {
		return fmt.Sprintf("none known, GOMAXPROCS %d", procs)
	}
	text := fmt.Sprintf("%.2g CPUs, GOMAXPROCS %d", l.Quota, procs)
	if l.QuotaPeriods > 0 {
		text += fmt.Sprintf(", throttled in %d of %d periods", l.ThrottledPeriods, l.QuotaPeriods)
	}
	return text
}

// leastMemory is enough for the coordinator, a mock server and some workers of 30 MB each, and
// for batches of some thousand tasks.
const leastMemory = 512 << 20

func memory(available, limit int64) string {
	switch {
	case available == 0 && limit == 0:
		return "not known"
	case limit == 0:
		return mebibytes(available) + " available"
	}
	return fmt.Sprintf("%s available, of the control group's limit of %s", mebibytes(available), mebibytes(limit))
}

// mebibytes writes a size rounded down to whole MiB.
func mebibytes(v int64) string { return bytesize.Format(v &^ (1<<20 - 1)) }
