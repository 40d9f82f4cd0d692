package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fanbench/fanbench/bench/results"
)

// disk lets the disk fill up, or files reach their maximum size, during a run.
var disk = series{
	name:    "disk",
	promise: "If the disk fills up, or files reach their size limit (ulimit -f), the run ends with status partial, the reason and exit status 1. What was measured by then can be read.",
	how:     "A run that writes 128 KB of records per trial, on an in-memory file system of a random size of 0.3 to 1.5 MiB (if mounting one is permitted), and under ulimit -f.",
	run:     runDisk,
}

const diskTries = 10

// fillingRun are the arguments of a run of 2,000 tasks a trial that take no time.
var fillingRun = []string{"run", "-n", "2000", "--sleep", "constant:0s", "--strategies", "sequential,errgroup", "--rounds", "20", "--no-charts", "--out", "run"}

func runDisk(ctx context.Context, t *tries) error {
	for i := range t.times(ctx, diskTries) {
		dir, err := os.MkdirTemp(t.dir, "disk-")
		if err != nil {
			return err
		}
		if i%2 == 0 {
			err = t.fill(ctx, dir, 300+t.random.IntN(1200))
		} else {
			err = t.limitFiles(ctx, dir)
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// fill runs on a file system of the given size in KiB.
func (t *tries) fill(ctx context.Context, dir string, size int) error {
	if syscall.Mount("fanbench", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", size)) != nil {
		return nil // mounting is not permitted
	}
	o, err := t.fanbench(ctx, dir, fillingRun...)
	if err == nil {
		t.expectPartial(dir, o, fmt.Sprintf("a disk of %d KiB", size), "no space left")
	}
	if unmount := syscall.Unmount(dir, syscall.MNT_DETACH); unmount != nil && err == nil {
		err = fmt.Errorf("unmounting %s: %w", dir, unmount)
	}
	return err
}

// limitFiles runs with files of at most 100 KiB, less than the records of a trial take.
func (t *tries) limitFiles(ctx context.Context, dir string) error {
	r, err := t.startCommand(dir, append([]string{"bash", "-c", `ulimit -f 100; exec "$0" "$@"`, t.program}, fillingRun...)...)
	if err != nil {
		return nil // bash is not installed
	}
	o := r.wait(ctx)
	if ctx.Err() == nil {
		t.expectPartial(dir, o, "files of 100 KiB", "file too large")
	}
	return ctx.Err()
}

func (t *tries) expectPartial(dir string, o outcome, what, reason string) {
	t.expectNobody(what)
	t.expect("exit status 1, and the reason is printed", o.status == 1 && strings.Contains(o.stderr, reason), "%s: %s", what, o)
	run, err := results.Open(filepath.Join(dir, "run"))
	t.expect("the run directory can be read", err == nil, "%s: %v", what, err)
	if err == nil {
		t.expect("the run is partial and has the reason", run.Status == results.RunPartial && strings.Contains(strings.Join(run.Reasons, " "), reason),
			"%s: %s after %d trials: %s", what, run.Status, len(run.Trials), strings.Join(run.Reasons, "; "))
	}
}
