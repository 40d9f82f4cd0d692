package strategies

import "sync/atomic"

// Outcome is how a task ended. The numbers are part of the record format (docs/protocol.md):
// append, never renumber.
type Outcome uint32

// The outcomes of a task.
const (
	Pending    Outcome = iota // never started, or still running
	OK                        // the task returned nil
	Failed                    // the task returned an error
	TimedOut                  // the task returned an error that is a deadline exceeded
	Canceled                  // the task returned an error because its context was cancelled
	Aborted                   // the task never returned: it panicked or called runtime.Goexit
	Rejected                  // the task was never started, because its batch was rejected
	Unfinished                // the task was not done when its phase of load ended
)

var outcomeNames = [...]string{"pending", "ok", "failed", "timeout", "canceled", "aborted", "rejected", "unfinished"}

func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return "unknown"
}

// RecordSize is the size of a Record in bytes, in memory and on disk: one cache
// line, so that tasks that end at once on two cores do not share one.
const RecordSize = 64

// Record has the data of one task. Times are nanoseconds since the trial's start. On disk a
// batch's records follow each other, task 0 first, each field little-endian in the order
// below.
//
// The harness owns Ready, Start, End, Runs and Outcome; the task sets the others.
type Record struct {
	Ready   int64 // when its batch was to arrive; 0 for a batch that runs alone
	Start   int64 // when the strategy started it
	End     int64 // when it was done
	Bytes   int64 // payload received, bytes
	Queue   int64 // the server's own account of the time in its queue, ns; 0 if it gave none
	Service int64 // the server's own account of the service time, ns; 0 if it gave none
	Runs    uint32
	Outcome Outcome
	Status  uint32 // HTTP status, 0 if there was no answer
	Error   uint32 // 1-based index into the trial's list of distinct error texts, 0 if none
}

// Done reports whether the task has ended, with any outcome. Then the times may be read;
// before, a strategy's goroutine may still write them.
func (r *Record) Done() bool { return r.Load() != Pending }

// Load returns the outcome as last published by the goroutine that ran the task.
func (r *Record) Load() Outcome { return Outcome(atomic.LoadUint32((*uint32)(&r.Outcome))) }

// Started returns the number of times the task was started. More than once is a defect of
// the strategy.
func (r *Record) Started() int { return int(atomic.LoadUint32(&r.Runs)) }

// Wait is the time from ready to started, in nanoseconds.
func (r *Record) Wait() int64 { return r.Start - r.Ready }

// Sojourn is the time from ready to done, in nanoseconds.
func (r *Record) Sojourn() int64 { return r.End - r.Ready }
