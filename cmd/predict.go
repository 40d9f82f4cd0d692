package cmd

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/strategies"
)

// predictFlags are the flags of `fanbench predict`.
type predictFlags struct {
	tasks       string
	strategies  string
	limits      string
	rates       string
	whole       bool
	sample      bool
	seed        uint64
	format      string
	chart       string
	out         string
	allowRemote bool
}

func newPredictCmd() *cobra.Command {
	var f predictFlags
	c := &cobra.Command{
		Use:   "predict RUN | SCENARIO.yaml",
		Short: "Say how long a batch would take that is too large to measure",
		Long: `Say how long a batch would take that is too large to measure, from a run of a smaller
one: the makespan with its 95% prediction interval, what the interval's width comes
from, the CPU time, memory and sockets, and the limit beyond which nothing is gained.

Given the directory of a run, it measures nothing. Given a scenario file, it measures
the scenario first, as 'fanbench run' does, and then predicts from that.

Each strategy is simulated task by task, with the cost per task at which the simulation
of the measured batch takes as long as was measured. Batches of more than 10^8 tasks in
all are simulated in part and go on by sums; --whole simulates them whole. A strategy
whose model has not been shown to hold is refused by name, with what to measure
instead. docs/predict.md has the method and predictions held against measurements.

Exit status: 0 predicted; 1 nothing could be predicted; 2 wrong usage or scenario; 4 the
run is invalid; 130 interrupted, with what is known.`,
		Example: `  fanbench predict reports/latest -n 1e6
  fanbench predict reports/latest -n 1e9 --limit 16,32,64,128
  fanbench predict reports/latest -n 1e9 --strategies fixed-pool --whole
  fanbench predict examples/scenarios/longtail.yaml -n 1e6 --format json
  fanbench predict reports/latest --rate 20/s,40/s                      response times`,
		Args: exactly("one run directory, such as reports/latest, or one scenario file", 1),
		RunE: func(c *cobra.Command, args []string) error { return f.run(c, args[0]) },
	}
	c.Flags().StringVarP(&f.tasks, "tasks", "n", "", "tasks of the batch to predict, such as 1000000 or 1e9 (default: ten times the measured batch)")
	c.Flags().StringVar(&f.strategies, "strategies", "", "predict these of the measured strategies only, separated by commas; a name alone is all that have it")
	c.Flags().StringVar(&f.limits, "limit", "", "predict these limits in place of those that were measured, separated by commas")
	c.Flags().StringVar(&f.rates, "rate", "", "predict response times of batches of the measured size that arrive at these rates and overlap, such as 20/s,40/s")
	c.Flags().BoolVar(&f.whole, "whole", false, "simulate every task of every batch, however many there are")
	c.Flags().BoolVar(&f.sample, "sample", false, "use the measured times of tasks even if the scenario states their distribution")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the simulated batches")
	c.Flags().StringVar(&f.chart, "chart", "", "write the chart to this file, .png or .svg")
	c.Flags().StringVar(&f.out, "out", "", "with a scenario, run directory to create (default "+results.DefaultRuns+"/<UTC time>-<scenario>)")
	c.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "with a scenario, permit targets that are not on this machine's loopback; test only systems you are authorised to test")
	predictFormats.flag(c, &f.format)
	completeFlag(c, "strategies", completeStrategies)
	return c
}

func (f *predictFlags) run(c *cobra.Command, from string) error {
	write, err := predictFormats.named(f.format)
	o, err2 := f.options()
	var wrong []error
	wrong = append(wrong, err, err2, f.checkChart())
	info, err := os.Stat(from)
	measured := err == nil && info.IsDir()
	if measured && (f.out != "" || f.allowRemote) {
		wrong = append(wrong, fmt.Errorf("%s is a finished run and is not measured again: leave out --out and --allow-remote", from))
	}
	var run *results.Run
	if measured {
		run, err = results.Open(from)
		wrong = append(wrong, err)
	}
	if !measured {
		wrong = append(wrong, f.check(from))
	}
	if err := errors.Join(wrong...); err != nil {
		return usageError{err}
	}
	if run == nil {
		if run, err = f.measure(c, from); run == nil || err != nil {
			return err
		}
	}
	if err := f.wanted(run, &o); err != nil {
		return usageError{err}
	}
	o.Progress = func(done, of int64) {
		fmt.Fprintf(c.ErrOrStderr(), "%.0f%% of %.3g tasks simulated\n", 100*float64(done)/float64(of), float64(of))
	}
	report, err := predict.Of(c.Context(), run, o)
	if err != nil {
		return statusError{exitInvalid, err}
	}
	err = write(c.OutOrStdout(), report)
	if f.chart != "" {
		err = errors.Join(err, f.draw(report))
	}
	switch {
	case report.Interrupted:
		return statusError{exitInterrupted, err}
	case err != nil:
		return err
	case len(report.Predictions)+len(report.Responses) == 0:
		return statusError{exitFailed, errors.New("nothing could be predicted; the reasons are above")}
	}
	return nil
}

