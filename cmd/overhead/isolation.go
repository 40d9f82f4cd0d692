package main

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// isolated compares the makespans of 100 tasks of 20 ms with each strategy in its own
// process and with all in this one, interleaved, by the ratio of each pair.
func isolated(out string, rounds int) error {
	sleep, err := constant(20 * time.Millisecond)
	if err != nil {
		return err
	}
	list, err := scenario.ParseStrategies([]string{"goroutine-per-task", "fixed-pool:workers=10"})
	if err != nil {
		return err
	}
	s := scenario.Scenario{
		Name:       "isolation",
		Target:     scenario.Target{Sleep: sleep},
		Workload:   scenario.Workload{Tasks: 100, Timeout: time.Minute},
		Strategies: list,
		Measure:    scenario.Measurement{Rounds: 3, Warmup: 1},
	}
	apart, together := map[string][]float64{}, map[string][]float64{}
	for i := range rounds {
		s.Measure.Seed = uint64(i + 1)
		for k := range 2 {
			isolate := (i+k)%2 == 0 // neither always goes first
			run, err := hold(out, s, isolate)
			if err != nil {
				return err
			}
			into := together
			if isolate {
				into = apart
			}
			for _, c := range list {
				for _, t := range run.Measured(s.Name, c.String()) {
					into[c.String()] = append(into[c.String()], t.Makespan.Seconds())
				}
			}
		}
	}
	fmt.Println("100 tasks of 20 ms: makespan with one process per strategy, relative to one process for all")
	for _, c := range list {
		ratio, interval := stat.HodgesLehmann(stat.LogRatios(together[c.String()], apart[c.String()]), 0.95)
		fmt.Printf("%-24s %.2f ms against %.2f ms: ratio %.4f, 95%% confidence interval %.4f to %.4f\n", c,
			1e3*stat.Quantiles(apart[c.String()], 0.5)[0], 1e3*stat.Quantiles(together[c.String()], 0.5)[0],
			math.Exp(ratio), math.Exp(interval.Low), math.Exp(interval.High))
	}
	return nil
}
