package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
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
			run, err := bench.OpenRun(args[0])
			if err != nil {
				return usageError{err}
			}
			if run.Unverified() {
				fmt.Fprintf(c.ErrOrStderr(), "note: fanbench %s, which wrote this run, kept no checksums: what contradicts itself is told, other damage is not noticed\n", run.Fanbench)
			}
			report, err := render(c, run, o)
			if err != nil {
				return err
			}
			return verdictOf(run, report.Summary, false)
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

// render writes everything that is derived from a run, prints the table and, last,
// the paths of what was written.
func render(c *cobra.Command, run *bench.Run, o reports.Options) (*reports.Report, error) {
	report, err := reports.Render(run, o)
	if report == nil {
		return nil, err
	}
	return report, errors.Join(report.Print(c.OutOrStdout()), err)
}

// verdictOf is the exit status that a run comes to, the first that applies: interrupted;
// invalid; an assertion that does not hold; a run that is partial or unfinished; a strategy
// that failed; an assertion of which the data cannot tell. measured is of the command that
// held the run: only that was interrupted, and only that is to blame for its strategies.
func verdictOf(run *bench.Run, s *summary.Run, measured bool) error {
	switch {
	case measured && run.Interrupted():
		return statusError{status: exitInterrupted}
	case run.Status == bench.RunInvalid:
		return statusError{status: exitInvalid}
	case s.AssertionsIn(summary.AssertionFails) > 0:
		return statusError{status: exitGate}
	case run.Status != bench.RunComplete, measured && len(run.Failures()) > 0:
		return statusError{status: exitFailed}
	case s.AssertionsIn(summary.AssertionOpen) > 0:
		return statusError{status: exitInvalid}
	}
	return nil
}
