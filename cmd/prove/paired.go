package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// paired is fanbench's way: base and copy in every round, in random order, with the same
// latencies, each in its own process, and the mock server in another.
type paired struct {
	plan powerPlan
	own  bench.Options // the commands of its processes
}

// measure does a run for every slow-down. An invalid run has no values.
func (p *paired) measure(ctx context.Context, w workload, number int) (series, error) {
	s := series{Pairs: map[int]stat.Pair{}}
	began := time.Now()
	for i, percent := range p.plan.Slowdowns {
		run, pair, err := p.run(ctx, w, percent, uint64(number*len(p.plan.Slowdowns)+i))
		if err != nil {
			return s, err
		}
		if run.Status == results.RunInvalid {
			s.Invalid = append(s.Invalid, fmt.Sprintf("%d%%: %s", percent, strings.Join(run.Reasons, "; ")))
			pair = stat.Pair{}
		}
		s.Pairs[percent] = pair
	}
	s.Took = time.Since(began)
	return s, nil
}

// run compares the base with a copy that is slower by percent.
func (p *paired) run(ctx context.Context, w workload, percent int, seed uint64) (run *results.Run, pair stat.Pair, err error) {
	list, err := scenario.ParseStrategies([]string{inner, fmt.Sprintf("%s:by=%d%%", slowedPool.Name, percent)})
	if err != nil {
		return nil, pair, err
	}
	config, err := w.mock(seed)
	if err != nil {
		return nil, pair, err
	}
	run, err = inTemporary(func(dir string) (*results.Run, error) {
		return bench.Measure(ctx, []scenario.Scenario{{
			Name:       w.Name,
			Target:     scenario.Target{Mock: &config},
			Workload:   scenario.Workload{Tasks: tasks, Timeout: time.Minute},
			Strategies: list,
			Measure:    scenario.Measurement{Rounds: p.plan.Rounds, Warmup: 1, Seed: seed},
		}}, bench.Options{Dir: dir, Worker: p.own.Worker, Server: p.own.Server})
	})
	if err != nil {
		return nil, pair, err
	}
	if failures := run.Failures(); len(failures) > 0 {
		return nil, pair, errors.New(strings.Join(failures, "\n"))
	}
	return run, stat.Pair{Base: returned(run, w.Name, list[0].String()), Head: returned(run, w.Name, list[1].String())}, nil
}

// returned is the duration of the strategy's Run by rounds, in seconds: what a Go benchmark
// would time.
func returned(run *results.Run, scenario, strategy string) (seconds []float64) {
	for _, t := range run.Measured(scenario, strategy) {
		seconds = append(seconds, t.Returned.Seconds())
	}
	return seconds
}

// verdict is fanbench's verdict on this comparison alone.
func verdict(p stat.Pair) call {
	c := stat.Compare(p.Base, p.Head, stat.Options{})
	if c.Verdict == stat.Undecided {
		return call{p: 1}
	}
	return call{c.PAdjusted, c.Verdict == stat.Slower}
}
