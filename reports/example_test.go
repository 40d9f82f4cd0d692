package reports_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/reports"
	_ "github.com/fanbench/fanbench/strategies/all" // every built-in strategy
)

// The example measures a scenario, reads the run back and renders it. It measures in its own
// process; Options.Worker gives each strategy its own process (see bench.SelfWorker).
func Example() {
	dir, err := os.MkdirTemp("", "fanbench")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	s, err := scenario.Decode("example.yaml", []byte(`
target: {sleep: {latency: 1ms}}
workload: {tasks: 8}
strategies: [sequential, errgroup]
measure: {rounds: 7}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	where := filepath.Join(dir, "run")
	if _, err := bench.Measure(context.Background(), []scenario.Scenario{s}, bench.Options{Dir: where}); err != nil {
		fmt.Println(err)
		return
	}
	run, err := results.Open(where)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(run.Trials), "trials")
	report, err := reports.Render(run, reports.Options{NoCharts: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filepath.Base(report.Start()))
	fmt.Println("baseline:", report.Summary.Scenarios[0].Baseline)
	// Output:
	// 16 trials
	// summary.md
	// baseline: sequential
}
