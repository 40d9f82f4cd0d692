package cmd

import (
	"errors"
	"fmt"
	"io"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/summary"
)

func newReportCmd() *cobra.Command {
	var o reportFlags
	var without []string
	c := &cobra.Command{
		Use:   "report RUN",
		Short: "Render a run's tables and charts again, measuring nothing",
		Long: `Render a run's tables and charts again from its measurements, and print the table.
RUN is a run directory, such as reports/latest. Every measured file is verified first. A
run whose files were altered or are missing is invalid, and the report names them.

Exit status: 0 ok; 1 the run is partial or unfinished, so the report is incomplete; 2 RUN
is not a run directory; 3 an assertion failed; 4 the run is invalid or an assertion is
inconclusive.`,
		Example: `  fanbench report reports/latest
  fanbench report --svg --theme dark reports/latest
  fanbench report --format json reports/latest
  fanbench report --push http://127.0.0.1:9091 reports/latest
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
			if err := run.Without(without...); err != nil {
				return usageError{fmt.Errorf("--without: %w", err)}
			}
			if run.Unverified() {
				fmt.Fprintf(c.ErrOrStderr(), "note: fanbench %s, which wrote this run, kept no checksums: only contradictions between its files are detected, no other damage\n", run.Fanbench)
			}
			return render(c, run, o, false)
		},
	}
	c.Flags().StringSliceVar(&without, "without", nil, "machines to leave out of a merged run, separated by commas; the report says so")
	addReportFlags(c, &o)
	addPrintFlags(c, &o)
	addPushFlags(c, &o.push)
	return c
}

// reportFlags choose the reports.
type reportFlags struct {
	reports.Options
	format string
	push   pushFlags
}

// Check returns the mistakes in the flags.
func (f reportFlags) Check() error {
	if f.format == "" { // the command has formats of its own
		return f.Options.Check()
	}
	_, errFormat := reportFormats.named(f.format)
	_, errPush := f.push.deliveries()
	return errors.Join(errFormat, errPush, f.Options.Check())
}

// reportFormats are what is printed of a report; the files are the same. Those for programs are
// the files of the same format.
var reportFormats = formats[*reports.Report]{
	"openmetrics": func(w io.Writer, r *reports.Report) error { return r.Copy(w, "metrics.txt") },
	"text":        func(w io.Writer, r *reports.Report) error { return r.Print(w) },
	"json":        func(w io.Writer, r *reports.Report) error { return r.Copy(w, "summary.json") },
	"csv":         func(w io.Writer, r *reports.Report) error { return r.Copy(w, "summary.csv") },
	"markdown":    func(w io.Writer, r *reports.Report) error { return r.Copy(w, "summary.md") },
}

// addReportFlags adds the flags that choose the reports.
func addReportFlags(c *cobra.Command, o *reportFlags) {
	c.Flags().BoolVar(&o.SVG, "svg", false, "write every chart as SVG too")
	c.Flags().StringVar(&o.Theme, "theme", "light", "theme of the charts: light or dark")
	c.Flags().BoolVar(&o.Parquet, "parquet", false, "also write tasks.parquet: a row per task, for DuckDB and pandas")
	c.Flags().BoolVar(&o.NoCharts, "no-charts", false, "skip the charts and the page; fanbench report can draw them later")
}

// addPrintFlags adds the flags that choose what is printed of a report.
func addPrintFlags(c *cobra.Command, o *reportFlags) {
	reportFormats.flag(c, &o.format)
	c.Flags().BoolVar(&o.Verbose, "verbose", false, "print the whole legend, and all failures, warnings, URLs and files")
}

// render writes everything that is derived from a run, prints the table and, last, the
// paths of the written files. Its error is the exit status of the run. A report that could
// not be written is printed, and statusOf takes it into account.
func render(c *cobra.Command, run *results.Run, o reportFlags, measured bool) error {
	write, err := reportFormats.named(o.format)
	if err != nil {
		return usageError{err}
	}
	report, err := reports.Render(run, o.Options)
	var s *summary.Run
	if report != nil {
		s, err = report.Summary, errors.Join(err, write(c.OutOrStdout(), report))
	}
	status := statusOf(run, s, measured, err != nil)
	if measured && c.Context().Err() != nil {
		status = exitInterrupted // interrupted while rendering
	}
	if s != nil {
		o.push.send(c.Context(), c.ErrOrStderr(), s, run.Dir)
	}
	if status == exitOK {
		return nil
	}
	return statusError{status, err}
}

// statusOf is the exit status of a run. The first that applies: interrupted; invalid; a
// failed assertion; a partial or unfinished run, a report that could not be written, or a
// failed strategy; an inconclusive assertion. measured is true for the command that
// measured the run: only that command was interrupted, and only that one fails because of
// the strategies. s is nil if there is no summary.
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
