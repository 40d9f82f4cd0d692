package cmd

import (
	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/reports"
)

func newReportCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "report RUN",
		Short: "Render a run's tables and charts again, measuring nothing",
		Long: `Render a run's tables and charts again from what it measured, and print the table.
RUN is a run directory, such as reports/latest. Exit status 4 if the run is invalid.`,
		Example: `  fanbench report reports/latest
  fanbench report reports/runs/20261123T081500Z-kitchen`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			run, err := bench.OpenRun(args[0])
			if err != nil {
				return usageError{err}
			}
			if err := render(c, run, nil); err != nil {
				return err
			}
			if run.Status == bench.RunInvalid {
				return statusError{status: exitInvalid}
			}
			return nil
		},
	}
}

// render writes everything that is derived from a run, prints the table and, last,
// the paths of what was written.
func render(c *cobra.Command, run *bench.Run, benchstat []string) error {
	report, err := reports.Render(run, reports.Options{Benchstat: benchstat})
	if err != nil {
		return err
	}
	return report.Print(c.OutOrStdout())
}
