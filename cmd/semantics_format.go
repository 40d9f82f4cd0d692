package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/internal/semantics"
)

// semanticsReport is a behaviour matrix and how it is printed.
type semanticsReport struct {
	semantics.Matrix
	verbose bool // with what every column means
}

var semanticsFormats = formats[semanticsReport]{
	"text":     semanticsText,
	"markdown": semanticsMarkdown,
	"json":     func(w io.Writer, m semanticsReport) error { return writeJSON(w, m.Matrix) },
}

// semanticsText is for people: the parts of the matrix, and the mismatches with the declared
// traits.
func semanticsText(w io.Writer, m semanticsReport) error {
	on := screen.Of(w)
	var b strings.Builder
	for _, part := range semantics.Tables() {
		fmt.Fprintf(&b, "%s\n%s\n\n", part.Title, semanticsTable(m, part).Text(on.Width))
	}
	explained := semantics.ShortLegend + " All columns: fanbench semantics --verbose."
	if m.verbose {
		explained = semantics.Legend
	}
	fmt.Fprintln(&b, on.Wrap(explained))
	semanticsEnd(&b, m, on.Wrap)
	_, err := io.WriteString(w, b.String())
	return err
}

// semanticsMarkdown is for a page, and always has what the columns mean.
func semanticsMarkdown(w io.Writer, m semanticsReport) error {
	var b strings.Builder
	for _, part := range semantics.Tables() {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", part.Title, semanticsTable(m, part).Markdown())
	}
	b.WriteString(semantics.Legend)
	semanticsEnd(&b, m, func(text string) string { return text })
	_, err := io.WriteString(w, b.String())
	return err
}

// semanticsEnd writes what measured the matrix, and the mismatches.
func semanticsEnd(b *strings.Builder, m semanticsReport, wrap func(string) string) {
	if m.Go != "" {
		fmt.Fprintf(b, "\nfanbench %s, %s\n", m.Fanbench, m.Go)
	}
	for _, line := range m.Mismatches() {
		fmt.Fprintf(b, "\n%s", wrap("mismatch: "+line))
	}
	if len(m.Mismatches()) > 0 {
		b.WriteByte('\n')
	}
}

// semanticsTable is a part of the matrix.
func semanticsTable(m semanticsReport, part semantics.Table) *screen.Table {
	t := screen.NewTable(screen.Column{Head: "strategy", Left: true})
	for _, c := range part.Columns {
		t.Columns = append(t.Columns, screen.Column{Head: c, Left: true})
	}
	for _, r := range m.Rows {
		row := []string{r.Strategy}
		for _, c := range part.Columns {
			row = append(row, r.Cells[c])
		}
		t.Add(row...)
	}
	return t
}
