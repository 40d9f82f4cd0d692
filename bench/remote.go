package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

// remote has a worker process run the trials.
type remote struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *bufio.Reader
	stdout *os.File
	log    *os.File      // takes the worker's stderr
	hung   time.Duration // when a trial is declared hung
	limits limits
	exited chan struct{} // closed once the process has been reaped; then state holds
	state  error

	condemned atomic.Pointer[crashError] // why watch has killed it, nil if it has not
	killings  int64                      // processes that the system had killed for want of memory, at the start
}

// patience is how long a worker may take to come up, to write its goroutine dump and
// to go when asked.
const patience = 10 * time.Second

// maxLog is how much of a worker's stderr is kept after a hang, bytes: the goroutines of
// a hundred thousand tasks fill more than anybody reads.
const maxLog = 16 << 20

// openRemote starts a worker process with the command, in a directory, and has it
// construct the strategy. What it writes to stderr is appended to the file log.
func openRemote(command []string, dir string, j job, hung time.Duration, log string) (*remote, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the worker's log: %w", err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Stderr = f
	cmd.SysProcAttr = ownProcessGroup()
	// A pipe of our own rather than StdoutPipe: reaping the process must not close
	// what it has written and we have not yet read.
	stdout, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	cmd.Stdout = childOut
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	childOut.Close()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a worker: %w", err), stdout.Close(), f.Close())
	}
	offerToKernel(cmd.Process.Pid)
	w := &remote{cmd: cmd, stdin: stdin, stdout: stdout, out: bufio.NewReader(stdout), log: f, hung: hung, limits: j.limits, killings: memoryKillings(), exited: make(chan struct{})}
	go func() {
		w.state = cmd.Wait()
		close(w.exited)
	}()
	if err := w.open(j); err != nil {
		w.kill()
		return nil, errors.Join(fmt.Errorf("starting the worker of %s: %w", j.strategy, err), stdout.Close(), f.Close())
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
		"protocol", ProtocolVersion, "strategy", j.strategy, "tasks", j.tasks,
		"timeout_ns", int64(j.timeout), "url", j.url, "urls", j.urlsFile, "allow_remote", j.allowRemote,
		"sleep", j.sleep, "cpu", j.cpu, "func", j.function, "seed", j.seed, "stack_bytes", j.stack, "alloc_bytes", j.alloc,
		"thread_limit", j.limits.threads); err != nil {
		return w.crashed(0)
	}
	defer w.watch()()
	_, err := await(context.Background(), patience, func() (message, error) {
		m, err := readMessage(w.out)
		switch {
		case err != nil:
			return m, w.crashed(0)
		case m.verb == "refused":
			return m, errors.New(m.fields["error"])
		case m.verb != "ready":
			return m, fmt.Errorf("protocol: unexpected %q in answer to open", m.verb)
		}
		return m, nil
	})
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
	var hang *hangError
	switch {
	case errors.As(err, &hang):
		w.dump()
		w.kill()
	case err != nil:
		w.kill()
	}
	return rep, err
}

func (w *remote) observe() (Outside, error) { return observe(w.cmd.Process.Pid) }

// await runs f, and gives up on it when the context is done or after the time given:
// the caller then ends the process, which ends f.
func await[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		v, err := f()
		done <- result{v, err}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	var none T
	select {
	case r := <-done:
		return r.value, r.err
	case <-timer.C:
		return none, &hangError{after: limit}
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// crashed waits for the end of a process whose output has ended, and says how it ended
// and why, by what it has said from the given offset of its log.
func (w *remote) crashed(from int64) error {
	if !w.gone(patience) {
		w.kill()
	}
	state := "exit status 0"
	if w.state != nil {
		state = w.state.Error()
	}
	if e := w.condemned.Load(); e != nil {
		return &crashError{status: e.status, state: state, why: e.why}
	}
	said, _ := io.ReadAll(io.NewSectionReader(w.log, from, 1<<20))
	return explain(state, string(said), memoryKillings() > w.killings)
}

// dump has a hung Go program write its goroutines to its log, and waits for that.
func (w *remote) dump() {
	if askForDump(w.cmd.Process) == nil {
		w.gone(patience)
	}
	if at, err := w.log.Seek(0, io.SeekEnd); err == nil && at > maxLog {
		_ = w.log.Truncate(maxLog) // a disk that is too full to be tidied is told of elsewhere
	}
}

// gone waits for the process to end, for so long, and reports whether it did.
func (w *remote) gone(limit time.Duration) bool {
	select {
	case <-w.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// kill ends the process and those that it has started, and waits for its end.
func (w *remote) kill() {
	select {
	case <-w.exited:
	default:
		_ = killGroup(w.cmd.Process) // fails only if it is gone by now
		<-w.exited
	}
}

func (w *remote) close() error {
	_ = writeMessage(w.stdin, "quit") // a worker that is gone is what is wanted
	_ = w.stdin.Close()
	if !w.gone(patience) {
		w.kill()
	}
	return errors.Join(w.stdout.Close(), w.log.Close())
}
