package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// actAs is the environment variable that makes this program fanbench. Workers and mock
// servers inherit it, so that they are fanbench too.
const actAs = "FANBENCH_HOSTILE_IS_FANBENCH"

// longest is the time limit of one command. A command that exceeds it is killed and counts
// as a hang. The slowest command of any series takes a few seconds.
const longest = 90 * time.Second

// mark is the value of that variable. It identifies the processes of this series.
func (t *tries) mark() string { return fmt.Sprintf("%d-%s", os.Getpid(), t.series.name) }

// outcome is the result of one fanbench command.
type outcome struct {
	status         int // -1 if a signal killed it
	stdout, stderr string
	took           time.Duration
	peak           int64 // peak resident memory of the process or any of its children, bytes; 0 if not known
	hung           bool  // it was killed after the time limit
}

// String is the outcome in a few words.
func (o outcome) String() string {
	if o.hung {
		return fmt.Sprintf("killed after %v", longest)
	}
	return fmt.Sprintf("status %d after %.1f s: %s", o.status, o.took.Seconds(), lastLine(o.stderr))
}

// running is a fanbench command in progress.
type running struct {
	cmd            *exec.Cmd
	stdout, stderr strings.Builder // complete once over is closed
	began          time.Time
	over           chan struct{}
}

// start starts a fanbench command that works in the directory dir.
func (t *tries) start(dir string, args ...string) (*running, error) {
	return t.startCommand(dir, append([]string{t.program}, args...)...)
}

// startCommand starts any command that runs fanbench.
func (t *tries) startCommand(dir string, command ...string) (*running, error) {
	r := &running{cmd: exec.Command(command[0], command[1:]...), began: time.Now(), over: make(chan struct{})}
	r.cmd.Dir = dir
	r.cmd.Env = append(os.Environ(), actAs+"="+t.mark())
	r.cmd.Stdout, r.cmd.Stderr = &r.stdout, &r.stderr
	r.cmd.WaitDelay = 5 * time.Second // a child that keeps stdout open must not block us
	if err := r.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting fanbench: %w", err)
	}
	go func() {
		defer close(r.over)
		_ = r.cmd.Wait() // ProcessState has more information
	}()
	return r, nil
}

// wait waits for the command to end. It kills the command when the context is done or when
// the command exceeds its time limit.
func (r *running) wait(ctx context.Context) outcome {
	o := outcome{}
	timer := time.NewTimer(time.Until(r.began.Add(longest)))
	defer timer.Stop()
	select {
	case <-r.over:
	case <-timer.C:
		o.hung = true
	case <-ctx.Done():
	}
	select {
	case <-r.over:
	default:
		_ = r.cmd.Process.Kill() // fails only if it has already ended
		<-r.over
	}
	o.status, o.took, o.peak = r.cmd.ProcessState.ExitCode(), time.Since(r.began), peakMemory(r.cmd.ProcessState)
	o.stdout, o.stderr = r.stdout.String(), r.stderr.String()
	return o
}

// fanbench runs a fanbench command in the directory dir and waits for it to end. It returns
// an error if the command could not be started or the context is done.
func (t *tries) fanbench(ctx context.Context, dir string, args ...string) (outcome, error) {
	r, err := t.start(dir, args...)
	if err != nil {
		return outcome{}, err
	}
	return r.wait(ctx), ctx.Err()
}

// lastLine returns the last non-blank line of a text.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
