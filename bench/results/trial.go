package results

import (
	"fmt"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/strategies"
)

// Status is how a trial ended.
type Status string

// The ways in which a trial ends.
const (
	StatusOK         Status = "ok"         // every task done once, none failed, Run returned nil
	StatusError      Status = "error"      // tasks failed, or Run returned an error
	StatusIncomplete Status = "incomplete" // Run returned nil, and yet work was lost, unfinished or done twice

	// The trial was the last of its strategy: its process has ended.
	StatusPanic       Status = "panic"         // a Go panic took it down
	StatusFatal       Status = "fatal"         // so did anything else: a fatal error of its runtime, an exit, a signal, too many threads
	StatusOutOfMemory Status = "out of memory" // it used more memory than its limit, or than there was
	StatusHang        Status = "hang"          // it did not end in time and was killed: nothing happened any more
	StatusOutOfTime   Status = "out of time"   // it did not end in time either, but was still making progress
)

var trialStatuses = []Status{StatusOK, StatusError, StatusIncomplete, StatusPanic, StatusFatal, StatusOutOfMemory, StatusHang, StatusOutOfTime}

// Trial is the result of one execution of a batch by one strategy: one line of trials.jsonl.
// Durations are nanoseconds.
type Trial struct {
	Scenario string          `json:"scenario"`
	Strategy string          `json:"strategy"`
	Seq      int             `json:"seq"`    // order in the run, from 0
	Round    int             `json:"round"`  // -1, -2, ... warm-up; 1, 2, ... measured
	Slot     int             `json:"slot"`   // place in its round, from 0
	At       time.Duration   `json:"at_ns"`  // when it began, since the run began
	Status   Status          `json:"status"` // see there
	Error    string          `json:"error,omitempty"`
	Faults   []string        `json:"faults,omitempty"` // the tasks' distinct error texts; Record.Error counts from 1
	Makespan time.Duration   `json:"makespan_ns"`
	Returned time.Duration   `json:"returned_ns"` // when Run returned
	Bound    *scenario.Bound `json:"bound,omitempty"`
	Audit    Audit           `json:"audit"`
	Usage    metric.Usage    `json:"usage"`
	Extra    int             `json:"extra,omitempty"`    // attempts beyond a task's first, as hedged requests make
	Resent   int             `json:"resent,omitempty"`   // requests that net/http sent again by itself, see sender
	Received *int            `json:"received,omitempty"` // requests that the mock server counted
	// ServerCPU is the CPU time of the mock server's process, 0 if unknown.
	ServerCPU time.Duration `json:"server_cpu_ns,omitempty"`
	Sound     *Soundness    `json:"soundness,omitempty"`
	Records   string        `json:"records"` // the file of task records, relative to the run directory

	// Of a phase of load: what it came to, and the file of its batches' records. Makespan is
	// then the figure of the phase that the scenario names, 0 if it has none.
	Phase   *Phase `json:"phase,omitempty"`
	Batches string `json:"batches,omitempty"`

	UsageFile string `json:"recording,omitempty"` // the file with what the process used over time; of warm-up trials only

	RecordsSum string `json:"records_sha256,omitempty"`   // of the file Records, in hexadecimal digits; "" in a run of schema 1
	BatchesSum string `json:"batches_sha256,omitempty"`   // of the file Batches
	UsageSum   string `json:"recording_sha256,omitempty"` // of the recording
}

// Warmup reports whether the trial does not count.
func (t Trial) Warmup() bool { return t.Round < 0 }

// Comparable reports whether the makespan is that of the whole batch.
func (t Trial) Comparable() bool {
	return !t.Died() && t.Audit.Complete() && !t.hid() && !t.Unsteady()
}

// Unsteady reports whether the trial is a phase of load without the compared figure: the
// number of batches in the system still grew at its end, or too many of them were rejected
// or not done.
func (t Trial) Unsteady() bool { return t.Phase != nil && !t.Died() && t.Makespan == 0 }

// hid reports whether a task panicked, or ended its goroutine, but the strategy returned
// nil, so that work was lost silently.
func (t Trial) hid() bool { return t.Error == "" && t.Audit.Aborted > 0 }

