package cmd

import (
	"errors"
	"fmt"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/summary"
)

func newReportCmd() *cobra.Command {
	var o reports.Options
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Render a run's tables and charts again, measuring nothing",
		Long: `Render a run's tables and charts again from what it measured, and print the table.
RUN is a run directory, such as reports/latest. Every file that was measured is verified
first: a run whose files were altered or are missing is invalid, and says which.

Exit status: 0 ok; 1 the run is partial or unfinished, so this is not all of it; 2 RUN is
not a run directory; 3 an assertion does not hold; 4 the run is invalid, or cannot tell of
an assertion.`,
		Example: `  fanbench report reports/latest
  fanbench report --svg --theme dark reports/latest
  fanbench report reports/runs/20261123T081500Z-kitchen`,
		Args:              exactly("one run directory, such as reports/latest", 1),
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs),
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.Check(); err != nil {
				return usageError{err}
			}
			run, err := results.Open(args[0])
			if err != nil {
				return usageError{err}
			}
			if run.Unverified() {
				fmt.Fprintf(c.ErrOrStderr(), "note: fanbench %s, which wrote this run, kept no checksums: what contradicts itself is told, other damage is not noticed\n", run.Fanbench)
			}
			return render(c, run, o, false)
		},
	}
	addReportFlags(c, &o)
	return c
}

// addReportFlags adds the flags that choose what is rendered.
func addReportFlags(c *cobra.Command, o *reports.Options) {
	c.Flags().BoolVar(&o.SVG, "svg", false, "write every chart as SVG too")
	c.Flags().StringVar(&o.Theme, "theme", "light", "of the charts: light or dark")
	c.Flags().BoolVar(&o.NoCharts, "no-charts", false, "draw neither charts nor page now; fanbench report draws them later")
}

// render writes everything that is derived from a run, prints the table and, last, the
// paths of what was written. Its error is the exit status that the run comes to: what
// could not be written is printed, and is one of the things that statusOf goes by.
func render(c *cobra.Command, run *results.Run, o reports.Options, measured bool) error {
	report, err := reports.Render(run, o)
	var s *summary.Run
	if report != nil {
		s, err = report.Summary, errors.Join(err, report.Print(c.OutOrStdout()))
	}
	status := statusOf(run, s, measured, err != nil)
	if measured && c.Context().Err() != nil {
		status = exitInterrupted // if not earlier, while it was rendered
	}
	if status == exitOK {
		return nil
	}
	return statusError{status, err}
}

// statusOf is the exit status that a run comes to, the first that applies: interrupted;
// invalid; an assertion that does not hold; a run that is partial or unfinished, a report
// that could not be written, or a strategy that failed; an assertion of which the data
// cannot tell. measured is true of the command that measured the run: only that was
// interrupted, and only that is to blame for its strategies. s is nil if there is none.
func statusOf(run *results.Run, s *summary.Run, measured, unwritten bool) int {
	assertions := func(o summary.AssertionOutcome) bool { return s != nil && s.AssertionsIn(o) > 0 }
	switch {
	case measured && run.Interrupted():
		return exitInterrupted
	case run.Status == results.RunInvalid:
		return exitInvalid
	case assertions(summary.AssertionFails):
		return exitGate
	case unwritten, run.Status != results.RunComplete, measured && len(run.Failures()) > 0:
		return exitFailed
	case assertions(summary.AssertionOpen):
		return exitInvalid
	}
	return exitOK
}
