package results

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// Soundness is what a trial's records show about the measurement, not about the strategy:
// whether its figures agree with each other, with the clock of the harness and with the
// server's counters.
type Soundness struct {
	// InFlight and Little are the mean number of tasks in flight until Run returned: by
	// the time that each task was, and by Little's law, as throughput times mean service
	// (J. D. C. Little, "A Proof for the Queuing Formula L = λW", Operations Research
	// 9(3), 1961). They part where a task's times lie outside of the trial's.
	InFlight float64 `json:"in_flight"`
	Little   float64 `json:"little"`

	Missing    int        `json:"missing,omitempty"`    // records that should be there and are not
	Impossible int        `json:"impossible,omitempty"` // records whose times cannot be: see impossible
	TooFast    bool       `json:"too_fast,omitempty"`   // the makespan is less than the longest latency
	LastStart  float64    `json:"last_start"`           // when the last task was started, as a part of the makespan
	Injected   *Injection `json:"injected,omitempty"`   // nil where the server's service is not the latency asked for

	Stood   *Standstill `json:"stood,omitempty"`   // the processes' longest standstills; nil in older runs
	Stalled bool        `json:"stalled,omitempty"` // one of them spoils the trial's figures: see stood
}

// Standstill is the longest time during a trial for which a process did not run, though a
// clock in it should have ticked. It is right to within heartbeat.Period, that of a
// worker to within heartbeat.SlowPeriod. Nanoseconds.
type Standstill struct {
	Worker      time.Duration `json:"worker_ns"` // 0 also of a program that does not tell
	Server      time.Duration `json:"server_ns"` // 0 also where the server is not ours
	Coordinator time.Duration `json:"coordinator_ns"`
}

// Injection is how near to the latencies asked for the server came, by its own account,
// over the tasks that went well. Times are nanoseconds.
type Injection struct {
	Tasks  int           `json:"tasks"`
	Asked  time.Duration `json:"asked_ns"`     // median
	Median time.Duration `json:"error_p50_ns"` // of the difference, whichever way
	P99    time.Duration `json:"error_p99_ns"`
	Max    time.Duration `json:"error_max_ns"`
	Off    bool          `json:"off,omitempty"` // Median is beyond the tolerance
}

const (
	// A server may be late by a part of the latency and a time. On two cores that four
	// other programs share, 64 connections at 20 ms are late by less than 1 ms in the
	// median, and 1,000 requests at once by 3 ms; a server that is starved, or does
	// something else than it was asked, is late by as much as it takes. Late is common
	// to all strategies of a round, so what is tolerated shifts them alike.
	injectionShare = 0.10
	injectionSlack = 3 * time.Millisecond

	// A server cannot have worked longer than its client waited; but their clocks are
	// read at different times, and the server's account is rounded.
	accountSlack = time.Millisecond

	// A makespan is measured from before the first task to after the last, so it cannot
	// be less than the longest latency; servers that wake early do so by less.
	tooFastShare = 0.95
	tooFastSlack = time.Millisecond

	// A standstill spoils a trial if it takes longer than both: a part of the makespan,
	// and a time. Below a tenth of the makespan it is noise like any other, which rounds
	// average out. The time is far above what neighbours do: see docs/statistics.md.
	stallShare = 0.1
	stallLeast = 500 * time.Millisecond
)

// NewSoundness judges the records of a trial with these latencies, nil if they are unknown.
func NewSoundness(s scenario.Scenario, latencies []time.Duration, t Trial, records []strategies.Record) *Soundness {
	tasks := s.TaskCount(t.Round)
	out := &Soundness{Missing: max(0, tasks-len(records))}
	window := float64(t.Returned)
	var inside, all, last float64
	for i := range records {
		r := &records[i]
		if r.Started() == 0 || !r.Done() {
			continue
		}
		if impossible(r) {
			out.Impossible++
		}
		last = math.Max(last, float64(r.Start))
		all += float64(r.End - r.Start)
		inside += math.Max(0, math.Min(float64(r.End), window)-math.Max(float64(r.Start), 0))
	}
	if window > 0 {
		out.InFlight, out.Little = inside/window, all/window
	}
	if t.Makespan > 0 && t.Phase == nil {
		out.LastStart = last / float64(t.Makespan)
	}
	if t.Comparable() && t.Audit.Failed == 0 && t.Extra == 0 && len(records) == tasks {
		out.compare(s, latencies, t, records)
	}
	return out
}

