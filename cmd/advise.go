package cmd

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/bucket"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/search"
	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/summary"
)

// adviseFlags are the flags of `fanbench advise`.
type adviseFlags struct {
	runFlags
	time      time.Duration
	tolerance string
	slots     int
	rateLimit string
	format    string
}

var adviceFormats = formats[[]*advice.Advice](reports.AdviceFormats)

func newAdviseCmd() *cobra.Command {
	var f adviseFlags
	c := &cobra.Command{
		Use:   "advise [SCENARIO.yaml | RUN]",
		Short: "Find the strategy and the limit to use for a batch, and say why",
		Long: `Find the strategy and the limit to use for a batch. Say why, what it costs, what it
does when things go wrong, and which others are not significantly different.

The batch is described as for 'fanbench run', by a scenario file, by flags or by both.
Candidates are the usual strategies with limits doubled from 1 up, and those that the
scenario lists. --strategies replaces them. A screening finds the leading strategies and
tries limits in between. It leaves out limits that are predicted to be slower even if
tasks cost nothing, and the advice lists them. If the target refuses everything, it goes down to one task at a
time. Separate rounds then decide between the finalists. The lowest limit that is as fast
as the fastest, within the tolerance, is recommended. The whole search is one ordinary
run with all its reports. --slots and --rate-limit state known limits of the target.
Given the directory of an earlier run of this or another command, advise derives the
advice from it and measures nothing.

With --rate and --promise, batches arrive and overlap (docs/load.md). Candidates are
strategies without a limit, with one for each batch, with one for the process, and with
both. Those that keep the promise at the rate are tried at higher ones, to find the
headroom.

Exit status: 0 advice given; 1 no advice possible, or something failed; 2 wrong usage
or scenario; 4 the measurement is invalid; 130 interrupted.`,
		Example: `  fanbench advise examples/scenarios/longtail.yaml
  fanbench advise -n 64 --latency lognormal:p50=20ms,p99=200ms --time 1m
  fanbench advise --url http://127.0.0.1:8080/ -n 200 --tolerance 10%
  fanbench advise --url http://127.0.0.1:8080/ -n 200 --slots 16 --rate-limit 500/s
  fanbench advise --cpu 2ms -n 100 --strategies fixed-pool:workers=1..16,work-stealing:workers=1..16
  fanbench advise --rate 40/s --promise 'p99<=250ms' -n 10 --latency lognormal:p50=20ms,p99=100ms
  fanbench advise --format markdown reports/latest`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if _, err := adviceFormats.named(f.format); err != nil {
				return usageError{err}
			}
			if len(args) == 1 {
				if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
					return f.again(c, args[0])
				}
			}
			return f.advise(c, args)
		},
	}
	f.addBatch(c)
	f.addLoad(c)
	c.Flags().StringVar(&f.strategies, "strategies", "", "consider these instead, separated by commas, such as fixed-pool:workers=1..64")
	c.Flags().DurationVar(&f.time, "time", search.DefaultTime, fmt.Sprintf("time budget of the measurement; %v under load", search.DefaultLoadTime))
	c.Flags().IntVar(&f.slots, "slots", 0, "requests that the target is known to serve at once; limits near it are tried, none above twice this number")
	c.Flags().StringVar(&f.rateLimit, "rate-limit", "", "request rate that the target is known to accept, such as 100/s or 600/m; limits near it are tried")
	c.Flags().StringVar(&f.tolerance, "tolerance", fmt.Sprintf("%g%%", 100*search.DefaultTolerance), "recommend a lower limit if its makespan is at most this much longer")
	c.Flags().BoolVar(&f.quick, "quick", false, "three rounds only: a first look without a decision")
	adviceFormats.flag(c, &f.format)
	addReportFlags(c, &f.report)
	return c
}

