package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// AdviceFormats write a run's advice: for a terminal, for a pull request, and as a list of
// JSON objects for programs (docs/advise.md).
var AdviceFormats = map[string]func(w io.Writer, list []*advice.Advice) error{
	"text":     adviceText,
	"markdown": adviceMarkdown,
	"json": func(w io.Writer, list []*advice.Advice) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	},
}

func adviceText(w io.Writer, list []*advice.Advice) error {
	p := plain
	if isTerminal(w) {
		p = colored
	}
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		if status := a.StatusLine(); status != "" {
			fmt.Fprintf(&b, "%s\n", p(text.FgRed, wrap(status)))
			for _, reason := range summary.Several(a.Reasons) {
				fmt.Fprintln(&b, p(text.FgRed, indented(reason)))
			}
			fmt.Fprintln(&b)
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", wrap(a.Batch()), p(text.Bold, wrap(a.Summary)))
		sections := func(list []advice.Section) {
			for _, s := range list {
				fmt.Fprintf(&b, "\n%s\n", p(text.Bold, s.Head))
				for _, line := range s.Lines {
					fmt.Fprintln(&b, indented(line))
				}
			}
		}
		sections(a.Before())
		if len(a.Candidates) > 0 {
			fmt.Fprintf(&b, "\n%s\n", trimLines(adviceTable(a, nameWidth).Render()))
		}
		if t := loadTable(a, nameWidth); t != nil {
			fmt.Fprintf(&b, "\n%s\n", trimLines(t.Render()))
		}
		sections(a.After())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indented formats a line as a list item for the terminal.
func indented(line string) string {
	const mark = "- "
	wrapped := trimLines(text.WrapSoft(line, screen-len(mark)))
	return mark + strings.ReplaceAll(wrapped, "\n", "\n"+strings.Repeat(" ", len(mark)))
}

func adviceMarkdown(w io.Writer, list []*advice.Advice) error {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		if status := a.StatusLine(); status != "" {
			fmt.Fprintf(&b, "**%s**\n\n", status)
			if reasons := summary.Several(a.Reasons); reasons != nil {
				fmt.Fprintf(&b, "- %s\n\n", strings.Join(reasons, "\n- "))
			}
		}
		fmt.Fprintf(&b, "# %s\n\n**%s**\n", a.Batch(), a.Summary)
		sections := func(list []advice.Section) {
			for _, s := range list {
				fmt.Fprintf(&b, "\n## %s\n\n", s.Head)
				for _, line := range s.Lines {
					fmt.Fprintf(&b, "- %s\n", line)
				}
			}
		}
		sections(a.Before())
		if len(a.Candidates) > 0 {
			const whole = 1000 // wide enough that no name is broken
			fmt.Fprintf(&b, "\n%s\n", adviceTable(a, whole).RenderMarkdown())
		}
		if t := loadTable(a, 1000); t != nil {
			fmt.Fprintf(&b, "\n%s\n", t.RenderMarkdown())
		}
		sections(a.After())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// loadTable has a row for each strategy that was decided about under load, nil without one.
func loadTable(a *advice.Advice, width int) table.Writer {
	if a.Load == nil || len(a.Load.Decided) == 0 {
		return nil
	}
	t := newTable([]string{"strategy", "limit per", a.Load.Promise, "median", "p99", "highest rate [95%]"}, []bool{true, true, true, false, false, true})
	for _, c := range a.Load.Decided {
		t.AppendRow(table.Row{
			strings.Join(breakName(c.Strategy, width), "\n"), c.Scope, c.Promised.String(),
			quantity.Optional(c.Median, quantity.Seconds), quantity.Optional(c.P99, quantity.Seconds), c.Capacity,
		})
	}
	return t
}

// adviceTable has a row for each candidate. Names are broken at width characters.
func adviceTable(a *advice.Advice, width int) table.Writer {
	t := newTable([]string{"", "strategy", "makespan", "x fastest [95%]", "peak RSS"}, []bool{true, true, false, false, false})
	for _, c := range a.Candidates {
		ratio := "fastest"
		if c.VsFastest != nil {
			ratio = quantity.Ratio(c.VsFastest)
		}
		t.AppendRow(table.Row{
			string(c.Standing), strings.Join(breakName(c.Strategy, width), "\n"), quantity.Compact(quantity.Seconds(c.Makespan.Median)), ratio,
			quantity.Compact(quantity.Optional(c.PeakRSS, quantity.Bytes)),
		})
	}
	return t
}
