package cmd

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/internal/version"
)

func newVersionCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print fanbench's version, commit and Go version",
		Example: "  fanbench version",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "fanbench %s %s %s/%s\n", version.String(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
