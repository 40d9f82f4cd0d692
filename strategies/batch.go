package strategies

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"time"
)

// Task does the work of task i. It may fill Bytes, Queue, Service, Status and
// Error of its record; the rest belongs to the batch. It is called from whichever
// goroutines the strategy chooses. If it is called more than once for the same i, by
// mistake or as a further attempt (see Attempts), each call has a record of its own;
// AttemptOf tells attempts apart.
type Task func(ctx context.Context, i int, r *Record) error

// Batch is the tasks of one trial, numbered 0..Len()-1. The harness makes it. A strategy
// must call Do once for every task.
type Batch struct {
	task    Task
	records []Record
	start   time.Time

	extra atomic.Int64 // attempts beyond a task's first
	won   atomic.Int64 // of those, the ones whose result was taken
}

// NewBatch makes a batch of len(records) tasks. The records must be zero except Ready, the
// intended arrival of the batch; it is zero for a batch that runs alone. The caller keeps
// the records and reads them after the trial.
func NewBatch(records []Record, task Task) *Batch {
	return &Batch{task: task, records: records}
}

// Start sets the zero of the batch's times to now. The harness calls it once, just before
// Strategy.Run.
func (b *Batch) Start() { b.StartAt(time.Now()) }

// StartAt sets the zero of the batch's times. Batches that overlap have the same.
func (b *Batch) StartAt(zero time.Time) { b.start = zero }

// Elapsed is the time since Start.
func (b *Batch) Elapsed() time.Duration { return time.Since(b.start) }

// Len is the number of tasks.
func (b *Batch) Len() int { return len(b.records) }

// Tasks yields the number of each task, in order.
func (b *Batch) Tasks() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range b.records {
			if !yield(i) {
				return
			}
		}
	}
}

// Do runs task i, records its start, end and outcome, and returns its error. It may be
// called from any goroutine, and blocks until the task is done. It allocates nothing, takes
// no lock and touches only the record of the task.
//
// A panic or Goexit of the task is recorded as Aborted and continues: how the strategy
// reacts is part of the measurement. A task that is run again (a defect, found by the audit)
// runs for real, but the record of the first run stays.
func (b *Batch) Do(ctx context.Context, i int) error {
	r := &b.records[i]
	if atomic.AddUint32(&r.Runs, 1) > 1 {
		return b.task(ctx, i, new(Record))
	}
	r.Start = int64(time.Since(b.start))
	outcome := Aborted
	defer func() {
		r.End = int64(time.Since(b.start))
		// Published last, so that a reader who sees an outcome may read the rest.
		atomic.StoreUint32((*uint32)(&r.Outcome), uint32(outcome))
	}()
	err := b.task(ctx, i, r)
	outcome = outcomeOf(err)
	return err
}

func outcomeOf(err error) Outcome {
	switch {
	case err == nil:
		return OK
	case errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	case errors.Is(err, context.Canceled):
		return Canceled
	}
	return Failed
}
