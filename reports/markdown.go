package reports

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// markdown is the summary as a pull request shows it: summary.md.
func markdown(s *summary.Run) string {
	var b strings.Builder
	if line := s.StatusLine(); line != "" {
		fmt.Fprintf(&b, "**%s**\n\n", line)
	}
	fmt.Fprintf(&b, "# fanbench: %s\n", s.Run)
	for _, a := range advices(s) {
		fmt.Fprintf(&b, "\n**%s** advice.md says why.\n", a.Summary)
	}
	if m := newPageMatrix(s); m != nil {
		writeMatrix(&b, m)
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n## %s\n\n**%s**\n\n%d tasks, %s, %d of %d rounds held.\n\n", sc.Name, sc.Verdict, sc.Tasks, sc.Target, sc.RoundsHeld, sc.Rounds)
		columns := append(speedColumns[:len(speedColumns):len(speedColumns)], shownCosts(sc)[1:]...)
		t := strategyTable(sc, columns, func(c column, s *summary.Strategy) string { return c.cell(sc, s) })
		fmt.Fprintln(&b, t.RenderMarkdown())
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).RenderMarkdown())
		}
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legendOf(s))
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "\n- failed: %s", f)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "\n- warning: %s", w)
	}
	fmt.Fprintf(&b, "\n\nTo repeat: `%s`\n", shellCommand(s.Command))
	return b.String()
}

// writeMatrix writes the decision matrix, the pick of each scenario in bold.
func writeMatrix(b *strings.Builder, m *pageMatrix) {
	fmt.Fprintf(b, "\nMakespan as a multiple of the scenario's best, and efficiency; bold: the pick; =: not to be told from it.\n\n")
	heads, left := append([]string{"strategy"}, m.Scenarios...), make([]bool, len(m.Scenarios)+1)
	left[0] = true
	t := newTable(heads, left)
	for _, row := range m.Rows {
		cells := []any{row.Strategy}
		for _, c := range row.Cells {
			text := strings.TrimSpace(c.Text + " " + c.Note)
			if c.Class == "pick" {
				text = "**" + text + "**"
			}
			cells = append(cells, text)
		}
		t.AppendRow(cells)
	}
	fmt.Fprintln(b, t.RenderMarkdown())
}