// scenarioOptions are those of a measurement.
func (f *predictFlags) scenarioOptions(c *cobra.Command) (bench.Options, error) {
	run := runFlags{out: f.out, allowRemote: f.allowRemote}
	return run.options(c)
}

// check returns the mistakes in a scenario file.
func (f *predictFlags) check(file string) error {
	s, _ := scenario.Read(file) // Check reports the error
	o, err := Processes()
	o.AllowRemote, o.Dir = f.allowRemote, f.out
	return errors.Join(err, bench.Check([]scenario.Scenario{s}, o), oneBatch(s))
}

// measure measures a scenario. Without a run there is nothing to predict from.
func (f *predictFlags) measure(c *cobra.Command, file string) (*results.Run, error) {
	s, err := scenario.Read(file)
	o, err2 := f.scenarioOptions(c)
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	s.Assert = nil
	run, err := bench.Measure(c.Context(), []scenario.Scenario{s}, o)
	if run == nil {
		return nil, err
	}
	fmt.Fprintf(c.ErrOrStderr(), "all measurements: %s\n", run.Dir)
	if run.Interrupted() {
		return nil, statusError{exitInterrupted, nil}
	}
	return run, err
}

// options reads the flags. Its error names every wrong one.
func (f *predictFlags) options() (predict.Options, error) {
	o := predict.Options{Whole: f.whole, Sample: f.sample, Seed: f.seed, Cores: runtime.GOMAXPROCS(0), Here: machine.ReadEnvironment()}
	var errs []error
	if f.tasks != "" {
		n, err := tasksOf(f.tasks)
		if err != nil {
			errs = append(errs, fmt.Errorf("-n: %w", err))
		}
		o.Tasks = n
	}
	if f.limits != "" {
		for text := range strings.SplitSeq(f.limits, ",") {
			limit, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || limit < 1 || limit > strategies.MaxLimit {
				errs = append(errs, fmt.Errorf("--limit: %q is not a whole number from 1 to %d", strings.TrimSpace(text), strategies.MaxLimit))
			}
			o.Limits = append(o.Limits, limit)
		}
	}
	rates, err := f.ratesOf()
	o.Rates = rates
	return o, errors.Join(append(errs, err)...)
}

// ratesOf reads the rates at which batches arrive.
func (f *predictFlags) ratesOf() (list []float64, err error) {
	if f.rates == "" {
		return nil, nil
	}
	var errs []error
	if f.tasks != "" || f.whole || f.chart != "" {
		errs = append(errs, errors.New("--rate: batches that arrive have the measured size, and no chart: leave out -n, --whole and --chart"))
	}
	for text := range strings.SplitSeq(f.rates, ",") {
		rate, err := scenario.ParseRate(text)
		if err != nil {
			errs = append(errs, fmt.Errorf("--rate: %w", err))
		}
		list = append(list, rate)
	}
	return list, errors.Join(errs...)
}

// mostTasks is the greatest batch that is predicted.
const mostTasks = 1_000_000_000_000

// tasksOf reads a number of tasks, such as 1e9.
func tasksOf(text string) (int, error) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil || v != math.Trunc(v) || v < 1 || v > mostTasks {
		return 0, fmt.Errorf("%q is not a whole number from 1 to 1e12, such as 1000000 or 1e9", text)
	}
	return int(v), nil
}

// wanted chooses the strategies, which are those of the run, and the default size.
func (f *predictFlags) wanted(run *results.Run, o *predict.Options) error {
	largest := 0
	var names []string
	for _, p := range run.Scenarios {
		largest = max(largest, p.Scenario.Workload.Tasks)
		for _, c := range p.Scenario.Strategies {
			names = append(names, c.String())
		}
	}
	if o.Tasks == 0 {
		o.Tasks = 10 * largest
	}
	var errs []error
	if f.strategies == "" {
		return nil
	}
	for _, text := range scenario.SplitStrategies(f.strategies) {
		c, err := strategies.Parse(text)
		if err == nil && !measuredAs(run, c) {
			err = fmt.Errorf("%s was not measured in %s, which has %s; measure it: fanbench run --strategies %s", c, run.Dir, strings.Join(names, ", "), text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("--strategies: %w", err))
		}
		o.Strategies = append(o.Strategies, c)
	}
	return errors.Join(errs...)
}

func measuredAs(run *results.Run, c strategies.Choice) bool {
	for _, p := range run.Scenarios {
		for _, s := range p.Scenario.Strategies {
			if predict.Wanted(s, c) {
				return true
			}
		}
	}
	return false
}

func (f *predictFlags) checkChart() error {
	if f.chart == "" {
		return nil
	}
	if ext := filepath.Ext(f.chart); ext != ".png" && ext != ".svg" {
		return fmt.Errorf("--chart: %s: want a file that ends in .png or .svg", f.chart)
	}
	return nil
}

func (f *predictFlags) draw(r *predict.Report) error {
	text, err := r.Figure().Encode(figure.Light, strings.TrimPrefix(filepath.Ext(f.chart), "."), figure.DPI)
	if err != nil {
		return err
	}
	return os.WriteFile(f.chart, text, 0o644)
}
