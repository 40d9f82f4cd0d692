package cmd

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
)

//go:embed init.yaml
var initialScenario string

// initialFile is the file that init writes by default.
const initialFile = "scenario.yaml"

func newInitCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FILE]",
		Short: "Write a commented scenario to start from",
		Long: `Write a commented scenario to start from, to scenario.yaml or to the named file. A
file that exists is not overwritten; - stands for stdout. Editors that know the YAML
language server complete its keys, by the schema that 'fanbench schema' prints.`,
		Example: `  fanbench init
  fanbench init - | less`,
		ValidArgsFunction: files("yaml", "yml"),
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return fmt.Errorf("name one file to write, not %d", len(args))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			name := initialFile
			if len(args) > 0 {
				name = args[0]
			}
			if name == "-" {
				_, err := fmt.Fprint(c.OutOrStdout(), initialScenario)
				return err
			}
			f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
			if errors.Is(err, fs.ErrExist) {
				return usageError{fmt.Errorf("%s exists already; name another file, or - for stdout", name)}
			}
			if err != nil {
				return err
			}
			_, err = f.WriteString(initialScenario)
			if err := errors.Join(err, f.Close()); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s is written. Change it, then: fanbench run %s\n", name, name)
			return err
		},
	}
}
