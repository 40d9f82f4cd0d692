package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/internal/semantics"
)

var semanticsFormats = formats[semantics.Matrix]{
	"text": func(w io.Writer, m semantics.Matrix) error {
		return semanticsTables(w, m, func(title string, t table.Writer) string { return title + "\n" + t.Render() })
	},
	"markdown": func(w io.Writer, m semantics.Matrix) error {
		return semanticsTables(w, m, func(title string, t table.Writer) string { return "### " + title + "\n\n" + t.RenderMarkdown() })
	},
	"json": writeJSON[semantics.Matrix],
}

// semanticsTables writes the parts of the behaviour matrix, the meaning of the columns, and
// the mismatches with the declared traits.
func semanticsTables(w io.Writer, m semantics.Matrix, render func(title string, t table.Writer) string) error {
	var b strings.Builder
	for _, part := range semantics.Tables() {
		heads := table.Row{"strategy"}
		for _, c := range part.Columns {
			heads = append(heads, c)
		}
		out := table.NewWriter()
		out.SetStyle(table.StyleLight)
		out.Style().Options = table.OptionsNoBordersAndSeparators
		out.Style().Options.SeparateHeader = true
		out.Style().Format.Header = 0
		out.AppendHeader(heads)
		for _, r := range m.Rows {
			row := table.Row{r.Strategy}
			for _, c := range part.Columns {
				row = append(row, r.Cells[c])
			}
			out.AppendRow(row)
		}
		fmt.Fprintf(&b, "%s\n\n", render(part.Title, out))
	}
	b.WriteString(semantics.Legend)
	if m.Go != "" {
		fmt.Fprintf(&b, "\nfanbench %s, %s\n", m.Fanbench, m.Go)
	}
	for _, line := range m.Mismatches() {
		fmt.Fprintf(&b, "\nmismatch: %s", line)
	}
	if len(m.Mismatches()) > 0 {
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}
