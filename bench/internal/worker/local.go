package worker

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/internal/heartbeat"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// Local runs trials in this process. A worker process is a Local behind the protocol.
type Local struct {
	job       Job
	strategy  strategies.Strategy
	construct time.Duration
	tasks     tasks
	nesting   *nesting // what tasks fan out to again; nil if they do not
	faults    faults
}

// OpenLocal constructs the strategy and its tasks.
func OpenLocal(j Job) (*Local, error) {
	choice, err := strategies.Parse(j.Strategy)
	if err != nil {
		return nil, err
	}
	t, err := openTasks(j)
	if err != nil {
		return nil, err
	}
	var again *nesting
	if j.Nested > 0 {
		again = &nesting{tasks: t, size: j.Nested}
		t = again
	}
	if j.Stack > 0 || j.Alloc > 0 {
		t = burdened{tasks: t, stack: j.Stack, alloc: j.Alloc}
	}
	if j.Panics != "" {
		at, err := readTasks(j.Panics)
		if err != nil {
			return nil, fmt.Errorf("panics: %w", err)
		}
		t = panicking{tasks: t, at: at}
	}
	began := time.Now()
	s, err := choice.New()
	if err != nil {
		return nil, fmt.Errorf("constructing %s: %w", choice, err)
	}
	l := &Local{job: j, strategy: s, construct: time.Since(began), tasks: t, nesting: again}
	if again != nil {
		again.strategy = s
	}
	return l, nil
}

// Trial runs the strategy on a batch, or on the batches of a phase of load, whose records
// it maps into memory.
func (l *Local) Trial(ctx context.Context, order Order) (Report, error) {
	n := l.job.Tasks
	if order.Batches != "" {
		n = order.Tasks
	}
	records, closeRecords, err := recordfile.Map(order.Records, n)
	if err != nil {
		return Report{}, err
	}
	var peak atomic.Int64
	l.tasks.prepare(order.Round, n, overlap(records))
	task := strategies.Task(l.do)
	if order.Census {
		task = countGoroutines(task, &peak)
	}
	work, closeWork, err := l.work(order, records, task)
	if err != nil {
		return Report{}, err
	}
	rep := l.measure(ctx, work, order.OnSample)
	if settle(ctx, records, l.job.Timeout) {
		// Otherwise a task may still write into its record: then the mapping stays.
		if err := closeRecords(); err != nil {
			return Report{}, err
		}
	}
	if err := closeWork(); err != nil {
		return Report{}, err
	}
	own := int64(heartbeats)
	if order.OnSample != nil {
		own += samplers
	}
	rep.Usage.Goroutines = max(0, peak.Load()-own) // 0 if nothing was counted
	rep.Usage.Construct = l.construct
	rep.Extra = work.extra() + l.nesting.takeStarted()
	traffic := l.tasks.takeTraffic()
	rep.Usage.Connections, rep.Resent = traffic.connections, int(traffic.resent)
	l.tasks.finish()
	rep.Faults = l.faults.take()
	return rep, nil
}

// work is what the strategy does in a trial: one batch, or those of a phase of load.
type work interface {
	start()                                                        // the zero of its times is now
	elapsed() time.Duration                                        // since then
	run(ctx context.Context, s strategies.Strategy) (result error) // returns when the strategy has
	extra() int                                                    // attempts beyond a task's first
}

// work creates the work of a trial, and a function that closes it.
func (l *Local) work(order Order, records []strategies.Record, task strategies.Task) (work, func() error, error) {
	if order.Batches == "" {
		return single{strategies.NewBatch(records, task)}, func() error { return nil }, nil
	}
	return l.openPhase(order, records, task)
}

// single is one batch that runs alone.
type single struct{ *strategies.Batch }

func (b single) start()                 { b.Start() }
func (b single) elapsed() time.Duration { return b.Elapsed() }
func (b single) extra() int             { n, _ := b.Extra(); return n }
func (b single) run(ctx context.Context, s strategies.Strategy) error {
	return s.Run(ctx, b.Batch)
}

