package cmd

import (
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// The width of help, in columns: that of the terminal within these limits, and narrow where there
// is none.
const (
	narrow = 80
	wide   = 120
)

// wrapHelp wraps the descriptions of a command and those below it, and of their flags.
func wrapHelp(root *cobra.Command) {
	width := narrow
	if columns, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil && columns > 0 {
		width = min(max(columns, 60), wide)
	}
	for _, c := range append(root.Commands(), root) {
		c.Long = rewrap(c.Long, width)
	}
	cobra.AddTemplateFunc("wrapped", func(f *pflag.FlagSet) string { return f.FlagUsagesWrapped(width) })
	root.SetUsageTemplate(strings.NewReplacer(
		".LocalFlags.FlagUsages", "wrapped .LocalFlags",
		".InheritedFlags.FlagUsages", "wrapped .InheritedFlags",
	).Replace(root.UsageTemplate()))
}

// rewrap wraps each paragraph of a text, unless its lines are indented.
func rewrap(long string, width int) string {
	paragraphs := strings.Split(long, "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			lines := strings.Split(text.WrapSoft(strings.ReplaceAll(p, "\n", " "), width), "\n")
			for k, line := range lines {
				lines[k] = strings.TrimSpace(line)
			}
			paragraphs[i] = strings.Join(lines, "\n")
		}
	}
	return strings.Join(paragraphs, "\n\n")
}