// Stopped reports whether the strategy stopped at an error, which is allowed: it returned
// the error, and never started the missing tasks.
func (t Trial) Stopped() bool {
	a := t.Audit
	return t.Status == StatusError && t.Error != "" && a.Failed > 0 && a.Lost > 0 && a.Lost == a.Unstarted && a.Running == 0 && a.Doubled == 0
}

// Stalled reports whether a process stood still during the trial for so long that its times
// say nothing about the strategy.
func (t Trial) Stalled() bool { return t.Sound != nil && t.Sound.Stalled }

// Counts reports whether the trial's times are used: it is comparable and not stalled.
func (t Trial) Counts() bool { return t.Comparable() && !t.Stalled() }

// InBenchText reports whether the trial has a line in bench.txt.
func (t Trial) InBenchText() bool { return !t.Warmup() && t.Counts() }

// Died reports whether the strategy ended its process or had to be killed.
func (t Trial) Died() bool {
	switch t.Status {
	case StatusPanic, StatusFatal, StatusOutOfMemory, StatusHang, StatusOutOfTime:
		return true
	}
	return false
}

// Efficiency is the bound divided by the makespan, 0 if either is unknown.
func (t Trial) Efficiency() float64 {
	if t.Bound == nil || t.Makespan <= 0 {
		return 0
	}
	return t.Bound.Efficiency(t.Makespan)
}

// Sent returns the number of requests that the trial's tasks made, without resent ones.
func (t Trial) Sent() int { return t.Audit.Starts + t.Extra }

// printable makes the texts of strategies and servers safe for a terminal.
func (t *Trial) printable() {
	t.Error = quote.Lines(t.Error)
	for i, text := range t.Faults {
		t.Faults[i] = quote.Lines(text)
	}
}

// Judge sets what follows from the records and from the worker's report, which is in the
// fields Error, Faults, Returned, Extra, Resent and Usage.
func (t *Trial) Judge(records []strategies.Record) {
	t.printable()
	t.Audit = NewAudit(records, t.Returned)
	if t.Phase == nil {
		t.Makespan = Makespan(records)
	}
	if t.Audit.Failed > 0 || t.Extra > 0 {
		// A task that failed need not have taken its latency, and a further attempt has
		// drawn another: the bound is not one of this trial.
		t.Bound = nil
	}
	switch {
	case t.Error != "":
		t.Status = StatusError
	case !t.Audit.Complete() || t.hid():
		t.Status = StatusIncomplete
	case t.Audit.Failed > 0:
		t.Status = StatusError
	default:
		t.Status = StatusOK
	}
}

// Trouble returns in a few words why the trial is not one of the whole batch, "" if it is.
func (t Trial) Trouble() string {
	n := t.Audit.Tasks()
	var parts []string
	add := func(count int, text string) {
		if count > 0 {
			parts = append(parts, fmt.Sprintf("%d of %d tasks %s", count, n, text))
		}
	}
	if t.Died() {
		parts = append(parts, fmt.Sprintf("%s after %d of %d tasks", t.Status, t.Audit.Done, n))
	} else {
		add(t.Audit.Unstarted, "never started")
		add(t.Audit.Running, "unfinished when it returned")
	}
	add(t.Audit.Doubled, "run more than once")
	if t.Unsteady() {
		parts = append(parts, t.Phase.String())
	}
	if t.hid() {
		add(t.Audit.Aborted, "panicked or ended their goroutine, and the strategy returned nil")
	}
	if t.Error != "" && len(parts) > 0 {
		first, _, _ := strings.Cut(t.Error, "\n")
		parts = append(parts, first)
	}
	return strings.Join(parts, "; ")
}

// Makespans are those of the measured trials that did the whole batch, in seconds, by
// round.
func Makespans(trials []Trial) map[int]float64 {
	out := map[int]float64{}
	for _, t := range trials {
		if t.Counts() && !t.Warmup() {
			out[t.Round] = t.Makespan.Seconds()
		}
	}
	return out
}
