// Command overhead measures the cost of the strategies themselves, with package bench as a
// library:
//
//	overhead              per empty task, every strategy: table, overhead.png
//	overhead -isolation   one process per strategy against one for all: 100 tasks of 20 ms
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/latency"
	_ "github.com/fanbench/fanbench/strategies/all"
)

func main() {
	bench.ServeIfWorker()
	rounds := flag.Int("rounds", 10, "measured rounds")
	tasks := flag.Int("tasks", 100_000, "empty tasks in a batch")
	out := flag.String("out", "reports/overhead", "directory for the chart and the runs")
	isolation := flag.Bool("isolation", false, "measure the cost of isolation instead")
	flag.Parse()
	measure := func() error { return overhead(*out, *tasks, *rounds) }
	if *isolation {
		measure = func() error { return isolated(*out, *rounds) }
	}
	if err := measure(); err != nil {
		fmt.Fprintln(os.Stderr, "overhead:", err)
		os.Exit(1)
	}
}

// hold measures a scenario in a directory below out, with each strategy in its own process
// or all in this one. A failed strategy is an error.
func hold(out string, s scenario.Scenario, isolate bool) (*results.Run, error) {
	var o bench.Options
	if isolate {
		worker, err := bench.SelfWorker()
		if err != nil {
			return nil, err
		}
		o.Worker = worker
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(out, time.Now().UTC().Format("20060102T150405Z")+"-"+s.Name+"-")
	if err != nil {
		return nil, err
	}
	o.Dir = filepath.Clean(dir)
	run, err := bench.Measure(context.Background(), []scenario.Scenario{s}, o)
	if err != nil {
		return nil, err
	}
	if failures := run.Failures(); len(failures) > 0 {
		return nil, fmt.Errorf("%s", failures[0])
	}
	return run, nil
}

// constant is a constant latency.
func constant(d time.Duration) (*latency.Latency, error) {
	l, err := latency.Parse(d.String())
	return &l, err
}
