package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// phase is a phase of load: batches start at their intended times, whether or not earlier
// ones are done, each in its own goroutine. In the record of a batch, Start is when the
// strategy's Run was called, End is when it returned, and Outcome is how it ended.
type phase struct {
	zero    time.Time
	batches []strategies.Record
	tasks   []strategies.Record
	task    strategies.Task
	tenants []string // names; empty if there are none
	faults  *faults
	drain   time.Duration
	sleep   func(ctx context.Context, d time.Duration) error

	extras atomic.Int64
}

// openPhase opens the file of batches. The function that it returns releases what the phase
// holds.
func (l *Local) openPhase(order Order, tasks []strategies.Record, task strategies.Task) (work, func() error, error) {
	info, err := os.Stat(order.Batches)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the batches: %w", err)
	}
	batches, closeBatches, err := recordfile.Map(order.Batches, int(info.Size()/strategies.RecordSize))
	if err != nil {
		return nil, nil, err
	}
	left := int64(len(tasks))
	for i := range batches {
		if n := batches[i].Bytes; n < 0 || n > left {
			return nil, nil, errors.Join(fmt.Errorf("batch %d has %d tasks, of %d that are left", i, n, left), closeBatches())
		}
		left -= batches[i].Bytes
	}
	pace, err := newPacer()
	if err != nil {
		return nil, nil, errors.Join(err, closeBatches())
	}
	p := &phase{batches: batches, tasks: tasks, task: task, faults: &l.faults, drain: order.Drain, sleep: pace.sleep}
	if l.job.Tenants != "" {
		p.tenants = strings.Split(l.job.Tenants, ",")
	}
	return p, func() error { return errors.Join(closeBatches(), pace.close()) }, nil
}

func (p *phase) start()                 { p.zero = time.Now() }
func (p *phase) elapsed() time.Duration { return time.Since(p.zero) }
func (p *phase) extra() int             { return int(p.extras.Load()) }

// run starts the batches at their times, and returns when all are done or were cancelled at
// the end of the drain. Errors of batches are in their records; it returns an error if it could
// not wait for the next arrival.
func (p *phase) run(ctx context.Context, s strategies.Strategy) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	first := 0
	var broken error
	for i := range p.batches {
		b := &p.batches[i]
		if err := p.sleep(ctx, time.Duration(b.Ready)-p.elapsed()); err != nil {
			if ctx.Err() == nil {
				broken = err
			}
			break // nothing more arrives
		}
		from := first
		first += int(b.Bytes)
		all.Go(func() { p.batch(ctx, s, b, from) })
	}
	late := time.AfterFunc(p.drain, cancel)
	all.Wait()
	late.Stop()
	return broken
}

// batch runs the strategy on one batch; first is its first task.
func (p *phase) batch(ctx context.Context, s strategies.Strategy, r *strategies.Record, first int) {
	tasks := p.tasks[first : first+int(r.Bytes)]
	b := strategies.NewBatch(tasks, func(ctx context.Context, i int, r *strategies.Record) error { return p.task(ctx, first+i, r) })
	b.StartAt(p.zero)
	ctx = p.withTenant(ctx, int(r.Status))
	atomic.StoreUint32(&r.Runs, 1)
	r.Start = int64(p.elapsed())
	err := s.Run(ctx, b)
	r.End = int64(p.elapsed())
	outcome := strategies.OK
	switch {
	case errors.Is(err, strategies.ErrRejected):
		outcome = strategies.Rejected
		giveUp(tasks, strategies.Rejected)
	case ctx.Err() != nil:
		outcome = strategies.Unfinished
		giveUp(tasks, strategies.Unfinished)
	case err != nil:
		outcome = strategies.Failed
		r.Error = p.faults.number(plainly(cause(err)))
	}
	n, _ := b.Extra()
	p.extras.Add(int64(n))
	atomic.StoreUint32((*uint32)(&r.Outcome), uint32(outcome))
}

// withTenant returns the context of a batch of that tenant.
func (p *phase) withTenant(ctx context.Context, tenant int) context.Context {
	if tenant >= len(p.tenants) {
		return ctx
	}
	return strategies.WithTenant(ctx, p.tenants[tenant])
}

// cause returns what failed the first task that the error of a batch names, or the error
// itself: a batch that fails because of its tasks is the same fault as theirs.
func cause(err error) error {
	var of *taskError
	if errors.As(err, &of) {
		return of.err
	}
	return err
}

// giveUp sets the outcome of tasks that never started or were cancelled by the end of the
// phase.
func giveUp(tasks []strategies.Record, why strategies.Outcome) {
	for i := range tasks {
		if tasks[i].Started() == 0 || tasks[i].Load() == strategies.Canceled {
			atomic.StoreUint32((*uint32)(&tasks[i].Outcome), uint32(why))
		}
	}
}

// overlap is how many tasks to expect at once where batches overlap: as many as become ready
// within a typical time of a task, at most. It is 0 for one batch alone, whose tasks are all
// ready at its start.
func overlap(tasks []strategies.Record) int {
	most, first := 0, 0
	for i := range tasks {
		for tasks[i].Ready-tasks[first].Ready > int64(typicalTask) {
			first++
		}
		most = max(most, i-first+1)
	}
	if first == 0 {
		return 0
	}
	return min(most, overlapMost)
}

// typicalTask is how long a task takes for which connections are opened before a phase of
// load; if tasks take longer, the others are opened when they are needed. overlapMost is
// how many they are at most.
const (
	typicalTask = 20 * time.Millisecond
	overlapMost = 1000
)