// advise measures the candidates for a scenario and prints the advice.
func (f *adviseFlags) advise(c *cobra.Command, args []string) error {
	only := f.strategies != ""
	scenarios, err := f.scenarios(c, args)
	sought, err2 := f.sought(c)
	o, err3 := f.options(c)
	if err3 != nil {
		return err3
	}
	if bucket.IsURL(f.out) {
		return usageError{errors.New("--out: advice is for the machine that it was measured on; name a directory, not a bucket")}
	}
	var batch scenario.Scenario
	if len(scenarios) > 0 {
		batch = scenarios[0]
	}
	if batch.Measure.Figure == "" && batch.Measure.Promise.Share == 0.5 {
		batch.Measure.Figure = scenario.ResponseMedian // what the promise is about; a p99 takes longer
	}
	batch.Assert = nil // the assertions may name strategies that are not candidates
	if len(args) == 0 && !only {
		batch.Strategies = nil // these are the defaults of a run without a file
	}
	if only {
		sought.Only = batch.Strategies
	}
	// Check the scenario first, so that its mistakes are reported as the scenario's and not as
	// the search's. It may list no strategies: the search chooses them.
	checked := batch
	if len(checked.Strategies) == 0 {
		var err4 error
		checked.Strategies, err4 = scenario.ParseStrategies([]string{"sequential", "goroutine-per-task"})
		err = errors.Join(err, err4)
	}
	if len(scenarios) > 1 {
		err = errors.Join(err, errors.New("--rate: advice is for one rate; the search finds the others"))
	}
	if err := errors.Join(bench.Check([]scenario.Scenario{checked}, o), err, err2, f.report.Check(), promised(checked)); err != nil {
		return usageError{err}
	}
	sought.Note = f.progress.Say
	first, next := f.plan(c, batch, sought)
	o.Next = next
	run, err := bench.Measure(c.Context(), []scenario.Scenario{first}, o)
	f.progress.Close()
	if run == nil {
		return err
	}
	if err != nil && !run.Interrupted() {
		complain(c.ErrOrStderr(), err)
	}
	report, err := reports.Render(run, f.report.Options)
	if report == nil {
		return err
	}
	list := advice.Of(report.Summary)
	err = errors.Join(err, adviceFormats[f.format](c.OutOrStdout(), list))
	fmt.Fprintf(c.ErrOrStderr(), "all measurements: %s\n", report.Start())
	switch {
	case run.Interrupted() || c.Context().Err() != nil:
		return statusError{exitInterrupted, err}
	case run.Status == results.RunInvalid:
		return statusError{exitInvalid, err}
	case err != nil:
		return err
	}
	return adviceStatus(run, list)
}

// plan returns the first scenario to measure, and a function that returns the next.
func (f *adviseFlags) plan(c *cobra.Command, batch scenario.Scenario, sought search.Options) (scenario.Scenario, func(*results.Run) *scenario.Scenario) {
	if batch.Workload.Arrivals == nil {
		plan := search.New(batch, sought)
		return plan.First(), plan.Next
	}
	if !c.Flags().Changed("time") {
		sought.Time = search.DefaultLoadTime
	}
	plan := search.NewLoad(batch, sought)
	return plan.First(), plan.Next
}

// promised refuses batches that arrive without a promise, which the advice is about.
func promised(s scenario.Scenario) error {
	a := s.Workload.Arrivals
	switch {
	case a == nil:
		return nil
	case s.Measure.Promise == (scenario.Promise{}):
		return fmt.Errorf("%s: measure.promise: it is missing; say what is promised of the batches, as in --promise 'p99<=250ms'", s.Name)
	case a.MeanRate() == 0:
		return fmt.Errorf("%s: workload.arrivals.rate: it is missing; the search raises and lowers it", s.Name)
	}
	return nil
}

// oneBatch refuses batches that arrive and overlap.
func oneBatch(s scenario.Scenario) error {
	if s.Workload.Arrivals == nil {
		return nil
	}
	return fmt.Errorf("%s: workload.arrivals: this command takes one batch that runs alone; measure strategies and limits under load with fanbench run --rate", s.Name)
}

// sought returns the options of the search. Its error names every wrong flag.
func (f *adviseFlags) sought(c *cobra.Command) (search.Options, error) {
	o := search.Options{Time: f.time, CPUs: runtime.GOMAXPROCS(0), Slots: f.slots}
	if f.quick {
		o.Rounds = quickRounds
	}
	var errs []error
	check := func(flag string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("--%s: %w", flag, err))
		}
	}
	var err error
	o.Tolerance, err = scenario.ParseFraction(f.tolerance)
	check("tolerance", err)
	if c.Flags().Changed("rate-limit") {
		o.RateLimit, err = scenario.ParseRate(f.rateLimit)
		check("rate-limit", err)
	}
	if f.time < time.Second {
		check("time", fmt.Errorf("%v is too short; want at least 1s", f.time))
	}
	if c.Flags().Changed("slots") && f.slots < 1 {
		check("slots", fmt.Errorf("%d is out of range: want 1 or more", f.slots))
	}
	return o, errors.Join(errs...)
}

// again derives the advice from a run directory.
func (f *adviseFlags) again(c *cobra.Command, dir string) error {
	var measuring []string
	c.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Name != "format" {
			measuring = append(measuring, "--"+flag.Name)
		}
	})
	if len(measuring) > 0 {
		return usageError{fmt.Errorf("%s is a finished run and is not measured again: leave out %s", dir, strings.Join(measuring, ", "))}
	}
	run, err := results.Open(dir)
	if err != nil {
		return usageError{err}
	}
	s, err := summary.Of(run)
	if err != nil {
		return err
	}
	list := advice.Of(s)
	if err := adviceFormats[f.format](c.OutOrStdout(), list); err != nil {
		return err
	}
	return adviceStatus(run, list)
}

// adviceStatus is the exit status for the advice given.
func adviceStatus(run *results.Run, list []*advice.Advice) error {
	switch {
	case run.Status == results.RunInvalid:
		return statusError{status: exitInvalid}
	case slices.ContainsFunc(list, func(a *advice.Advice) bool { return a.Use == "" }):
		return statusError{status: exitFailed}
	}
	return nil
}
