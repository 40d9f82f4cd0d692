package strategies

import (
	"context"
	"sync"
	"sync/atomic"
)

// Attempts is one task that a strategy tries more than once, several times at once
// if it likes: hedged requests do. It takes the place of Batch.Do for that task, and
// counts as its one run, so that the audit still finds tasks run twice by mistake:
//
//	a := b.Attempts(i)
//	... try := a.Do(ctx) ...    // as often as needed, from any goroutine
//	err := a.Settle(try)        // the one whose result is taken
//
// Every attempt has a record of its own. Settle makes one of them the task's record:
// started when the task was, ended when that attempt ended. A task that is never
// settled stays pending. Attempts beyond the first are counted by the batch (Extra).
type Attempts struct {
	b     *Batch
	i     int
	tries atomic.Int64

	mu      sync.Mutex
	settled bool
}

// Attempt is what one attempt at a task came to.
type Attempt struct {
	Err error // what the task returned

	number int64
	record Record
}

// Attempts begins task i, to be attempted as often as the strategy sees fit.
func (b *Batch) Attempts(i int) *Attempts {
	a := &Attempts{b: b, i: i}
	if r := &b.records[i]; atomic.AddUint32(&r.Runs, 1) == 1 {
		r.Start = int64(b.Elapsed())
	} else {
		a.settled = true // run twice: the first run's record stands
	}
	return a
}

// Do runs one attempt and blocks until it is done. The task learns its number from
// the context (AttemptOf). A panic or Goexit is recorded as Aborted, unless another
// attempt is settled on, and goes on unhindered.
func (a *Attempts) Do(ctx context.Context) *Attempt {
	try := &Attempt{number: a.tries.Add(1)}
	if try.number > 1 {
		a.b.extra.Add(1)
		ctx = context.WithValue(ctx, attemptKey{}, int(try.number))
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

// Settle takes an attempt's result for the task's, and returns its error. Only the
// first call counts.
func (a *Attempts) Settle(try *Attempt) error {
	if a.publish(try, true) && try.number > 1 {
		a.b.won.Add(1)
	}
	return try.Err
}

// Fail ends the task without an attempt's result, when the strategy gives it up: it
// is done now, with that error, which Fail returns. What attempts come to thereafter
// does not count.
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

// Extra returns how many attempts beyond a task's first were started, and how many
// of those gave their task its result. Both are 0 for strategies that never hedge.
func (b *Batch) Extra() (attempts, won int) {
	return int(b.extra.Load()), int(b.won.Load())
}

type attemptKey struct{}

// AttemptOf returns the number of the attempt that ctx belongs to: 1 for the first,
// and for every task that is tried once. A target that draws the latency of a task
// from its number must draw that of a further attempt anew.
func AttemptOf(ctx context.Context) int {
	if n, ok := ctx.Value(attemptKey{}).(int); ok {
		return n
	}
	return 1
}