// AddStandstill records and judges how long the processes stood still. A standstill of the
// coordinator spoils nothing, because it only waits.
func (o *Soundness) AddStandstill(t Trial, s Standstill) {
	o.Stood = &s
	o.Stalled = !t.Died() && o.longest() > tolerable(t)
}

// longest returns the longest standstill of a process that takes part in the trial.
func (o *Soundness) longest() time.Duration { return max(o.Stood.Worker, o.Stood.Server) }

// tolerable returns how long a trial may be held up.
func tolerable(t Trial) time.Duration {
	if t.Phase != nil { // any batch that arrives meanwhile waits so long
		return stallLeast
	}
	return max(stallLeast, time.Duration(stallShare*float64(t.Makespan)))
}

// String returns which process stood still, and how long.
func (s Standstill) String() string {
	longest := max(s.Worker, s.Server)
	who := "the worker"
	switch near := longest / 2; {
	case s.Worker > near && s.Coordinator > near && (s.Server > near || s.Server == 0):
		who = "the machine"
	case s.Worker > near && s.Server > near:
		who = "worker and mock server"
	case s.Server > s.Worker:
		who = "the mock server"
	}
	return fmt.Sprintf("%s stood still for %v", who, longest.Round(time.Millisecond))
}

// impossible reports whether a record has impossible times.
func impossible(r *strategies.Record) bool {
	return r.Ready < 0 || r.Start < r.Ready || r.End < r.Start ||
		r.Queue < 0 || r.Service < 0 || time.Duration(r.Queue+r.Service) > time.Duration(r.End-r.Start)+accountSlack
}

// compare compares a trial without failures with the latencies, unless the target changes
// them.
func (o *Soundness) compare(s scenario.Scenario, latencies []time.Duration, t Trial, records []strategies.Record) {
	mock := s.Target.Mock
	if latencies == nil || mock != nil && (len(mock.Faults) > 0 || len(mock.Routes) > 0) {
		return
	}
	longest := time.Duration(0)
	for _, p := range latencies {
		longest = max(longest, p)
	}
	o.TooFast = t.Phase == nil && float64(t.Makespan) < tooFastShare*float64(longest)-float64(tooFastSlack)
	// With processor sharing a service takes longer the more there are at once: as it
	// should.
	if mock == nil || mock.Discipline == config.ProcessorSharing {
		return
	}
	var off, asked []float64
	for i := range records {
		if r := &records[i]; r.Service > 0 {
			off = append(off, math.Abs(float64(r.Service)-float64(latencies[i])))
			asked = append(asked, float64(latencies[i]))
		}
	}
	if len(off) == 0 {
		return
	}
	q := stat.Quantiles(off, 0.5, 0.99, 1)
	in := Injection{
		Tasks: len(off), Asked: time.Duration(stat.Median(asked)),
		Median: time.Duration(q[0]), P99: time.Duration(q[1]), Max: time.Duration(q[2]),
	}
	in.Off = float64(in.Median) > injectionShare*float64(in.Asked)+float64(injectionSlack)
	o.Injected = &in
}

// LittleOff reports whether the two accounts of the tasks in flight part. They are sums
// of the same times, so in a sound trial they differ by rounding; 1% leaves room for
// tasks that end in the moment in which Run returns.
func (o *Soundness) LittleOff() bool {
	const tolerance = 0.01
	return math.Abs(o.InFlight-o.Little) > tolerance*math.Max(o.InFlight, o.Little)
}
