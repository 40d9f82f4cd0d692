package cmd

import (
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/fanbench/fanbench/strategies"
)

func newListCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the strategies, with their parameters and traits",
		Long:    "List every strategy that can be compared, with its parameters (default and range), what it does when a task fails, panics or is cancelled, and the library that it uses.",
		Example: "  fanbench list",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, s := range strategies.All() {
				describe(c, s)
			}
			return nil
		},
	}
}

func describe(c *cobra.Command, s strategies.Spec) {
	out := c.OutOrStdout()
	fmt.Fprintf(out, "%s\n    %s\n", s.Name, s.Doc)
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.Style().Box.PaddingLeft = "    "
	for _, p := range s.Params {
		fallback := "default " + p.Format(p.Default)
		if p.Optional {
			fallback = "optional"
		}
		t.AppendRow(table.Row{p.Name, fmt.Sprintf("%s, %s: %s", fallback, p.Range(), p.Doc)})
	}
	order := "tasks may start in any order"
	if s.Traits.KeepsOrder {
		order = "tasks start in order"
	}
	t.AppendRows([]table.Row{
		{"on error", s.Traits.OnError},
		{"on panic", s.Traits.OnPanic},
		{"on cancel", s.Traits.OnCancel},
		{"on Goexit", s.Traits.OnGoexit},
		{"order", order},
	})
	if s.Source != "" {
		t.AppendRow(table.Row{"uses", s.Source})
	}
	t.Render()
	fmt.Fprintln(out)
}
