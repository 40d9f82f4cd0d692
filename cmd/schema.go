package cmd

import (
	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/bench/scenario"
)

func newSchemaCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of scenario files",
		Long: `Print the JSON Schema of scenario files, for editors that complete and check YAML by a
schema. It knows keys and types; fanbench itself also checks how they fit together.`,
		Example: "  fanbench schema > scenario.schema.json",
		Args:    noArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return writeJSON(c.OutOrStdout(), scenario.Schema()) },
	}
}
