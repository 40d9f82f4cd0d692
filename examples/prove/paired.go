package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
)

// paired is fanbench: the base and all slower copies in every round, in random order,
// on the same latencies, each in a process of its own.
type paired struct {
	plan       powerPlan
	strategies []string // the base, then one a slow-down
	worker     []string
}

func newPaired(plan powerPlan) (*paired, error) {
	p := &paired{plan: plan, strategies: []string{inner}}
	for _, percent := range plan.Slowdowns {
		p.strategies = append(p.strategies, fmt.Sprintf("%s:by=%d%%", slowedPool.Name, percent))
	}
	var err error
	p.worker, err = bench.SelfWorker()
	return p, err
}

// hold holds one run, of as many rounds as planned.
func (p *paired) hold(ctx context.Context, w workload, number int) (series, error) {
	s := series{Pairs: map[int]stat.Pair{}}
	dir, err := os.MkdirTemp("", "fanbench-prove-")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	list, err := bench.ParseStrategies(p.strategies)
	if err != nil {
		return s, err
	}
	config, err := w.mock(uint64(number))
	if err != nil {
		return s, err
	}
	began := time.Now()
	run, err := bench.Measure(ctx, []bench.Scenario{{
		Name:       w.Name,
		Target:     bench.Target{Mock: &config},
		Workload:   bench.Workload{Tasks: tasks, Timeout: time.Minute},
		Strategies: list,
		Measure:    bench.Measurement{Rounds: p.plan.Rounds, Warmup: 1, Seed: uint64(number)},
	}}, bench.Options{Dir: filepath.Join(dir, "run"), Worker: p.worker})
	if err != nil {
		return s, err
	}
	if failures := run.Failures(); len(failures) > 0 {
		return s, fmt.Errorf("%s", strings.Join(failures, "\n"))
	}
	// Each comparison is charged for its two strategies' part of the run.
	s.Took = time.Since(began) * time.Duration(2*len(p.plan.Slowdowns)) / time.Duration(len(list))
	if run.Status == bench.RunInvalid {
		s.Invalid = strings.Join(run.Reasons, "; ")
	}
	base := returned(run, w.Name, list[0].String())
	for i, percent := range p.plan.Slowdowns {
		s.Pairs[percent] = stat.Pair{Base: base, Head: returned(run, w.Name, list[i+1].String())}
	}
	return s, nil
}

// returned is how long the strategy's Run took, by rounds, in seconds: what a benchmark
// in Go would time.
func returned(run *bench.Run, scenario, strategy string) (seconds []float64) {
	for _, t := range run.Measured(scenario, strategy) {
		seconds = append(seconds, t.Returned.Seconds())
	}
	return seconds
}

// verdict is that of fanbench, of this comparison alone.
func verdict(p stat.Pair) stat.Verdict {
	return stat.Compare(p.Base, p.Head, stat.Options{}).Verdict
}
