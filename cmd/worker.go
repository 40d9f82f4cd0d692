package cmd

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench"
)

// newWorkerCmd is what `fanbench run` starts, once for every strategy.
func newWorkerCmd() *cobra.Command {
	return &cobra.Command{
		Use:    "worker",
		Short:  "Carry out one strategy's trials for a conductor (docs/protocol.md)",
		Hidden: true,
		Args:   noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return bench.ServeWorker(c.InOrStdin(), c.OutOrStdout(), func() { os.Exit(exitFailed) })
		},
	}
}
