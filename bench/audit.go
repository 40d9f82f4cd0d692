package bench

import (
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Audit is the account of every task of one trial: whatever the strategy said, this
// is what it did. Done + Lost is the number of tasks.
type Audit struct {
	Done      int `json:"done"`      // ended, whatever the outcome
	Failed    int `json:"failed"`    // of those: not ok
	Aborted   int `json:"aborted"`   // of those: panicked, or ended their goroutine
	Lost      int `json:"lost"`      // never started, or never ended
	Unstarted int `json:"unstarted"` // of those: never started
	Running   int `json:"running"`   // had not ended when the strategy returned; some may have ended later
	Doubled   int `json:"doubled"`   // started more than once
	Starts    int `json:"starts"`    // how often tasks were started, all told
}

// Complete reports whether every task was done, once, before the strategy returned.
func (a Audit) Complete() bool { return a.Lost == 0 && a.Running == 0 && a.Doubled == 0 }

// NewAudit takes stock of a trial's records after every task has ended or has been
// given up on. returned is when Strategy.Run came back, since the trial's start.
func NewAudit(records []strategies.Record, returned time.Duration) Audit {
	var a Audit
	for i := range records {
		r := &records[i]
		runs, outcome := r.Started(), r.Load()
		switch {
		case runs == 0:
			a.Lost++
			a.Unstarted++
		case outcome == strategies.Pending:
			a.Lost++
			a.Running++
		default:
			a.Done++
			if outcome != strategies.OK {
				a.Failed++
			}
			if outcome == strategies.Aborted {
				a.Aborted++
			}
			if r.End > int64(returned) {
				a.Running++
			}
		}
		a.Starts += runs
		if runs > 1 {
			a.Doubled++
		}
	}
	return a
}

// Makespan is the time from the first task ready to the last task done, 0 if none
// was done.
func Makespan(records []strategies.Record) time.Duration {
	first, last := int64(-1), int64(0)
	for i := range records {
		r := &records[i]
		if first < 0 || r.Ready < first {
			first = r.Ready
		}
		if r.Done() {
			last = max(last, r.End)
		}
	}
	return time.Duration(max(0, last-max(first, 0)))
}
