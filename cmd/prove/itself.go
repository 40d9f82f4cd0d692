package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// selfCase is a scenario in which a strategy is compared with itself.
type selfCase struct {
	Name    string `json:"name"`
	Rounds  int    `json:"rounds"`
	Blocked bool   `json:"blocked"` // also unpaired: one copy after the other
	target  func(latency.Latency) scenario.Target
}

// selfCases are the cases of the proof: the mock server with either engine, and no server.
func selfCases() []selfCase {
	loop := func(l latency.Latency) scenario.Target {
		return scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}}
	}
	nethttp := func(l latency.Latency) scenario.Target {
		return scenario.Target{Mock: &config.Config{Engine: config.EngineNetHTTP, Behavior: config.Behavior{Latency: l}}}
	}
	sleep := func(l latency.Latency) scenario.Target { return scenario.Target{Sleep: &l} }
	return []selfCase{
		{"mock server", 20, true, loop},
		{"mock server", 120, false, loop},
		{"mock server, engine nethttp", 20, false, nethttp},
		{"sleep", 20, false, sleep},
	}
}

// selfPlan sets how often a strategy is compared with itself.
type selfPlan struct {
	cases  []selfCase
	runs   int // per case
	copies int // per run
	own    bench.Options
}

// selfResult has the measurements of a case's runs.
type selfResult struct {
	selfCase
	Scenario string          `json:"scenario"`
	Took     time.Duration   `json:"took_ns"`
	Runs     doctor.SelfRuns `json:"runs"`
}

// measure carries out the runs of all cases, interleaved: each case has one run in turn, so
// that conditions that change over hours affect all cases.
func (p selfPlan) measure(ctx context.Context, progress func(string)) ([]selfResult, error) {
	results := make([]selfResult, len(p.cases))
	plans := make([]doctor.SelfPlan, len(p.cases))
	for i, c := range p.cases {
		s, err := doctor.SelfScenario()
		if err != nil {
			return nil, err
		}
		s.Target = c.target(s.Target.Mock.Latency)
		plans[i] = doctor.SelfPlan{
			Scenario: s, Copies: p.copies, Rounds: c.Rounds, Runs: 1, Blocked: c.Blocked,
			Worker: p.own.Worker, Server: p.own.Server,
		}
		results[i] = selfResult{selfCase: c, Scenario: plans[i].Describe(), Runs: doctor.SelfRuns{Rounds: c.Rounds}}
	}
	for run := range p.runs {
		progress(fmt.Sprintf("A/A: run %d of %d, in each of %d scenarios", run+1, p.runs, len(plans)))
		for i, plan := range plans {
			began := time.Now()
			plan.Scenario.Measure.Seed += uint64(run)
			runs, err := plan.Hold(ctx, func(string, int, int) {})
			if err != nil {
				return nil, fmt.Errorf("A/A, %s: %w", results[i].Name, err)
			}
			r := &results[i]
			r.Took += time.Since(began)
			r.Runs.Interleaved = slices.Concat(r.Runs.Interleaved, runs.Interleaved)
			r.Runs.Blocked = slices.Concat(r.Runs.Blocked, runs.Blocked)
			r.Runs.Invalid = slices.Concat(r.Runs.Invalid, runs.Invalid)
		}
	}
	return results, nil
}
