package cmd

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/progress"
	"github.com/fanbench/fanbench/internal/semantics"
	"github.com/fanbench/fanbench/internal/version"
	"github.com/fanbench/fanbench/strategies"
)

func newSemanticsCmd() *cobra.Command {
	var list, format string
	var quick, verbose bool
	c := &cobra.Command{
		Use:   "semantics",
		Short: "Measure what strategies do when things go wrong: the behaviour matrix",
		Long: `Measure what every strategy does when a task fails, panics or calls runtime.Goexit,
when the batch is cancelled, when there are no tasks, and when there are a million.

Each cell is measured in its own process and compared with the traits that the strategy
declares. A mismatch is shown and gives exit status 1. All strategies take some minutes,
and the batches of 10^6 tasks take some GB of memory: --quick skips these batches.
Progress goes to stderr.`,
		Example: `  fanbench semantics
  fanbench semantics --quick --strategies errgroup,fixed-pool:workers=4
  fanbench semantics --format markdown > matrix.md`,
		Args: noArguments,
	}
	c.Flags().StringVar(&list, "strategies", "", "strategies to measure, separated by commas (default all)")
	semanticsFormats.flag(c, &format)
	c.Flags().BoolVar(&verbose, "verbose", false, "explain every column of the tables")
	c.Flags().BoolVar(&quick, "quick", false, "skip the batches of 10^6 tasks")
	c.RunE = func(c *cobra.Command, _ []string) error {
		choices, err := semanticsChoices(list)
		write, err2 := semanticsFormats.named(format)
		if err := errors.Join(err, err2); err != nil {
			return usageError{err}
		}
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding the program to start processes with: %w", err)
		}
		p := progress.New(c.ErrOrStderr())
		m, err := semantics.Measure(c.Context(), choices, semantics.Options{
			Command: []string{self, "semantics-cell"},
			Quick:   quick,
			Progress: func(strategy string, over, all int) {
				p.Step(fmt.Sprintf("semantics %d/%d: %s", over+1, all, strategy), over, all)
			},
		})
		p.Close()
		if c.Context().Err() != nil {
			return statusError{status: exitInterrupted}
		}
		if err != nil {
			return err
		}
		m.Fanbench, m.Go = version.String(), runtime.Version()
		if err := write(c.OutOrStdout(), semanticsReport{m, verbose}); err != nil {
			return err
		}
		if n := len(m.Mismatches()); n > 0 {
			return fmt.Errorf("%d traits differ from what is declared", n)
		}
		return nil
	}
	return c
}

// semanticsChoices returns the named strategies, or all with their defaults.
func semanticsChoices(list string) ([]strategies.Choice, error) {
	if list != "" {
		return scenario.ParseStrategies(scenario.SplitStrategies(list))
	}
	var names []string
	for _, s := range strategies.All() {
		names = append(names, s.Name)
	}
	return scenario.ParseStrategies(names)
}

// newSemanticsCellCmd is the command that `fanbench semantics` starts once for each cell.
func newSemanticsCellCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "semantics-cell STRATEGY CELL",
		Short:  "Measure one cell of the behaviour matrix",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return semantics.Serve(args[0], args[1], c.OutOrStdout())
		},
	}
}
