package cmd

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/search"
	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/advice"
	"github.com/fanbench/fanbench/reports/summary"
)

// adviseFlags are the flags of `fanbench advise`.
type adviseFlags struct {
	runFlags
	time      time.Duration
	tolerance string
	format    string
}

func newAdviseCmd() *cobra.Command {
	var f adviseFlags
	c := &cobra.Command{
		Use:   "advise [SCENARIO.yaml | RUN]",
		Short: "Find the strategy and the limit to use for a batch, and say why",
		Long: `Find the strategy and the limit to use for a batch, and say why, what it costs, what
it does when things go wrong, and what was not to be told from it.

The batch is described as for 'fanbench run', by a scenario file, by flags or by both.
Candidates are the usual strategies, limits doubled from 1 up, and what the scenario
lists; --strategies names others instead. A screening of a few rounds finds the leading
ones; the advice is then decided by rounds of their own. Of what is shown to be as fast
as the fastest within the tolerance, the lowest limit is recommended. All of it is one
ordinary run, with all its reports. Given the directory of a run, of this command or
another, the advice is derived from that again, and nothing is measured.

Exit status: 0 with an advice; 1 if none can be given, or something failed; 2 wrong usage
or scenario; 4 the measurement is invalid; 130 interrupted.`,
		Example: `  fanbench advise examples/scenarios/longtail.yaml
  fanbench advise -n 64 --latency lognormal:p50=20ms,p99=200ms --time 1m
  fanbench advise --url http://127.0.0.1:8080/ -n 200 --tolerance 10%
  fanbench advise --cpu 2ms -n 100 --strategies fixed-pool:workers=1..16,work-stealing:workers=1..16
  fanbench advise --format markdown reports/latest`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if reports.AdviceFormats[f.format] == nil {
				return usageError{fmt.Errorf("--format: %w", suggest.Unknown("format", f.format, slices.Sorted(maps.Keys(reports.AdviceFormats))))}
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
	c.Flags().StringVar(&f.strategies, "strategies", "", "consider these instead, separated by commas, such as fixed-pool:workers=1..64")
	c.Flags().DurationVar(&f.time, "time", search.DefaultTime, "that the measurement should take")
	c.Flags().StringVar(&f.tolerance, "tolerance", fmt.Sprintf("%g%%", 100*search.DefaultTolerance), "difference of makespans that a lower limit is worth")
	c.Flags().BoolVar(&f.quick, "quick", false, "three rounds only: a look, which decides nothing")
	c.Flags().StringVar(&f.format, "format", "text", "text, markdown or json")
	addReportFlags(c, &f.report)
	completeFlag(c, "strategies", completeStrategies)
	return c
}

// advise measures what it takes to give advice about a scenario, and prints it.
func (f *adviseFlags) advise(c *cobra.Command, args []string) error {
	only := f.strategies != ""
	if !only {
		f.strategies = defaultStrategies // unless there is a file
	}
	scenarios, err := f.scenarios(c, args)
	tolerance, err2 := bench.ParseFraction(f.tolerance)
	if err2 != nil {
		err2 = fmt.Errorf("--tolerance: %w", err2)
	}
	if f.time < time.Second {
		err2 = errors.Join(err2, fmt.Errorf("--time: %v is too short; a second is the least", f.time))
	}
	if err := errors.Join(err, err2, f.report.Check()); err != nil {
		return usageError{err}
	}
	o, err := f.options(c)
	if err != nil {
		return err
	}
	sought := search.Options{
		Time: f.time, Tolerance: tolerance, CPUs: runtime.GOMAXPROCS(0),
		Note: func(text string) { fmt.Fprintln(c.ErrOrStderr(), text) },
	}
	if only {
		sought.Only = scenarios[0].Strategies
	}
	if f.quick {
		sought.Rounds = quickRounds
	}
	// What is wrong with the scenario is said in its own words, not in the search's.
	if err := bench.Check(scenarios, o); err != nil {
		return usageError{err}
	}
	plan := search.New(scenarios[0], sought)
	o.Next = plan.Next
	run, err := bench.Measure(c.Context(), []bench.Scenario{plan.First()}, o)
	if run == nil {
		return err
	}
	if err != nil && !run.Interrupted() {
		complain(c.ErrOrStderr(), err)
	}
	report, err := reports.Render(run, f.report)
	if report == nil {
		return err
	}
	list := advice.Of(report.Summary)
	err = errors.Join(err, reports.AdviceFormats[f.format](c.OutOrStdout(), list))
	fmt.Fprintf(c.ErrOrStderr(), "all that was measured: %s\n", filepath.Join(run.Dir, "index.html"))
	switch {
	case err != nil:
		return err
	case run.Interrupted() || c.Context().Err() != nil:
		return statusError{status: exitInterrupted}
	}
	return adviceStatus(run, list)
}

// again derives the advice from a run that is on disk.
func (f *adviseFlags) again(c *cobra.Command, dir string) error {
	var measuring []string
	c.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Name != "format" {
			measuring = append(measuring, "--"+flag.Name)
		}
	})
	if len(measuring) > 0 {
		return usageError{fmt.Errorf("%s is a run, of which nothing is measured again: leave out %s", dir, strings.Join(measuring, ", "))}
	}
	run, err := bench.OpenRun(dir)
	if err != nil {
		return usageError{err}
	}
	s, err := summary.Of(run)
	if err != nil {
		return err
	}
	list := advice.Of(s)
	if err := reports.AdviceFormats[f.format](c.OutOrStdout(), list); err != nil {
		return err
	}
	return adviceStatus(run, list)
}

// adviceStatus is the exit status that an advice comes to.
func adviceStatus(run *bench.Run, list []*advice.Advice) error {
	switch {
	case run.Status == bench.RunInvalid:
		return statusError{status: exitInvalid}
	case slices.ContainsFunc(list, func(a *advice.Advice) bool { return a.Use == "" }):
		return statusError{status: exitFailed}
	}
	return nil
}
