package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// remote has a worker process run the trials.
type remote struct {
	*process
	hung   time.Duration // when a trial is declared hung
	limits limits

	strays   []string // the names of the processes that trials left behind, which were killed
	stubborn bool     // it did not end when it was closed, and was killed

	condemned atomic.Pointer[crashError] // why watch has killed it, nil if it has not
	killings  int64                      // processes that the system had killed for want of memory, at the start
}

// openRemote starts a worker process and has it construct the strategy. hung is how long a
// trial may take.
func openRemote(ctx context.Context, c command, j job, l limits, hung time.Duration) (*remote, error) {
	killings := memoryKillings()
	p, err := startProcess(c)
	if err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	offerToKernel(p.pid())
	w := &remote{process: p, hung: hung, limits: l, killings: killings}
	if err := w.open(ctx, j); err != nil {
		w.kill()
		_, closeErr := p.close(patience)
		for _, text := range w.left().texts() {
			err = fmt.Errorf("%w; it %s", err, text)
		}
		return nil, errors.Join(fmt.Errorf("starting the worker of %s: %w", j.strategy, err), closeErr)
	}
	return w, nil
}

func (w *remote) open(ctx context.Context, j job) error {
	if j.urlsFile != "" {
		var err error
		if j.urlsFile, err = filepath.Abs(j.urlsFile); err != nil {
			return err
		}
	}
	if err := w.order(w.from, "open",
		"protocol", ProtocolVersion, "strategy", j.strategy, "width", j.width, "tasks", j.tasks,
		"timeout_ns", int64(j.timeout), "url", j.url, "urls", j.urlsFile, "connections", j.connections, "mock", j.mock, "allow_remote", j.allowRemote,
		"sleep", j.sleep, "cpu", j.cpu, "func", j.function, "seed", j.seed, "stack_bytes", j.stack, "alloc_bytes", j.alloc, "panics", j.panics,
		"thread_limit", j.threads); err != nil {
		return err
	}
	defer w.watch()()
	_, err := await(ctx, patience, func() (message, error) {
		m, err := readMessage(w.out)
		switch {
		case outputEnded(err):
			return m, w.crashed(w.from)
		case err != nil:
			return m, err
		case m.verb == "refused":
			return m, errors.New(quote.Lines(clip(m.fields["error"])))
		case m.verb != "ready":
			return m, fmt.Errorf("protocol: unexpected %s in answer to open", quote.Text(m.verb))
		}
		return m, nil
	})
	if errors.Is(err, errOverdue) {
		err = fmt.Errorf("it was not ready within %v: %w", patience, err)
	}
	return err
}

func (w *remote) trial(ctx context.Context, order trialOrder) (report, error) {
	path, err := filepath.Abs(order.records) // the worker may be elsewhere
	if err != nil {
		return report{}, err
	}
	said, helpers := w.log.mark(), w.kin()
	if err := w.order(said, "trial", "round", order.round, "records", path, "census", order.census, "samples", order.hear != nil); err != nil {
		return report{}, err
	}
	stop := w.watch()
	rep, err := await(ctx, w.hung, func() (report, error) {
		rep, err := readReport(w.out, order.hear)
		if outputEnded(err) {
			return rep, w.crashed(said)
		}
		return rep, err
	})
	stop()
	if errors.Is(err, errOverdue) {
		records, _ := recordfile.Read(path) // its error is that of the coordinator, which reads them next
		err = &overdueError{after: w.hung, signs: readSigns(records, w.hung)}
		w.dump()
	}
	if err != nil {
		w.kill()
		return rep, err
	}
	// What a trial starts must end with it, or it disturbs the trials of others.
	w.strays = append(w.strays, w.endKin(helpers, grace)...)
	return rep, nil
}

// order sends the worker a line; said is where in its log to look for why it is gone.
func (w *remote) order(said int64, verb string, pairs ...any) error {
	err := writeMessage(w.stdin, verb, pairs...)
	if err == nil || errors.Is(err, errLongLine) {
		return err
	}
	return w.crashed(said)
}

// outputEnded reports whether a worker's stdout has ended, or nothing more has come since
// the worker did.
func outputEnded(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded)
}

func (w *remote) observe() (Outside, error) { return observe(w.pid()) }

// crashed says how a process ended whose output has ended and why, by what it has said
// since the mark in its log.
func (w *remote) crashed(mark int64) error {
	state := w.ended()
	if e := w.condemned.Load(); e != nil {
		return &crashError{status: e.status, state: state, why: e.why}
	}
	return explain(state, w.log.since(mark), memoryKillings() > w.killings)
}

func (w *remote) close(limit time.Duration) error {
	_ = writeMessage(w.stdin, "quit") // a worker that has ended is what is wanted
	obeyed, err := w.process.close(limit)
	w.stubborn = !obeyed
	return err
}

// left tells, once the worker is closed, which processes the strategy has left behind.
func (w *remote) left() leftovers {
	return leftovers{processes: append(w.strays, w.leftover...), itself: w.stubborn}
}
