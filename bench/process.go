package bench

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

// process is a child of the coordinator: a worker, or the mock server. It gets its orders
// on stdin and ends when stdin does; it answers on stdout; what it writes to stderr goes
// to its log. Neither it nor the processes that it starts may outlive the coordinator.
type process struct {
	cmd    *exec.Cmd
	mark   string // a variable in its environment, which the processes that it starts inherit
	stdin  io.WriteCloser
	out    *bufio.Reader // stdout, a line of at most maxLine at a time
	stdout *os.File
	log    *childLog
	from   int64 // where in the log its own text begins

	// exited is closed once the process, and those it left behind, have ended, its stderr
	// is in the log and it has been reaped. Then the fields below hold.
	exited   chan struct{}
	state    error    // how it ended, nil for exit status 0
	leftover []string // the names of the processes that it left behind, which were killed
}

// maxLine is the length of the longest line of the protocol, bytes, its newline included.
const maxLine = 64 << 10

// patience is how long a child may take to come up, to write its goroutine dump and to
// end when asked.
const patience = 10 * time.Second

// drain is how long the rest of a child's output is waited for after its end. Only a
// process that it started, and that could not be found, can hold stdout or stderr open.
const drain = time.Second

// grace is how long the processes that a child has started may take to end after it.
const grace = 100 * time.Millisecond

// processes counts those that this process has started.
var processes atomic.Int64

// command is how a child is started.
type command struct {
	args  []string    // the program and its arguments
	dir   string      // the working directory, "" for this process's
	log   string      // the file that what it writes to stderr is appended to
	death deathSignal // what the child gets if this process dies, on Linux
}

// startProcess starts a child.
func startProcess(c command) (*process, error) {
	l, err := openChildLog(c.log)
	if err != nil {
		return nil, err
	}
	p := &process{
		cmd:    exec.Command(c.args[0], c.args[1:]...),
		mark:   fmt.Sprintf("FANBENCH_PROCESS=%d.%d", os.Getpid(), processes.Add(1)),
		log:    l,
		from:   l.mark(),
		exited: make(chan struct{}),
	}
	p.cmd.Dir = c.dir
	p.cmd.Env = append(p.cmd.Environ(), p.mark)
	p.cmd.SysProcAttr = childAttributes(c.death)
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
	p.stdout, p.out = stdout, bufio.NewReaderSize(stdout, maxLine)
	if p.stdin, err = p.cmd.StdinPipe(); err == nil {
		err = p.start(stderr)
	}
	childOut.Close()
	childErr.Close()
	if err != nil {
		return nil, errors.Join(err, stdout.Close(), stderr.Close(), l.close())
	}
	return p, nil
}

// start starts the child, and follows it to its end.
func (p *process) start(stderr *os.File) error {
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
			_, _ = io.Copy(p.log, stderr) // the end of stderr, however it comes
			close(logged)
		}()
		awaitEnd(p.cmd.Process.Pid)
		p.leftover = p.endKin(nil, grace)
		_ = killGroup(p.cmd.Process) // fails if nobody is left in it
		p.state = p.cmd.Wait()
		select {
		case <-logged:
		case <-time.After(drain):
		}
		stderr.Close()
		<-logged
		_ = p.stdout.SetReadDeadline(time.Now().Add(drain)) // Windows has none
		close(p.exited)
	}()
	return <-started
}

// pid is the child's number.
func (p *process) pid() int { return p.cmd.Process.Pid }

// strike kills the child and its process group, and does not wait.
func (p *process) strike() { _ = killGroup(p.cmd.Process) } // fails only if it is gone already

// kin are the processes that the child has started and that still run.
func (p *process) kin() []relative { return kin(p.cmd.Process.Pid, p.mark) }

// endKin waits until the processes that the child has started have ended, all but those
// spared, and kills what is left after the time given. It returns the names of what it
// killed.
func (p *process) endKin(spared []relative, limit time.Duration) (killed []string) {
	left := func() []relative {
		return slices.DeleteFunc(p.kin(), func(r relative) bool { return slices.Contains(spared, r) })
	}
	list := left()
	for deadline := time.Now().Add(limit); len(list) > 0 && time.Now().Before(deadline); list = left() {
		time.Sleep(time.Millisecond)
	}
	// One that is killed may have started another meanwhile.
	for range mostGenerations {
		for _, r := range list {
			if r.kill() {
				killed = append(killed, r.name)
			}
		}
		if list = left(); len(list) == 0 {
			break
		}
	}
	return killed
}

// mostGenerations is how often what is left is looked for and killed. A process that
// starts others faster than that wins; its group is killed besides.
const mostGenerations = 20

// relative is a process that a child has started, or one that such a process has.
type relative struct {
	pid   int
	name  string // of its program, as the system tells it
	group int
	since string // when it was started, in the system's words: tells it from another of that number
	dead  bool
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

// kill ends the process and those that it has started, and waits for the end of all.
func (p *process) kill() {
	select {
	case <-p.exited:
	default:
		_ = killGroup(p.cmd.Process) // fails only if it is gone by now
		<-p.exited
	}
}

// ended says how a process ended whose stdout has. One that lives on without is killed.
func (p *process) ended() string {
	if !p.gone(drain) {
		p.kill()
		return "it closed its standard output and was killed"
	}
	if p.state != nil {
		return p.state.Error()
	}
	return "exit status 0"
}

// dump has a Go program that hangs write its goroutines to its log, and waits for that.
func (p *process) dump() {
	if askForDump(p.cmd.Process) == nil {
		p.gone(patience)
	}
}

// close ends the process by the end of its stdin, as the end of its coordinator would, and
// kills it if it has not ended within the limit: then it has not obeyed. state says how it
// ended.
func (p *process) close(limit time.Duration) (obeyed bool, err error) {
	_ = p.stdin.Close() // one that has ended is what is wanted
	if obeyed = p.gone(limit); !obeyed {
		p.kill()
	}
	return obeyed, errors.Join(p.stdout.Close(), p.log.close())
}

// errOverdue is what await returns of something that took too long.
var errOverdue = errors.New("overdue")

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
