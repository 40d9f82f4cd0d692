package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/reports/summary"
)

// matrixLegend explains the decision matrix in Markdown and HTML, where the pick is bold or
// outlined.
const matrixLegend = `Each cell is the makespan (under load: the compared figure) relative to the pick's, and the efficiency if known: the lower bound of the makespan divided by the measured makespan. Bold: the pick, the fastest strategy of the leading group that never failed. =: also in that group, no significant difference. With too few rounds to compare: the median makespan, and no pick. If a strategy failed: how, and the percentage of tasks done (under load: its goodput).
`

// matrixTable is the decision matrix in Markdown.
func matrixTable(m *pageMatrix) string {
	t := screen.NewTable(words("strategy"))
	for _, name := range m.Scenarios {
		t.Columns = append(t.Columns, figures(name))
	}
	for _, row := range m.Rows {
		cells := []string{row.Strategy}
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
		t.Add(cells...)
	}
	return t.Markdown()
}

// matrixPage is matrix.md: the decision matrix by itself, for a page about choosing a
// strategy. It gives the verdict of every scenario, and the place and time of the measurement.
func matrixPage(s *summary.Run, m *pageMatrix) string {
	var b strings.Builder
	b.WriteString(markdownStatus(s))
	fmt.Fprintf(&b, "%s\n\n%s\n", matrixTable(m), matrixLegend)
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "- **%s** (%s; %s): %s\n", sc.Name, sc.Work, sc.Target, sc.Verdict)
	}
	e := s.Environment
	fmt.Fprintf(&b, "\nMeasured on %s in %s, on %s, %d CPUs, %s/%s, %s, fanbench %s. The load at the start of the run was %.1f; the hypervisor gave %s of the CPU time to others.\n",
		s.Started.Format(time.DateOnly), s.Ended.Sub(s.Started).Round(time.Second), e.CPU, e.CPUs, e.OS, e.Arch, e.Go, s.Fanbench, e.LoadBefore, quantity.Percent(e.Steal))
	if len(s.Machines) > 0 {
		fmt.Fprintf(&b, "The rounds were held by %d machines, of which this was the first: %s.\n", len(s.Machines), strings.Join(s.Machines, "; "))
	}
	return b.String()
}
