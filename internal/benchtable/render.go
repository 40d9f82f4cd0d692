package benchtable

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/perf/benchunit"
)

// ratio writes the mean ratio as a difference: "+1.23%", or "?".
func (m Mean) ratio() string {
	if m.Ratio == nil {
		return "?"
	}
	return fmt.Sprintf("%+.2f%%", (*m.Ratio-1)*100)
}

// Text writes the tables for a terminal.
func (t *Tables) Text(w io.Writer) error {
	return t.render(w, "%s\n", func(out table.Writer) string {
		out.SetStyle(table.StyleLight)
		out.Style().Options = table.Options{SeparateHeader: true}
		out.Style().Format.Header = text.FormatDefault
		return out.Render()
	})
}

// Markdown writes the tables for a comment on a pull request.
func (t *Tables) Markdown(w io.Writer) error {
	return t.render(w, "%s  \n", func(out table.Writer) string { return "\n" + out.RenderMarkdown() })
}

func (t *Tables) render(w io.Writer, line string, draw func(table.Writer) string) error {
	for i, tab := range t.Tables {
		if i > 0 {
			fmt.Fprintln(w)
		}
		for _, c := range tab.Config {
			fmt.Fprintf(w, line, c)
		}
		if _, err := fmt.Fprintln(w, draw(tab.pretty())); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, text := range tab.warnings() {
			if !seen[text] {
				seen[text] = true
				fmt.Fprintf(w, line, text)
			}
		}
	}
	return nil
}

// pretty scales the figures for reading, each row in its own unit.
func (t *Table) pretty() table.Writer {
	out := table.NewWriter()
	class := benchunit.ClassOf(t.Unit)
	var configs []table.ColumnConfig
	for n := 2; n <= 3*len(t.Means); n++ {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	out.SetColumnConfigs(configs)
	head := table.Row{t.Unit}
	for col := range t.Means {
		name := ""
		for _, values := range t.Heads {
			if name != "" {
				name += " "
			}
			name += values[col]
		}
		head = append(head, name)
		if col > 0 {
			head = append(head, "vs base", "")
		}
	}
	out.AppendHeader(head)
	for _, r := range t.Rows {
		var centers []float64
		for _, c := range r.Cells {
			if c != nil {
				centers = append(centers, c.Center)
			}
		}
		scale := benchunit.CommonScale(centers, class)
		row := table.Row{r.Name}
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
		out.AppendRow(row)
	}
	if len(t.Rows) > 1 {
		row := table.Row{"geomean"}
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
		out.AppendRow(row)
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
