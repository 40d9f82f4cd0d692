package results

import (
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Audit counts what happened to the tasks of one trial, whatever the strategy returned.
type Audit struct {
	Done      int `json:"done"`      // ended, whatever the outcome
	Failed    int `json:"failed"`    // of those: not ok
	Aborted   int `json:"aborted"`   // of those: panicked, or ended their goroutine
	Lost      int `json:"lost"`      // never started, or never ended
	Unstarted int `json:"unstarted"` // of those: never started
	Running   int `json:"running"`   // had not ended when the strategy returned; some may have ended later
	Doubled   int `json:"doubled"`   // started more than once
	Starts    int `json:"starts"`    // how often tasks were started, in all

	// Of a phase of load: tasks that were never started, because their batch was rejected,
	// or the phase ended before.
	Rejected   int `json:"rejected,omitempty"`
	Unfinished int `json:"unfinished,omitempty"`
}

// Tasks is the number of tasks.
func (a Audit) Tasks() int { return a.Done + a.Lost + a.Rejected + a.Unfinished }

// Complete reports whether every task was done, once, before the strategy returned.
func (a Audit) Complete() bool { return a.Lost == 0 && a.Running == 0 && a.Doubled == 0 }

// NewAudit audits a trial's records after every task has ended or has been given up.
// returned is when Strategy.Run returned, since the trial's start.
func NewAudit(records []strategies.Record, returned time.Duration) Audit {
	var a account
	for i := range records {
		a.add(&records[i], returned)
	}
	return a.audit
}

// Makespan is the time from the first task ready to the last task done, 0 if none
// was done.
func Makespan(records []strategies.Record) time.Duration {
	var a account
	for i := range records {
		a.add(&records[i], 0)
	}
	return a.makespan()
}

// account sums up a trial's records, one after the other.
type account struct {
	audit       Audit
	any         bool
	first, last int64 // task ready, task done; ns since the trial's start
}

func (a *account) add(r *strategies.Record, returned time.Duration) {
	runs, outcome := r.Started(), r.Load()
	switch {
	case outcome == strategies.Rejected:
		a.audit.Rejected++
	case outcome == strategies.Unfinished:
		a.audit.Unfinished++
	case runs == 0:
		a.audit.Lost++
		a.audit.Unstarted++
	case outcome == strategies.Pending:
		a.audit.Lost++
		a.audit.Running++
	default:
		a.audit.Done++
		if outcome != strategies.OK {
			a.audit.Failed++
		}
		if outcome == strategies.Aborted {
			a.audit.Aborted++
		}
		if r.End > int64(returned) {
			a.audit.Running++
		}
	}
	a.audit.Starts += runs
	if runs > 1 {
		a.audit.Doubled++
	}
	if !a.any || r.Ready < a.first {
		a.first, a.any = r.Ready, true
	}
	if outcome != strategies.Pending && runs > 0 {
		a.last = max(a.last, r.End)
	}
}

func (a *account) makespan() time.Duration {
	return time.Duration(max(0, a.last-max(a.first, 0)))
}
