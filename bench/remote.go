package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// remote is an executor that runs the trials in a worker process.
type remote struct {
	*child.Process
	hung   time.Duration // when a trial is declared hung
	limits limits

	left   []string // the names of the processes that trials left behind, which were killed
	killed bool     // it did not end when it was closed, and was killed

	killedFor atomic.Pointer[crashError] // why watch has killed it, nil if it has not
	killings  int64                      // processes that the system had killed for lack of memory, at the start
}

// openRemote starts a worker process and makes it construct the strategy. hung is how long a
// trial may take.
func openRemote(ctx context.Context, c child.Command, j worker.Job, l limits, hung time.Duration) (*remote, error) {
	killings := machine.OOMKills()
	p, err := child.Start(c)
	if err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	child.PreferForOOMKill(p.PID())
	w := &remote{Process: p, hung: hung, limits: l, killings: killings}
	if err := w.open(ctx, j); err != nil {
		w.Kill()
		_, closeErr := p.Close(child.Patience)
		for _, text := range w.Left().Texts() {
			err = fmt.Errorf("%w; it %s", err, text)
		}
		return nil, errors.Join(fmt.Errorf("starting the worker of %s: %w", j.Strategy, err), closeErr)
	}
	return w, nil
}

func (w *remote) open(ctx context.Context, j worker.Job) error {
	j.Protocol = cmp.Or(j.Protocol, worker.ProtocolVersion)
	for _, file := range []*string{&j.URLsFile, &j.Request, &j.Call} {
		if *file == "" {
			continue
		}
		var err error
		if *file, err = filepath.Abs(*file); err != nil {
			return err
		}
	}
	if err := w.order(w.From, "open",
		"protocol", j.Protocol, "strategy", j.Strategy, "width", j.Width, "tasks", j.Tasks,
		"timeout_ns", int64(j.Timeout), "url", j.URL, "urls", j.URLsFile, "request", j.Request, "connections", j.Connections, "client", j.Client, "mock", j.Mock, "allow_remote", j.AllowRemote,
		"sleep", j.Sleep, "cpu", j.CPU, "func", j.Function, "call", j.Call, "seed", j.Seed, "stack_bytes", j.Stack, "alloc_bytes", j.Alloc, "panics", j.Panics,
		"nested", j.Nested, "tenants", j.Tenants,
		"thread_limit", j.Threads); err != nil {
		return err
	}
	defer w.watch()()
	_, err := child.Await(ctx, child.Patience, func() (worker.Message, error) {
		m, err := worker.ReadMessage(w.Out)
		switch {
		case outputEnded(err):
			return m, w.crashed(w.From)
		case err != nil:
			return m, err
		case m.Verb == "refused":
			return m, errors.New(quote.Lines(worker.Clip(m.Fields["error"])))
		case m.Verb != "ready":
			return m, fmt.Errorf("protocol: unexpected %s in answer to open", quote.Text(m.Verb))
		case j.Protocol > 1 && m.Fields["protocol"] != strconv.Itoa(j.Protocol):
			return m, fmt.Errorf("it is to speak version %d of the protocol, and says that it is ready with version %s", j.Protocol, quote.Text(m.Fields["protocol"]))
		}
		return m, nil
	})
	if errors.Is(err, child.ErrOverdue) {
		err = fmt.Errorf("it was not ready within %v: %w", child.Patience, err)
	}
	return err
}

func (w *remote) Trial(ctx context.Context, order worker.Order) (worker.Report, error) {
	path, err := filepath.Abs(order.Records) // the worker may be elsewhere
	if err != nil {
		return worker.Report{}, err
	}
	said, helpers := w.Log.Mark(), w.Kin()
	fields := []any{"round", order.Round, "records", path, "census", order.Census, "samples", order.OnSample != nil}
	if order.Batches != "" {
		batches, err := filepath.Abs(order.Batches)
		if err != nil {
			return worker.Report{}, err
		}
		fields = append(fields, "batches", batches, "tasks", order.Tasks, "drain_ns", int64(order.Drain))
	}
	if err := w.order(said, "trial", fields...); err != nil {
		return worker.Report{}, err
	}
	stop := w.watch()
	rep, err := child.Await(ctx, w.hung, func() (worker.Report, error) {
		rep, err := worker.ReadReport(w.Out, order.OnSample)
		if outputEnded(err) {
			return rep, w.crashed(said)
		}
		return rep, err
	})
	stop()
	if errors.Is(err, child.ErrOverdue) {
		records, _ := recordfile.Read(path) // the coordinator reads them next, and reports the error
		err = &overdueError{after: w.hung, signs: readSigns(records, w.hung)}
		w.Dump()
	}
	if err != nil {
		w.Kill()
		return rep, err
	}
	// What a trial starts must end with it, or it disturbs the trials of others.
	w.left = append(w.left, w.EndKin(helpers, child.Grace)...)
	return rep, nil
}

// order sends the worker a line. said is the mark in its log from which to look for the
// reason if it has ended.
func (w *remote) order(said int64, verb string, pairs ...any) error {
	err := worker.WriteMessage(w.Stdin, verb, pairs...)
	if err == nil || errors.Is(err, worker.ErrLongLine) {
		return err
	}
	return w.crashed(said)
}

// outputEnded reports whether a worker's stdout has ended, or nothing more has come since
// the worker did.
func outputEnded(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded)
}

func (w *remote) Observe() (machine.ProcessSample, error) { return machine.Observe(w.PID()) }

// crashed returns how and why a process ended whose output has ended, by its log since the
// mark.
func (w *remote) crashed(mark int64) error {
	state := w.Ended()
	if e := w.killedFor.Load(); e != nil {
		return &crashError{status: e.status, state: state, why: e.why}
	}
	return explain(state, w.Log.Since(mark), machine.OOMKills() > w.killings)
}

func (w *remote) Close(limit time.Duration) error {
	_ = worker.WriteMessage(w.Stdin, "quit") // it fails if the worker has ended, which is fine
	obeyed, err := w.Process.Close(limit)
	w.killed = !obeyed
	return err
}

// Left returns, after Close, the processes that the strategy has left behind.
func (w *remote) Left() child.Leftovers {
	return child.Leftovers{Processes: append(w.left, w.Leftover...), Itself: w.killed}
}
