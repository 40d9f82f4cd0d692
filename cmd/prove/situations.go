package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/advice/planted"
	"github.com/fanbench/fanbench/internal/search"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/reports/summary"
)

// situation is a batch to measure. Scenario needs no strategies.
type situation struct {
	Name     string
	Scenario scenario.Scenario
}

// realSituations are batches against mock servers, on the cores, and under a memory limit.
func realSituations() []situation {
	mock := func(tasks int, b config.Behavior) scenario.Scenario {
		return batch(tasks, scenario.Target{Mock: &config.Config{Behavior: b}})
	}
	ms := func(v time.Duration) latency.Latency { return mustLatency((v * time.Millisecond).String()) }
	work, nap := ms(2), ms(30)
	// This uses stacks because they give a sharp limit. With memory that the garbage collector
	// frees, tasks are killed only in some rounds over a wide range of limits.
	memory := batch(64, scenario.Target{Sleep: &nap})
	memory.Workload.Stack, memory.Measure.MemoryLimit = 4<<20, 95<<20
	return []situation{
		{"rate limit of 200/s, 20 ms", mock(50, config.Behavior{Latency: ms(20), Faults: []config.Fault{{Kind: config.FaultRateLimit, Rate: 200, Burst: 5}}})},
		{"12 slots that refuse, 20 ms", mock(64, config.Behavior{Latency: ms(20), Capacity: config.Capacity{Slots: 12, Full: config.FullReject}})},
		{"16 slots that queue, 20 ms", mock(100, config.Behavior{Latency: ms(20), Capacity: config.Capacity{Slots: 16}})},
		{"8 slots, shared", mock(64, config.Behavior{Latency: ms(10), Capacity: config.Capacity{Slots: 8, Discipline: config.ProcessorSharing}})},
		{"long tail", mock(64, config.Behavior{Latency: mustLatency("lognormal:p50=10ms,p99=100ms")})},
		{"busy cores", batch(50, scenario.Target{CPU: &work})},
		{"memory for 20 stacks at once", memory},
	}
}

func batch(tasks int, t scenario.Target) scenario.Scenario {
	s := scenario.Scenario{Name: "planted", Target: t, Measure: scenario.DefaultMeasure, Workload: scenario.Workload{
		Tasks: tasks, Timeout: scenario.DefaultTimeout, Connections: scenario.ConnectionsWarm,
	}}
	s.Measure.Margin = planted.Within
	return s
}

// realRounds is the number of rounds of brute force. Every limit has the same latencies in a round.
const realRounds = 9

// bruteSeed is added to the seed, so that brute force and the search have different latencies.
const bruteSeed = 1_000_003

// measure runs the search with the given time, then compares the advice with brute force:
// realRounds rounds of limits from 1 to the size of the batch, each a quarter above the
// last. The runs are written below o.Dir, which must be set. It blocks until all is measured.
// Its error names the situation that could not be measured.
func (s situation) measure(ctx context.Context, o bench.Options, budget time.Duration, cpus int) (planted.Row, error) {
	fail := func(err error) (planted.Row, error) { return planted.Row{}, fmt.Errorf("%s: %w", s.Name, err) }
	below := o.Dir
	p := search.New(s.Scenario, search.Options{Time: budget, Tolerance: planted.Within, CPUs: cpus})
	o.Dir, o.Next = filepath.Join(below, "advise"), p.Next
	run, err := bench.Measure(ctx, []scenario.Scenario{p.First()}, o)
	if err != nil {
		return fail(err)
	}
	sum, err := summary.Of(run)
	if err != nil {
		return fail(err)
	}
	a := advice.Of(sum)[0]

	brute := s.Scenario
	var names []string
	for limit := 1; limit <= brute.Workload.Tasks; limit = max(limit+1, limit*5/4) {
		names = append(names, fmt.Sprintf("fixed-pool:workers=%d", limit))
	}
	names = append(names, "goroutine-per-task")
	if a.Use != "" && !strings.Contains(strings.Join(names, " ")+" ", a.Use+" ") {
		names = append(names, a.Use)
	}
	if brute.Strategies, err = scenario.ParseStrategies(names); err != nil {
		return fail(err)
	}
	brute.Measure.Rounds, brute.Measure.Seed = realRounds, brute.Measure.Seed+bruteSeed
	o.Dir, o.Next = filepath.Join(below, "brute"), nil
	if run, err = bench.Measure(ctx, []scenario.Scenario{brute}, o); err != nil {
		return fail(err)
	}
	return s.row(a.Use, brute, run), nil
}

// row compares the advice with the best limit by brute force. A candidate works if all rounds
// did all tasks.
func (s situation) row(use string, brute scenario.Scenario, run *results.Run) planted.Row {
	truth, advised := make(planted.Truth, len(brute.Strategies)), []float64(nil)
	for i, c := range brute.Strategies {
		took := results.Makespans(run.Measured(brute.Name, c.String()))
		failed := slices.ContainsFunc(run.Measured(brute.Name, c.String()), func(t results.Trial) bool { return t.Audit.Failed > 0 })
		if failed || len(took) < realRounds {
			continue
		}
		for r := 1; r <= realRounds; r++ {
			truth[i] = append(truth[i], math.Log(took[r]))
		}
		if c.String() == use {
			advised = truth[i]
		}
	}
	row := planted.Row{Situation: s.Name, Advised: use, Ratio: truth.Judge(use != "", advised)}
	if best := truth.Best(); best >= 0 {
		row.Best = brute.Strategies[best].String()
	}
	return row
}

func mustLatency(text string) latency.Latency {
	l, err := latency.Parse(text)
	if err != nil {
		panic(err) // a bug in this file
	}
	return l
}
