package screen

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Column is a column of a table.
type Column struct {
	Head string
	Left bool // words, aligned left; figures are aligned right
}

// Table has a row for each of several things, which the first column names.
type Table struct {
	Columns []Column
	Rows    [][]string
}

const (
	gap = 2 // columns between two columns of a table

	// leastName is the width below which the first column of a table is not squeezed.
	leastName = 20
)

// NewTable returns a table without rows.
func NewTable(columns ...Column) *Table { return &Table{Columns: columns} }

// Add adds a row, with a cell for each column.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

// Markdown writes the table for a page.
func (t *Table) Markdown() string {
	w := table.NewWriter()
	var head table.Row
	var configs []table.ColumnConfig
	for i, c := range t.Columns {
		align := text.AlignRight
		if c.Left {
			align = text.AlignLeft
		}
		head = append(head, c.Head)
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	w.AppendHeader(head)
	w.SetColumnConfigs(configs)
	for _, cells := range t.Rows {
		var row table.Row
		for _, c := range cells {
			row = append(row, c)
		}
		w.AppendRow(row)
	}
	return w.RenderMarkdown()
}

// Text writes the table in at most width columns; 0 means that it may be as wide as it is.
// Nothing is left out. If the table is too wide, one of these is done, whichever takes the fewest
// lines:
//
//   - names, in the first column, are broken down to leastName columns;
//   - the columns are distributed over several tables with the same names;
//   - names have a line of their own, above the figures.
func (t *Table) Text(width int) string {
	w := t.widths()
	if width == 0 || total(w) <= width {
		return t.draw(w)
	}
	// Further columns are broken if they are wider than a line has room for.
	for i := 1; i < len(w); i++ {
		w[i] = min(w[i], max(width-gap-min(w[0], leastName), leastName))
	}
	var ways []string
	if name := width - (total(w) - w[0]); name >= min(leastName, w[0]) {
		ways = append(ways, t.draw(append([]int{min(w[0], name)}, w[1:]...)))
	} else if len(w) > 1 {
		ways = append(ways, t.split(w, width))
	}
	if len(w) > 1 && t.Columns[0].Left {
		ways = append(ways, t.stack(w, width))
	}
	return slices.MinFunc(ways, func(a, b string) int { return cmp.Compare(strings.Count(a, "\n"), strings.Count(b, "\n")) })
}

// widths are those of the columns, each as wide as its widest cell.
func (t *Table) widths() []int {
	w := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		w[i] = Width(c.Head)
		for _, row := range t.Rows {
			w[i] = max(w[i], Width(row[i]))
		}
	}
	return w
}

// total is the width of a table.
func total(w []int) int {
	sum := gap * (len(w) - 1)
	for _, n := range w {
		sum += n
	}
	return sum
}

// draw writes the table with columns of these widths. Wider cells are broken.
func (t *Table) draw(w []int) string {
	var lines []string
	lines = append(lines, t.line(w, t.heads())...)
	lines = append(lines, strings.Repeat("─", total(w)))
	for _, row := range t.Rows {
		lines = append(lines, t.line(w, row)...)
	}
	return strings.Join(lines, "\n")
}

// stack writes the table with the first column above the others, which may take several lines.
func (t *Table) stack(w []int, width int) string {
	const indent = "  "
	var lines []string
	groups := groups(w, width-len(indent))
	add := func(row []string) {
		if row[0] != "" {
			lines = append(lines, Break(row[0], width)...)
		}
		for _, g := range groups {
			part := &Table{Columns: t.Columns[g.from:g.to]}
			for _, line := range part.line(w[g.from:g.to], row[g.from:g.to]) {
				lines = append(lines, strings.TrimRight(indent+line, " "))
			}
		}
	}
	add(t.heads())
	widest := 0
	for _, line := range lines {
		widest = max(widest, Width(line))
	}
	for _, g := range groups {
		widest = max(widest, len(indent)+total(w[g.from:g.to]))
	}
	lines = append(lines, strings.Repeat("─", widest))
	for _, row := range t.Rows {
		add(row)
	}
	return strings.Join(lines, "\n")
}

// split writes several tables, each with the first column and as many others as fit.
func (t *Table) split(w []int, width int) string {
	var parts []string
	for _, g := range groups(w, width-gap-min(w[0], leastName)) {
		part := &Table{Columns: slices.Concat(t.Columns[:1], t.Columns[g.from:g.to])}
		for _, row := range t.Rows {
			part.Rows = append(part.Rows, slices.Concat(row[:1], row[g.from:g.to]))
		}
		name := min(w[0], width-gap-total(w[g.from:g.to]))
		parts = append(parts, part.draw(append([]int{name}, w[g.from:g.to]...)))
	}
	return strings.Join(parts, "\n\n")
}

// group is some columns beside each other.
type group struct{ from, to int }

// groups distributes all columns but the first over groups of at most width columns of text.
func groups(w []int, width int) (list []group) {
	for from := 1; from < len(w); {
		to := from + 1
		for to < len(w) && total(w[from:to+1]) <= width {
			to++
		}
		list = append(list, group{from, to})
		from = to
	}
	return list
}

func (t *Table) heads() []string {
	var heads []string
	for _, c := range t.Columns {
		heads = append(heads, c.Head)
	}
	return heads
}

// line writes a row, in as many lines as its cells need.
func (t *Table) line(w []int, row []string) []string {
	cells := make([][]string, len(row))
	height := 1
	for i, c := range row {
		cells[i] = []string{c}
		if Width(c) > w[i] {
			cells[i] = Break(c, w[i])
		}
		height = max(height, len(cells[i]))
	}
	lines := make([]string, height)
	for k := range lines {
		var b strings.Builder
		for i, c := range cells {
			part := ""
			if k < len(c) {
				part = c[k]
			}
			blanks := strings.Repeat(" ", w[i]-Width(part))
			if i > 0 {
				b.WriteString(strings.Repeat(" ", gap))
			}
			if t.Columns[i].Left {
				b.WriteString(part + blanks)
			} else {
				b.WriteString(blanks + part)
			}
		}
		lines[k] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
