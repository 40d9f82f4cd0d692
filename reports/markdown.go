package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// markdownStatus is the status line of a run that is not complete and valid, with the reasons.
func markdownStatus(s *summary.Run) string {
	line := s.StatusLine()
	if line == "" {
		return ""
	}
	text := fmt.Sprintf("**%s**\n\n", line)
	if list := s.StatusList(); list != nil {
		text += "- " + strings.Join(list, "\n- ") + "\n\n"
	}
	return text
}

// markdown is summary.md, the summary for a pull request.
func markdown(s *summary.Run) string {
	var b strings.Builder
	b.WriteString(markdownStatus(s))
	fmt.Fprintf(&b, "# fanbench: %s\n", s.Run)
	for _, a := range advices(s) {
		fmt.Fprintf(&b, "\n**%s** advice.md says why.\n", a.Summary)
	}
	if m := newPageMatrix(s); m != nil {
		fmt.Fprintf(&b, "\n%s\n%s\n", matrixLegend, matrixTable(m))
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n## %s\n\n**%s**\n\n%s, %s, %d of %d rounds held.\n\n", sc.Name, sc.Verdict, batchOf(sc), sc.Target, sc.RoundsHeld, sc.Rounds)
		columns := append(slices.Clone(speedColumnsOf(sc)), shownCosts(sc)[1:]...)
		t := strategyTable(sc, columns, func(c column, s *summary.Strategy) string { return c.cell(sc, s) })
		fmt.Fprintln(&b, t.Markdown())
		if t := tenantTable(sc); t != nil {
			fmt.Fprintf(&b, "\n%s\n", t.Markdown())
		}
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).Markdown())
		}
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintf(&b, "- %s\n", line)
		}
	}
	if t := capacityTable(s); t != nil {
		fmt.Fprintf(&b, "\n## Highest rates\n\n%s\n", t.Markdown())
	}
	fmt.Fprintf(&b, "\n%s\n", legendOf(s))
	for _, f := range summary.Listed(s.Failures) {
		fmt.Fprintf(&b, "\n- failed: %s", f)
	}
	for _, w := range summary.Listed(s.Warnings) {
		fmt.Fprintf(&b, "\n- warning: %s", w)
	}
	fmt.Fprintf(&b, "\n\nTo repeat: `%s`\n", shellCommand(s.Command))
	return b.String()
}
