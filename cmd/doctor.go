package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench/doctor"
	"github.com/fanbench/fanbench/internal/suggest"
)

func newDoctorCmd() *cobra.Command {
	var format string
	var quick bool
	var rounds, comparisons int
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Tell whether this machine is fit to measure on, and what to do about it",
		Long: `Tell whether this machine is fit to measure on, and what to do about it.

It times the clock, the scheduler and the same work again and again, reads the limits of
the system, and then compares one strategy with itself, many times: interleaved, as
fanbench does, and one after the other, as is usual. How often each calls the two
different is how often it is wrong here. It takes a minute at most.

Exit status: 0, whatever it finds; the findings have levels, also in JSON.`,
		Example: `  fanbench doctor
  fanbench doctor --quick --format json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o := doctor.Full
			if quick {
				o = doctor.Quick
			}
			if c.Flags().Changed("rounds") {
				o.Rounds = rounds
			}
			if c.Flags().Changed("comparisons") {
				o.Comparisons = comparisons
			}
			write, ok := map[string]func(*doctor.Diagnosis) error{
				"text": func(d *doctor.Diagnosis) error { return d.Text(c.OutOrStdout()) },
				"json": func(d *doctor.Diagnosis) error { return d.JSON(c.OutOrStdout()) },
			}[format]
			var errs []error
			if !ok {
				errs = append(errs, fmt.Errorf("--format: %w", suggest.Unknown("format", format, []string{"json", "text"})))
			}
			if o.Rounds < 1 || o.Comparisons < 1 {
				errs = append(errs, errors.New("--rounds and --comparisons are at least 1"))
			}
			if err := errors.Join(errs...); err != nil {
				return usageError{err}
			}
			o.Progress = func(what string) { fmt.Fprintln(c.ErrOrStderr(), what) }
			d, err := doctor.Examine(c.Context(), o)
			if errors.Is(err, context.Canceled) {
				return statusError{status: exitInterrupted}
			}
			if err != nil {
				return err
			}
			return write(d)
		},
	}
	c.Flags().StringVar(&format, "format", "text", "of the output: text or json")
	c.Flags().BoolVar(&quick, "quick", false, "take some ten seconds, not a minute")
	c.Flags().IntVar(&rounds, "rounds", doctor.Full.Rounds, "of each comparison of the A/A test")
	c.Flags().IntVar(&comparisons, "comparisons", doctor.Full.Comparisons, "of the A/A test, each way")
	return c
}
