package bench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// process is a child of the conductor: a worker, or the mock server. It is told what to
// do on stdin, whose end has it end too, and so must not outlive the conductor; it
// answers on stdout, and what it writes to stderr is in its log.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *bufio.Reader // stdout
	stdout *os.File
	log    *os.File
	from   int64         // where in the log its own text begins
	exited chan struct{} // closed once the process has been reaped; then state holds
	state  error         // how it ended, nil for exit status 0
}

// patience is how long a child may take to come up, to write its goroutine dump and to
// go when asked.
const patience = 10 * time.Second

// maxLog is how much of a child's stderr is kept after a hang, bytes: the goroutines of
// a hundred thousand tasks fill more than anybody reads.
const maxLog = 16 << 20

// startProcess starts a child with the command, in a directory. What it writes to stderr
// is appended to the file log.
func startProcess(command []string, dir, log string) (*process, error) {
	f, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening its log: %w", err)
	}
	from, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening its log: %w", err), f.Close())
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
		return nil, errors.Join(err, stdout.Close(), f.Close())
	}
	p := &process{cmd: cmd, stdin: stdin, out: bufio.NewReader(stdout), stdout: stdout, log: f, from: from, exited: make(chan struct{})}
	go func() {
		p.state = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// gone waits for the process to end, for so long, and reports whether it did.
func (p *process) gone(limit time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// kill ends the process and those that it has started, and waits for its end.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		_ = killGroup(p.cmd.Process) // fails only if it is gone by now
		<-p.exited
	}
}

// ended says how a process ended whose output has: it waits for that, and sees to it.
func (p *process) ended() string {
	if !p.gone(patience) {
		p.kill()
	}
	if p.state != nil {
		return p.state.Error()
	}
	return "exit status 0"
}

// said is what the process has written to stderr from that offset of its log on, no more
// than anybody reads.
func (p *process) said(from int64) string {
	text, _ := io.ReadAll(io.NewSectionReader(p.log, from, 1<<20))
	return string(text)
}

// dump has a Go program that hangs write its goroutines to its log, and waits for that.
func (p *process) dump() {
	if askForDump(p.cmd.Process) == nil {
		p.gone(patience)
	}
	if at, err := p.log.Seek(0, io.SeekEnd); err == nil && at > maxLog {
		_ = p.log.Truncate(maxLog) // a disk that is too full to be tidied is told of elsewhere
	}
}

// close ends the process by the end of its stdin, as the end of its conductor would, and
// kills it if it has not gone by then. state says how it took that.
func (p *process) close() error {
	_ = p.stdin.Close() // one that is gone is what is wanted
	if !p.gone(patience) {
		p.kill()
	}
	return errors.Join(p.stdout.Close(), p.log.Close())
}

// await runs f, and gives up on it when the context is done or, with errOverdue, after the
// time given: the caller then ends the process, which ends f.
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
		return none, errOverdue
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
