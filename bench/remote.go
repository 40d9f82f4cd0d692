package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync/atomic"
	"time"
)

// remote has a worker process run the trials.
type remote struct {
	*process
	hung   time.Duration // when a trial is declared hung
	limits limits

	condemned atomic.Pointer[crashError] // why watch has killed it, nil if it has not
	killings  int64                      // processes that the system had killed for want of memory, at the start
}

// openRemote starts a worker process with the command, in a directory, and has it
// construct the strategy. What it writes to stderr is appended to the file log.
func openRemote(command []string, dir string, j job, hung time.Duration, log string) (*remote, error) {
	killings := memoryKillings()
	p, err := startProcess(command, dir, log)
	if err != nil {
		return nil, fmt.Errorf("starting a worker: %w", err)
	}
	offerToKernel(p.cmd.Process.Pid)
	w := &remote{process: p, hung: hung, limits: j.limits, killings: killings}
	if err := w.open(j); err != nil {
		w.kill()
		return nil, errors.Join(fmt.Errorf("starting the worker of %s: %w", j.strategy, err), p.close())
	}
	return w, nil
}

func (w *remote) open(j job) error {
	if j.urlsFile != "" {
		var err error
		if j.urlsFile, err = filepath.Abs(j.urlsFile); err != nil {
			return err
		}
	}
	if err := writeMessage(w.stdin, "open",
		"protocol", ProtocolVersion, "strategy", j.strategy, "width", j.width, "tasks", j.tasks,
		"timeout_ns", int64(j.timeout), "url", j.url, "urls", j.urlsFile, "connections", j.connections, "mock", j.mock, "allow_remote", j.allowRemote,
		"sleep", j.sleep, "cpu", j.cpu, "func", j.function, "seed", j.seed, "stack_bytes", j.stack, "alloc_bytes", j.alloc, "panics", j.panics,
		"thread_limit", j.limits.threads); err != nil {
		return w.crashed(w.from)
	}
	defer w.watch()()
	_, err := await(context.Background(), patience, func() (message, error) {
		m, err := readMessage(w.out)
		switch {
		case err != nil:
			return m, w.crashed(w.from)
		case m.verb == "refused":
			return m, errors.New(m.fields["error"])
		case m.verb != "ready":
			return m, fmt.Errorf("protocol: unexpected %q in answer to open", m.verb)
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
	said, err := w.log.Seek(0, io.SeekEnd)
	if err != nil {
		return report{}, err
	}
	if err := writeMessage(w.stdin, "trial", "round", order.round, "records", path, "census", order.census, "samples", order.hear != nil); err != nil {
		return report{}, w.crashed(said)
	}
	defer w.watch()()
	rep, err := await(ctx, w.hung, func() (report, error) {
		rep, err := readReport(w.out, order.hear)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return rep, w.crashed(said)
		}
		return rep, err
	})
	if errors.Is(err, errOverdue) {
		records, _ := ReadRecords(path) // its error is that of the conductor, which reads them next
		err = &overdueError{after: w.hung, signs: readSigns(records, w.hung)}
		w.dump()
	}
	if err != nil {
		w.kill()
	}
	return rep, err
}

func (w *remote) observe() (Outside, error) { return observe(w.cmd.Process.Pid) }

// crashed says how a process ended whose output has ended and why, by what it has said
// from the given offset of its log.
func (w *remote) crashed(from int64) error {
	state := w.ended()
	if e := w.condemned.Load(); e != nil {
		return &crashError{status: e.status, state: state, why: e.why}
	}
	return explain(state, w.said(from), memoryKillings() > w.killings)
}

func (w *remote) close() error {
	_ = writeMessage(w.stdin, "quit") // a worker that is gone is what is wanted
	return w.process.close()
}
