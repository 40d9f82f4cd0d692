package cmd

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/fanbench/fanbench/internal/screen"
)

// wrapHelp wraps the descriptions of a command and those below it, of their flags, and their
// examples.
func wrapHelp(root *cobra.Command) {
	on := screen.Of(os.Stdout)
	for _, c := range append(root.Commands(), root) {
		c.Long = rewrap(on, c.Long)
		c.Example = rewrapExamples(on, c.Example)
	}
	cobra.AddTemplateFunc("wrapped", func(f *pflag.FlagSet) string { return rewrapFlags(on, f.FlagUsages()) })
	cobra.AddTemplateFunc("listed", func(c *cobra.Command) string {
		return on.Hang("  "+c.Name()+strings.Repeat(" ", c.NamePadding()-len(c.Name())+1), c.Short)
	})
	root.SetUsageTemplate(strings.NewReplacer(
		".LocalFlags.FlagUsages", "wrapped .LocalFlags",
		".InheritedFlags.FlagUsages", "wrapped .InheritedFlags",
		"  {{rpad .Name .NamePadding }} {{.Short}}", "{{listed .}}",
		`Use "{{.CommandPath}} [command] --help" for more information about a command.`, "More about a command: {{.CommandPath}} [command] --help",
	).Replace(root.UsageTemplate()))
}

// rewrap wraps each paragraph of a text, unless its lines are indented.
func rewrap(on screen.Screen, long string) string {
	paragraphs := strings.Split(long, "\n\n")
	for i, p := range paragraphs {
		if !strings.HasPrefix(p, " ") && !strings.Contains(p, "\n ") {
			paragraphs[i] = on.Wrap(p)
		}
	}
	return strings.Join(paragraphs, "\n\n")
}

// flagLine is a flag with its short name and type, and what it does.
var flagLine = regexp.MustCompile(`^( *\S.*?) {3,}(\S.*)$`)

// rewrapFlags wraps what flags do, below the flag if there is little room beside it.
func rewrapFlags(on screen.Screen, usages string) string {
	const roomy = 40 // columns
	var out strings.Builder
	for line := range strings.Lines(usages) {
		line = strings.TrimRight(line, "\n")
		parts := flagLine.FindStringSubmatch(line)
		switch {
		case parts == nil:
			fmt.Fprintln(&out, line)
		case on.Width-(len(line)-len(parts[2])) < roomy:
			fmt.Fprintf(&out, "%s\n%s\n", parts[1], on.Hang("          ", parts[2]))
		default:
			fmt.Fprintln(&out, on.Hang(strings.TrimSuffix(line, parts[2]), parts[2]))
		}
	}
	return out.String()
}

// rewrapExamples fits commands that are longer than a line. A remark, three blanks or more behind
// its command, has a line of its own above it. A command goes on in further lines, which can be
// copied as they are.
func rewrapExamples(on screen.Screen, examples string) string {
	const indent = "  "
	lines := strings.Split(examples, "\n")
	for i, line := range lines {
		if len(line) <= on.Prose() {
			continue
		}
		command, remark, _ := strings.Cut(strings.TrimSpace(line), "   ")
		var out strings.Builder
		if remark = strings.TrimLeft(remark, " #"); remark != "" {
			out.WriteString(strings.ReplaceAll(on.Hang(indent+"# ", remark), "\n  "+indent, "\n"+indent+"# ") + "\n")
		}
		out.WriteString(strings.ReplaceAll(screen.Screen{Width: on.Prose() - len(" \\")}.Hang(indent, command), "\n"+indent, " \\\n"+indent+indent))
		lines[i] = out.String()
	}
	return strings.Join(lines, "\n")
}
