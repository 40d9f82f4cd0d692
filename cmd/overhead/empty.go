package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// width is the concurrency limit, for strategies that have one.
const width = 64

// cost is a strategy's cost per empty task: medians of the rounds.
type cost struct {
	strategy    string
	ns          float64 // makespan per task
	low, high   float64 // its quartiles
	cpu, allocs float64
}

// overhead measures batches of empty tasks: all strategies in every round, in random order,
// each in its own process.
func overhead(out string, tasks, rounds int) error {
	nothing, err := constant(0)
	if err != nil {
		return err
	}
	s := scenario.Scenario{
		Name:     "overhead",
		Target:   scenario.Target{CPU: nothing},
		Workload: scenario.Workload{Tasks: tasks, Timeout: time.Minute},
		Measure:  scenario.Measurement{Rounds: rounds, Warmup: 1, Seed: 1},
	}
	for _, spec := range strategies.All() {
		c, err := strategies.Parse(spec.Name)
		if err != nil {
			return err
		}
		widen(c)
		s.Strategies = append(s.Strategies, c)
	}
	run, err := hold(out, s, true)
	if err != nil {
		return err
	}
	costs := costsOf(run, s)
	write(costs)
	chart := filepath.Join(out, "overhead.png")
	if err := drawChart(costs, tasks, rounds, chart); err != nil {
		return err
	}
	fmt.Printf("\n%d rounds of %d empty tasks, recording included, concurrency limit %d for strategies with one.\n%s\n%s\n", rounds, tasks, width, chart, run.Dir)
	return nil
}

// widen sets the choice's first parameter to width, if that is the concurrency limit.
// Detached tasks get a sufficient grace period, which is not part of the makespan.
func widen(c strategies.Choice) {
	for i, p := range c.Spec.Params {
		switch {
		case i == 0 && p.Kind == strategies.Number && !p.Optional, p.Name == "initial", p.Name == "process":
			c.Params[p.Name] = width
		case p.Name == "grace":
			c.Params[p.Name] = int64(2 * time.Second)
		}
	}
}

// costsOf returns the costs of the run's strategies, the cheapest first.
func costsOf(run *results.Run, s scenario.Scenario) []cost {
	var costs []cost
	n := float64(s.Workload.Tasks)
	for _, c := range s.Strategies {
		var ns, cpu, allocs []float64
		for _, t := range run.Measured(s.Name, c.String()) {
			ns = append(ns, float64(t.Makespan)/n)
			cpu = append(cpu, float64(t.Usage.CPU)/n)
			allocs = append(allocs, float64(t.Usage.Allocs)/n)
		}
		q := stat.Quantiles(ns, 0.25, 0.5, 0.75)
		costs = append(costs, cost{c.String(), q[1], q[0], q[2], stat.Median(cpu), stat.Median(allocs)})
	}
	slices.SortFunc(costs, func(a, b cost) int { return cmp.Compare(a.ns, b.ns) })
	return costs
}

func write(costs []cost) {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Options.SeparateHeader = true
	t.Style().Format.Header = 0
	t.AppendHeader(table.Row{"strategy", "ns/task", "quartiles", "CPU ns/task", "allocs/task", "x cheapest"})
	for _, c := range costs {
		t.AppendRow(table.Row{
			c.strategy, fmt.Sprintf("%.0f", c.ns), fmt.Sprintf("%.0f-%.0f", c.low, c.high),
			fmt.Sprintf("%.0f", c.cpu), fmt.Sprintf("%.1f", c.allocs), fmt.Sprintf("%.1f", c.ns/costs[0].ns),
		})
	}
	t.Render()
}
