package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/results"
)

// signals interrupts runs at random moments.
var signals = series{
	name:    "signals",
	promise: "SIGINT and SIGTERM end a run in order: what was measured is kept and reported, the run is partial, and the exit status is 130. A signal that is repeated within half a second counts once, because `timeout 3 fanbench run` sends it twice. No process is left.",
	how:     "A run of three strategies and 20 rounds is interrupted at a random moment: by SIGINT, by SIGTERM, by either twice within 0.3 s, by timeout(1), and by SIGINT while a strategy's constructor blocks.",
	run:     runSignals,
}

// signalTries is the number of interrupted runs.
const signalTries = 40

// interruption is one way to interrupt a run.
type interruption struct {
	name    string
	signals []syscall.Signal
	args    []string // arguments of fanbench; nil for longRun
	timeout bool     // use timeout(1) instead
}

var interruptions = []interruption{
	{name: "SIGINT", signals: []syscall.Signal{syscall.SIGINT}},
	{name: "SIGTERM", signals: []syscall.Signal{syscall.SIGTERM}},
	{name: "SIGINT twice", signals: []syscall.Signal{syscall.SIGINT, syscall.SIGINT}},
	{name: "SIGTERM twice", signals: []syscall.Signal{syscall.SIGTERM, syscall.SIGTERM}},
	{name: "timeout(1)", timeout: true},
	{name: "SIGINT during New", signals: []syscall.Signal{syscall.SIGINT}, args: []string{
		"run", "-n", "4", "--latency", "constant:1ms", "--strategies", "sequential,hostile-blocks-in-new", "--rounds", "3", "--no-charts", "--out", "run",
	}},
}

// mostEnding is the maximum time for an interrupted run to end. It has to write a report,
// and the machine may be busy.
const mostEnding = 8 * time.Second

func runSignals(ctx context.Context, t *tries) error {
	for i := range t.times(ctx, signalTries) {
		if err := t.interrupt(ctx, interruptions[i%len(interruptions)]); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (t *tries) interrupt(ctx context.Context, how interruption) error {
	dir, err := os.MkdirTemp(t.dir, "signals-")
	if err != nil {
		return err
	}
	args := how.args
	if args == nil {
		args = longRun
	}
	moment := 200*time.Millisecond + time.Duration(t.random.Int64N(int64(2500*time.Millisecond)))
	pause := time.Duration(t.random.Int64N(int64(300 * time.Millisecond)))
	command, status := append([]string{t.program}, args...), 130
	if how.timeout {
		if _, err := exec.LookPath("timeout"); err != nil {
			return nil // timeout(1) is not installed
		}
		command, status = append([]string{"timeout", fmt.Sprintf("%.3f", moment.Seconds())}, command...), 124
	}
	r, err := t.startCommand(dir, command...)
	if err != nil {
		return err
	}
	select {
	case <-r.over:
	case <-time.After(moment):
	}
	signalled := time.Now()
	for i, s := range how.signals {
		if i > 0 {
			time.Sleep(pause)
		}
		_ = r.cmd.Process.Signal(s) // it may have ended
	}
	o := r.wait(ctx)
	took := time.Since(signalled)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	what := fmt.Sprintf("%s after %.2f s", how.name, moment.Seconds())
	t.expectNobody(what)
	run, err := results.Open(filepath.Join(dir, "run"))
	if _, statErr := os.Stat(filepath.Join(dir, "run", "run.json")); errors.Is(statErr, fs.ErrNotExist) {
		return nil // the run had not started
	}
	t.expect("the run directory can be read", err == nil, "%s: %v; %s", what, err, o)
	if err != nil {
		return nil
	}
	if o.status != status && run.Status != results.RunPartial && run.Status != results.RunRunning {
		return nil // the run had already ended
	}
	t.expect(fmt.Sprintf("%s: exit status %d", how.name, status), o.status == status, "%s: %s", what, o)
	t.expect("the run is partial, or was already complete", run.Status != results.RunRunning, "%s: %s", what, run.Status)
	_, err = os.Stat(filepath.Join(dir, "run", "summary.json"))
	t.expect("the measured trials are reported", err == nil || len(run.Trials) == 0, "%s: %d trials, %v", what, len(run.Trials), err)
	t.expect(fmt.Sprintf("it ends within %v of the signal", mostEnding), took < mostEnding, "%s: %.1f s", what, took.Seconds())
	return nil
}
