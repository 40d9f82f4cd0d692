package strategies

import (
	"context"
	"sync"
	"sync/atomic"
)

// Attempts is one task that a strategy tries more than once, possibly several times at once,
// as hedged requests do. It replaces Batch.Do for that task and counts as its one run, so
// the audit still finds tasks that run twice by mistake:
//
//	a := b.Attempts(i)
//	... try := a.Do(ctx) ...    // any number of times, from any goroutine
//	err := a.Settle(try)        // the attempt whose result counts
//
// Every attempt has its own record. Settle makes one of them the task's record: it starts
// when the task started and ends when that attempt ended. A task that is never settled stays
// pending. The batch counts attempts beyond the first (Extra).
type Attempts struct {
	b     *Batch
	i     int
	tries atomic.Int64

	mu      sync.Mutex
	settled bool
}

// Attempt is the result of one attempt at a task.
type Attempt struct {
	Err error // what the task returned

	number int64
	record Record
}

// Attempts starts task i, which the strategy may attempt any number of times.
func (b *Batch) Attempts(i int) *Attempts {
	a := &Attempts{b: b, i: i}
	if r := &b.records[i]; atomic.AddUint32(&r.Runs, 1) == 1 {
		r.Start = int64(b.Elapsed())
	} else {
		a.settled = true // run twice: the first run's record stands
	}
	return a
}

// Do runs one attempt and blocks until it is done. The task gets its number from the context
// (AttemptOf). A panic or Goexit is recorded as Aborted, unless another attempt is settled,
// and continues.
func (a *Attempts) Do(ctx context.Context) *Attempt {
	try := &Attempt{number: a.tries.Add(1)}
	if try.number > 1 {
		a.b.extra.Add(1)
		ctx = WithAttempt(ctx, int(try.number))
	}
	try.record.Outcome = Aborted
	defer func() {
		try.record.End = int64(a.b.Elapsed())
		if try.record.Outcome == Aborted {
			a.publish(try, false)
		}
	}()
	try.Err = a.b.task(ctx, a.i, &try.record)
	try.record.Outcome = outcomeOf(try.Err)
	return try
}

// Settle makes an attempt's result the task's result and returns its error. Only the first
// call counts.
func (a *Attempts) Settle(try *Attempt) error {
	if a.publish(try, true) && try.number > 1 {
		a.b.won.Add(1)
	}
	return try.Err
}

// Fail ends the task without a result of an attempt, when the strategy gives it up: it is
// done now, with that error, which Fail returns. Later results of attempts do not count.
func (a *Attempts) Fail(err error) error {
	return a.Settle(&Attempt{Err: err, record: Record{End: int64(a.b.Elapsed()), Outcome: outcomeOf(err)}})
}

func (a *Attempts) publish(try *Attempt, settle bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.settled {
		return false
	}
	a.settled = settle
	r, from := &a.b.records[a.i], &try.record
	r.End, r.Bytes, r.Queue, r.Service = from.End, from.Bytes, from.Queue, from.Service
	r.Status, r.Error = from.Status, from.Error
	atomic.StoreUint32((*uint32)(&r.Outcome), uint32(from.Outcome))
	return true
}

// Extra returns the number of attempts beyond the first of each task, and the number of
// those whose result counted. Both are 0 for strategies that never hedge.
func (b *Batch) Extra() (attempts, won int) {
	return int(b.extra.Load()), int(b.won.Load())
}

type attemptKey struct{}

// WithAttempt returns a context of a task's n-th attempt.
func WithAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

// AttemptOf returns the number of the attempt that ctx belongs to: 1 for the first, and for
// tasks that are tried once. A target that draws the latency of a task from its number must
// draw a new one for a further attempt.
func AttemptOf(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}
