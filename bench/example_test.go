package bench_test

import (
	"context"
	"fmt"
	"os"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/scenario"
)

// A function of one's own is measured under any strategy: here in this process. With
// worker processes, main begins with RegisterFunc and ServeIfWorker, and Options.Worker
// is what SelfWorker returns.
func ExampleMeasure_function() {
	scenario.RegisterFunc("resize", func(ctx context.Context, round, task int) error {
		return nil // resize picture number task
	})
	list, err := scenario.ParseStrategies([]string{"sequential", "fixed-pool:workers=2"})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	run, err := bench.Measure(context.Background(), []scenario.Scenario{{
		Name:       "pictures",
		Target:     scenario.Target{Func: "resize"},
		Workload:   scenario.Workload{Tasks: 100},
		Strategies: list,
		Measure:    scenario.Measurement{Rounds: 6},
	}}, bench.Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Status, len(run.Measured("pictures", "fixed-pool:workers=2")), "rounds")
	// Output: complete 6 rounds
}