// measure does the work between two readings of the meter. It starts with a clean heap, so
// that no trial pays for the one before it.
func (l *Local) measure(ctx context.Context, w work, onSample func(machine.RuntimeSample)) (rep Report) {
	heart := heartbeat.Start(heartbeat.SlowPeriod)
	defer heart.Stop()
	runtime.GC()
	meter := machine.StartMeter()
	heart.Restart()
	stopSampling := func() {}
	if onSample != nil {
		onSample(readRuntime()) // At is 0: the batch begins now
	}
	w.start()
	if onSample != nil {
		stopSampling = sampleRuntime(w.elapsed, onSample)
	}
	err := w.run(ctx, l.strategy)
	rep.Returned, rep.Stood = w.elapsed(), heart.Stood()
	stopSampling()
	rep.Usage = meter.Stop()
	if err != nil {
		rep.Error = Clip(err.Error())
	}
	return rep
}

// heartbeats is the number of goroutines of the heartbeat in a trial.
const heartbeats = 1

// do runs a task and keeps its error. The error for the strategy names the task.
func (l *Local) do(ctx context.Context, i int, r *strategies.Record) error {
	err := l.tasks.do(ctx, i, r)
	if err != nil {
		r.Error = l.faults.number(plainly(err))
		return &taskError{i, err}
	}
	return nil
}

// taskError is the error of a task, as the strategy gets it.
type taskError struct {
	task int
	err  error
}

func (e *taskError) Error() string { return fmt.Sprintf("task %d: %v", e.task, e.err) }
func (e *taskError) Unwrap() error { return e.err }

// Observe describes this whole process, with all strategies that run in it.
func (l *Local) Observe() (machine.ProcessSample, error) { return machine.Observe(os.Getpid()) }

// Left returns nothing: a process that the strategy starts belongs to this program.
func (l *Local) Left() child.Leftovers { return child.Leftovers{} }

func (l *Local) Close(time.Duration) error {
	var err error
	if c, ok := l.strategy.(io.Closer); ok {
		err = c.Close()
	}
	l.tasks.close()
	return err
}

// countGoroutines returns a task that also records the maximum number of goroutines at a
// task's start.
func countGoroutines(task strategies.Task, peak *atomic.Int64) strategies.Task {
	return func(ctx context.Context, i int, r *strategies.Record) error {
		n := int64(runtime.NumGoroutine())
		for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
		}
		return task(ctx, i, r)
	}
}

// quiet is how long an incomplete trial must show no progress until it is considered over:
// goroutines that the strategy started but did not wait for may not have reached their tasks
// yet.
const quiet = 50 * time.Millisecond

// settle waits, after the strategy has returned, for tasks that still run or will start, so
// that they do not disturb later trials. It waits at most as long as a task may take. It
// reports whether every task is done.
func settle(ctx context.Context, records []strategies.Record, timeout time.Duration) bool {
	deadline := time.Now().Add(timeout)
	started, done := progress(records)
	changed := time.Now()
	for done < len(records) && time.Now().Before(deadline) && ctx.Err() == nil {
		if started == done && time.Since(changed) > quiet {
			return false
		}
		time.Sleep(time.Millisecond)
		s, d := progress(records)
		if s != started || d != done {
			started, done, changed = s, d, time.Now()
		}
	}
	return done == len(records)
}

func progress(records []strategies.Record) (started, done int) {
	for i := range records {
		if records[i].Done() {
			done++
		}
		if records[i].Started() > 0 || records[i].Done() { // one that was given up is done and was never started
			started++
		}
	}
	return started, done
}

// maxError is the maximum length of a strategy's error, in bytes. An error that joins those
// of all tasks grows with the batch, and the records have them anyway.
const maxError = 4 << 10

func Clip(text string) string {
	if len(text) <= maxError {
		return text
	}
	return strings.ToValidUTF8(text[:maxError], "") + fmt.Sprintf(" ... (%d bytes more)", len(text)-maxError)
}
