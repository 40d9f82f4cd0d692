package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// matrixLegend explains the decision matrix in Markdown and HTML, where bold or an outline
// is the pick.
const matrixLegend = `Makespan as a multiple of that of the scenario's pick, and efficiency, the lower bound of the makespan over the measured one, where that is known. The pick (bold) is the fastest of the leading group that never failed; =: in that group too: no significant difference. Where there are too few rounds to compare: the median makespan, and no pick. Of a strategy that failed: how, and the part of the tasks that were done.
`

// matrixTable is the decision matrix in Markdown.
func matrixTable(m *pageMatrix) string {
	heads, left := append([]string{"strategy"}, m.Scenarios...), make([]bool, len(m.Scenarios)+1)
	left[0] = true
	t := newTable(heads, left)
	for _, row := range m.Rows {
		cells := []any{row.Strategy}
		for _, c := range row.Cells {
			text := c.Text
			switch {
			case c.Note != "" && c.Class == "failed":
				text += ", " + c.Note
			case c.Note != "":
				text += " " + c.Note
			}
			if c.Class == "pick" {
				text = "**" + text + "**"
			}
			cells = append(cells, text)
		}
		t.AppendRow(cells)
	}
	return t.RenderMarkdown()
}

// matrixPage is the decision matrix by itself, matrix.md: for a page that tells which
// strategy to use. It says what every scenario came to, and where and when it was measured.
func matrixPage(s *summary.Run, m *pageMatrix) string {
	var b strings.Builder
	b.WriteString(markdownStatus(s))
	fmt.Fprintf(&b, "%s\n\n%s\n", matrixTable(m), matrixLegend)
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "- **%s** (%d tasks; %s): %s\n", sc.Name, sc.Tasks, sc.Target, sc.Verdict)
	}
	e := s.Environment
	fmt.Fprintf(&b, "\nMeasured on %s in %s, on %s, %d CPUs, %s/%s, %s, fanbench %s. The load was %.1f as the run began; the hypervisor gave %s of the CPU time to others.\n",
		s.Started.Format(time.DateOnly), s.Ended.Sub(s.Started).Round(time.Second), e.CPU, e.CPUs, e.OS, e.Arch, e.Go, s.Fanbench, e.LoadBefore, quantity.Percent(e.Steal))
	return b.String()
}
