package child

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// Process is a child of the coordinator: a worker, or the mock server. It reads its orders
// from stdin and ends when stdin ends. It answers on stdout, and its stderr goes to its log.
// Neither it nor the processes that it starts may outlive the coordinator.
type Process struct {
	cmd    *exec.Cmd
	mark   string // a variable in its environment, which the processes that it starts inherit
	Stdin  io.WriteCloser
	Out    *bufio.Reader // stdout, a line of at most maxLine at a time
	stdout *os.File
	Log    *Log
	From   int64 // where in the log its own text begins

	// exited is closed once the process and those it left behind have ended, its stderr is
	// in the log and it has been reaped. Then the fields below are valid.
	Exited   chan struct{}
	State    error    // how it ended, nil for exit status 0
	Leftover []string // the names of the processes that it left behind, which were killed
}

// MaxLine is the maximum length of a line of the protocol, in bytes, including its newline.
const MaxLine = 64 << 10

// Patience is how long a child may take to start, to write its goroutine dump and to end
// when asked.
const Patience = 10 * time.Second

// drain is how long to wait for the rest of a child's output after its end. Only a process
// that it started, and that could not be found, can keep stdout or stderr open.
const drain = time.Second

// Grace is how long the processes that a child has started may outlive it.
const Grace = 100 * time.Millisecond

// processes counts the children of this process.
var processes atomic.Int64

// Command says how to start a child.
type Command struct {
	Args  []string    // the program and its arguments
	Dir   string      // the working directory, "" for this process's
	Log   string      // the file to which its stderr is appended
	Death deathSignal // what the child gets if this process dies, on Linux
}

// Start starts a child.
func Start(c Command) (*Process, error) {
	l, err := OpenLog(c.Log)
	if err != nil {
		return nil, err
	}
	p := &Process{
		cmd:    exec.Command(c.Args[0], c.Args[1:]...),
		mark:   fmt.Sprintf("FANBENCH_PROCESS=%d.%d", os.Getpid(), processes.Add(1)),
		Log:    l,
		From:   l.Mark(),
		Exited: make(chan struct{}),
	}
	p.cmd.Dir = c.Dir
	p.cmd.Env = append(p.cmd.Environ(), p.mark)
	p.cmd.SysProcAttr = childAttributes(c.Death)
	// Pipes of our own rather than StdoutPipe: reaping the process must not close what it
	// has written and we have not yet read.
	stdout, childOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	stderr, childErr, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), childOut.Close(), l.close())
	}
	p.cmd.Stdout, p.cmd.Stderr = childOut, childErr
	p.stdout, p.Out = stdout, bufio.NewReaderSize(stdout, MaxLine)
	if p.Stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.start(stderr)
	}
	childOut.Close()
	childErr.Close()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stderr.Close(), l.close())
	}
	return p, nil
}

// start starts the child, and waits for its end in the background.
func (p *Process) start(stderr *os.File) error {
	started := make(chan error)
	go func() {
		// The child's death signal comes when the thread ends that started it (prctl(2),
		// PR_SET_PDEATHSIG): this one lives as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		logged := make(chan struct{})
		go func() {
			_, _ = io.Copy(p.Log, stderr) // the end of stderr, however it comes
			close(logged)
		}()
		awaitEnd(p.cmd.Process.Pid)
		p.Leftover = p.EndKin(nil, Grace)
		_ = killGroup(p.cmd.Process) // fails if no process is left in it
		p.State = p.cmd.Wait()
		select {
		case <-logged:
		case <-time.After(drain):
		}
		stderr.Close()
		<-logged
		_ = p.stdout.SetReadDeadline(time.Now().Add(drain)) // Windows has none
		close(p.Exited)
	}()
	return <-started
}

// PID returns the child's process identifier.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Strike kills the child and its process group, and does not wait.
func (p *Process) Strike() { _ = killGroup(p.cmd.Process) } // fails only if it has ended already

// Kin returns the running processes that the child has started.
func (p *Process) Kin() []Relative { return kin(p.cmd.Process.Pid, p.mark) }

// EndKin waits for the end of the processes that the child has started, except those spared,
// and kills the rest after the given time. It returns the names of the killed ones.
func (p *Process) EndKin(spared []Relative, limit time.Duration) (killed []string) {
	left := func() []Relative {
		return slices.DeleteFunc(p.Kin(), func(r Relative) bool { return slices.Contains(spared, r) })
	}
	list := left()
	for deadline := time.Now().Add(limit); len(list) > 0 && time.Now().Before(deadline); list = left() {
		time.Sleep(time.Millisecond)
	}
	// One that is killed may have started another meanwhile.
	for range mostGenerations {
		for _, r := range list {
			if r.Kill() {
				killed = append(killed, r.Name)
			}
		}
		if list = left(); len(list) == 0 {
			break
		}
	}
	return killed
}

// mostGenerations is how often left processes are searched and killed. A process that starts
// others faster escapes this, but its group is killed as well.
const mostGenerations = 20

// Relative is a descendant of a child.
type Relative struct {
	pid   int
	Name  string // of its program, as the system tells it
	group int
	since string // when it was started, in the system's words: tells it from another of that number
	Dead  bool
}

// Gone waits for the end of the process, at most for the given time, and reports whether it
// ended.
func (p *Process) Gone(limit time.Duration) bool {
	select {
	case <-p.Exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// Kill ends the process and its descendants, and waits for their end.
func (p *Process) Kill() {
	select {
	case <-p.Exited:
	default:
		_ = killGroup(p.cmd.Process) // fails only if it has already ended
		<-p.Exited
	}
}

// Ended returns how a process ended whose stdout is closed. It kills a process that is still
// running.
func (p *Process) Ended() string {
	if !p.Gone(drain) {
		p.Kill()
		return "it closed its standard output and was killed"
	}
	if p.State != nil {
		return p.State.Error()
	}
	return "exit status 0"
}

// Dump makes a Go program that hangs write its goroutines to its log, and waits for that.
func (p *Process) Dump() {
	if askForDump(p.cmd.Process) == nil {
		p.Gone(Patience)
	}
}

// Close ends the process by closing its stdin, and kills it if it has not ended within the
// limit. state says how it ended.
func (p *Process) Close(limit time.Duration) (obeyed bool, err error) {
	_ = p.Stdin.Close() // it fails if the child has ended, which is fine
	if obeyed = p.Gone(limit); !obeyed {
		p.Kill()
	}
	return obeyed, errors.Join(p.stdout.Close(), p.Log.close())
}

// ErrOverdue is the error of Await for something that took too long.
var ErrOverdue = errors.New("overdue")

// Await runs f. It gives up when the context is done or, with ErrOverdue, after the given
// time. The caller must then end the process, which ends f.
func Await[T any](ctx context.Context, limit time.Duration, f func() (T, error)) (T, error) {
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
		return none, ErrOverdue
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
