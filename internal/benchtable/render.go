package benchtable

import (
	"fmt"
	"io"

	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/internal/screen"
)

// ratio writes the mean ratio as a difference: "+1.23%", or "?".
func (m Mean) ratio() string {
	if m.Ratio == nil {
		return "?"
	}
	return fmt.Sprintf("%+.2f%%", (*m.Ratio-1)*100)
}

// Text writes the tables for a terminal of this width, in columns; 0 is any width.
func (t *Tables) Text(w io.Writer, width int) error {
	on := screen.Screen{Width: width}
	return t.render(w, "%s\n", func(line string) string {
		if width == 0 {
			return line
		}
		return on.Wrap(line)
	}, func(out *screen.Table) string { return out.Text(width) })
}

// Markdown writes the tables for a comment on a pull request.
func (t *Tables) Markdown(w io.Writer) error {
	return t.render(w, "%s  \n", func(line string) string { return line }, func(out *screen.Table) string { return "\n" + out.Markdown() })
}

func (t *Tables) render(w io.Writer, line string, wrap func(string) string, draw func(*screen.Table) string) error {
	for i, tab := range t.Tables {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, c := range tab.Config {
			fmt.Fprintf(w, line, wrap(c))
		}
		if _, err := fmt.Fprintln(w, draw(tab.pretty())); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, text := range tab.warnings() {
			if !seen[text] {
				seen[text] = true
				fmt.Fprintf(w, line, wrap(text))
			}
		}
	}
	return nil
}

// pretty scales the figures for reading, each row in its own unit.
func (t *Table) pretty() *screen.Table {
	class := benchunit.ClassOf(t.Unit)
	out := screen.NewTable(screen.Column{Head: t.Unit, Left: true})
	for col := range t.Means {
		name := ""
		for _, values := range t.Heads {
			if name != "" {
				name += " "
			}
			name += values[col]
		}
		out.Columns = append(out.Columns, screen.Column{Head: name})
		if col > 0 {
			out.Columns = append(out.Columns, screen.Column{Head: "vs base"}, screen.Column{})
		}
	}
	for _, r := range t.Rows {
		var centers []float64
		for _, c := range r.Cells {
			if c != nil {
				centers = append(centers, c.Center)
			}
		}
		scale := benchunit.CommonScale(centers, class)
		row := []string{r.Name}
		for col, c := range r.Cells {
			figure, delta, p := "", "", ""
			if c != nil {
				figure, delta = scale.Format(c.Center)+" ± "+c.Range, c.Delta
				if c.P != "" {
					p = "(" + c.P + ")"
				}
			}
			row = append(row, figure)
			if col > 0 {
				row = append(row, delta, p)
			}
		}
		out.Add(row...)
	}
	if len(t.Rows) > 1 {
		row := []string{"geomean"}
		for col, m := range t.Means {
			figure := ""
			if m.Center != nil {
				figure = benchunit.Scale(*m.Center, class)
			}
			row = append(row, figure)
			if col > 0 {
				row = append(row, m.ratio(), "")
			}
		}
		out.Add(row...)
	}
	return out
}

// warnings collects the warnings of all cells. A warning that applies to every benchmark does
// not name them.
func (t *Table) warnings() []string {
	var out []string
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			if c == nil {
				continue
			}
			for _, w := range c.Warnings {
				out = append(out, "note: "+w.Error())
			}
		}
	}
	for _, m := range t.Means {
		for _, w := range m.Warnings {
			out = append(out, "note: "+w.Error())
		}
	}
	return out
}
