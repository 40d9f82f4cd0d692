package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fanbench/fanbench/bench/results"
)

// kill kills one of fanbench's processes with SIGKILL, at a random moment.
var kill = series{
	name:    "kill",
	promise: "If the coordinator, a worker or the mock server is killed with SIGKILL, no process is left and the run directory can be read. The death of a worker affects only its own strategy: the others complete their rounds.",
	how:     "A run of three strategies and 20 rounds. The coordinator, a worker or the mock server, in turn, is killed at a random moment.",
	run:     runKill,
}

// killTries is the number of kills.
const killTries = 30

// longRun are the arguments of a run of some seconds, and longRounds is its number of rounds.
var longRun = []string{"run", "-n", "20", "--latency", "constant:2ms", "--strategies", "sequential,goroutine-per-task,errgroup", "--rounds", "20", "--no-charts", "--out", "run"}

const longRounds = 20

func runKill(ctx context.Context, t *tries) error {
	victims := []string{"run", "fanbench-worker", "serve"} // by their subcommand
	names := []string{"the coordinator", "a worker", "the mock server"}
	for i := range t.times(ctx, killTries) {
		dir, err := os.MkdirTemp(t.dir, "kill-")
		if err != nil {
			return err
		}
		r, err := t.start(dir, longRun...)
		if err != nil {
			return err
		}
		moment := time.Duration(t.random.Int64N(int64(3 * time.Second)))
		what := fmt.Sprintf("%s killed after %.2f s", names[i%len(names)], moment.Seconds())
		hit := t.killAfter(r, moment, victims[i%len(victims)])
		o := r.wait(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.expectNobody(what)
		if !hit {
			continue // the process had ended or not started
		}
		t.expect("fanbench ends", !o.hung, "%s: %s", what, o)
		run, err := results.Open(filepath.Join(dir, "run"))
		if _, statErr := os.Stat(filepath.Join(dir, "run", "run.json")); errors.Is(statErr, fs.ErrNotExist) {
			continue // the run had not started
		}
		t.expect("the run directory can be read", err == nil, "%s: %v", what, err)
		if err != nil {
			continue
		}
		switch victims[i%len(victims)] {
		case "fanbench-worker":
			whole := 0
			for _, s := range run.Scenarios[0].Scenario.Strategies {
				ok := 0
				for _, trial := range run.Measured(run.Scenarios[0].Scenario.Name, s.String()) {
					if trial.Status == results.StatusOK {
						ok++
					}
				}
				if ok == longRounds {
					whole++
				}
			}
			t.expect("a worker killed: the other strategies' rounds are complete, exit status 1 or 4", whole >= 2 && (o.status == 1 || o.status == 4 || whole == 3), "%s: %d of 3 strategies complete; %s", what, whole, o)
		case "serve":
			t.expect("the mock server killed: the run is partial and says why, exit status 1", o.status == 1 && run.Status == results.RunPartial && strings.Contains(strings.Join(run.Reasons, " "), "mock server"),
				"%s: status %s, %v; %s", what, run.Status, run.Reasons, o)
		case "run":
			t.expect("the coordinator killed: the run is not complete", run.Status != results.RunComplete, "%s: status %s", what, run.Status)
		}
	}
	return ctx.Err()
}

// killAfter waits, then kills one of the command's processes that has the subcommand. It
// returns false if there is no such process, for example because the command has ended.
func (t *tries) killAfter(r *running, moment time.Duration, subcommand string) bool {
	select {
	case <-r.over:
		return false
	case <-time.After(moment):
	}
	pids, _ := t.survivors()
	var found []int
	for _, pid := range pids {
		line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)) // one that has ended has none
		if words := strings.Split(string(line), "\x00"); len(words) > 1 && words[1] == subcommand {
			found = append(found, pid)
		}
	}
	if len(found) == 0 {
		return false
	}
	return syscall.Kill(found[t.random.IntN(len(found))], syscall.SIGKILL) == nil
}
