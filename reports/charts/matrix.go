package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var matrix = Chart{
	Name:    "matrix",
	Caption: "Which strategy for which scenario?",
	Table:   true,
	ofRun: func(r *summary.Run, p Palette) (figure.Figure, bool) {
		names := summary.ByStanding(r)
		scenarios := r.Concluded()
		if len(scenarios) < 2 || len(names) < 2 {
			return figure.Figure{}, false
		}
		m := matrixLayout{scenarios: scenarios, strategies: names, row: 30, head: 34}
		return figure.Figure{
			Title:    matrixTitle(scenarios, names),
			Subtitle: fmt.Sprintf("Makespan as a multiple of that of the scenario's pick. Below it efficiency, the least possible makespan over the measured one, where that is known; and tasks that failed. %s, %s", plural(len(scenarios), "scenario"), plural(len(names), "strategy")),
			Note:     "Outlined: the pick, the fastest of the leading group that never failed. A dot: in that group too, so not to be told from the pick. The fuller the colour, the nearer to the pick. Crossed out, with the part of the tasks that were done: it crashed (panic, fatal), was killed for its memory, hung, stopped at an error, lost work, did some twice, or failed more tasks than others did.",
			Height:   m.head + float64(len(names))*m.row,
			Draw:     func(c *figure.Canvas, box figure.Box) { m.draw(c, p, box) },
		}, true
	},
}

// matrixTitle names the strategy that is in the leading group most often.
func matrixTitle(scenarios []*summary.Scenario, names []string) string {
	leads := map[string]int{}
	for _, sc := range scenarios {
		for _, st := range sc.Strategies {
			if st.Leads {
				leads[st.Strategy]++
			}
		}
	}
	best := slices.MaxFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(leads[a], leads[b]), cmp.Compare(slices.Index(names, b), slices.Index(names, a)))
	})
	if leads[best] == len(scenarios) {
		return fmt.Sprintf("No strategy is shown to beat %s in any of %d scenarios", best, leads[best])
	}
	return fmt.Sprintf("No strategy is shown to beat %s in %d of %d scenarios", best, leads[best], len(scenarios))
}

// matrixLayout is a row a strategy and a column a scenario.
type matrixLayout struct {
	scenarios  []*summary.Scenario
	strategies []string
	row, head  float64 // heights, points
}

const (
	matrixNames  = 168.0 // points that the strategies' names may take, in two lines
	matrixColumn = 130.0 // points that a column takes at most
	smallSize    = 8.0   // of the second line of a cell, points
)

func (m matrixLayout) draw(c *figure.Canvas, p Palette, box figure.Box) {
	name := figure.Style{Size: tickSize, Color: p.Ink, Align: figure.Right}
	left := 0.0
	for _, s := range m.strategies {
		for _, line := range name.Break(s, matrixNames, 2) {
			left = max(left, name.Width(line))
		}
	}
	left += box.X0 + 10
	col := min((box.X1-left)/float64(len(m.scenarios)), matrixColumn)
	head := figure.Style{Size: tickSize, Bold: true, Color: p.Ink, Align: figure.Center}
	for j, sc := range m.scenarios {
		stack(c, head.Break(sc.Name, col-4, 2), left+(float64(j)+0.5)*col, box.Y0+m.head-14, head)
	}
	for i, s := range m.strategies {
		y := box.Y0 + m.head + float64(i)*m.row
		stack(c, name.Break(s, matrixNames, 2), left-10, y+m.row/2, name)
		for j, sc := range m.scenarios {
			x := left + float64(j)*col
			m.cell(c, p, figure.Box{X0: x + 1, Y0: y + 1, X1: x + col - 1, Y1: y + m.row - 1}, sc, sc.Find(s))
		}
	}
	// Outlines last, so that no neighbour covers them.
	for j, sc := range m.scenarios {
		if i := slices.Index(m.strategies, sc.Best); i >= 0 {
			x, y := left+float64(j)*col, box.Y0+m.head+float64(i)*m.row
			c.Frame(figure.Stroke{Color: p.Ink, Width: 2}, x+1, y+1, x+col-1, y+m.row-1)
		}
	}
}

// stack writes lines below each other, their middle at y.
func stack(c *figure.Canvas, lines []string, x, y float64, s figure.Style) {
	const pitch = 12
	for k, line := range lines {
		c.Text(x, y+pitch*(float64(k)-float64(len(lines)-1)/2), line, s)
	}
}

// cell draws what a strategy came to in a scenario; st is nil if it was not run there.
func (m matrixLayout) cell(c *figure.Canvas, p Palette, b figure.Box, sc *summary.Scenario, st *summary.Strategy) {
	small := figure.Style{Size: smallSize, Color: p.Muted, Align: figure.Center}
	if st == nil {
		stack(c, []string{"not run"}, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2, small)
		return
	}
	times := sc.TimesBest(st)
	if st.Failure == "" && math.IsNaN(times) {
		stack(c, []string{quantity.Unknown}, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2, small)
		return
	}
	first := figure.Style{Size: labelSize, Bold: st.Strategy == sc.Best, Color: p.Ink, Align: figure.Center}
	text := quantity.Figure(times) + "×"
	if st.Failure != "" {
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Alarm, 0.12))
		c.Line(figure.Stroke{Color: p.Tint(p.Alarm, 0.3), Width: 1}, figure.Point{X: b.X0, Y: b.Y1}, figure.Point{X: b.X1, Y: b.Y0})
		first = figure.Style{Size: tickSize, Bold: true, Color: p.Ink, Align: figure.Center}
		if text = st.Failure; first.Width(text) > b.X1-b.X0-6 {
			text = inOneWord[text]
		}
	} else {
		// Full at the best, next to nothing at ten times as long.
		fill := 0.62 * math.Max(1-math.Log10(math.Max(times, 1)), 0.05)
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Series(0), fill))
	}
	if sc.LikeBest(st) {
		c.Dot(b.X1-6, b.Y0+6, 2.4, p.Ink)
	}
	small.Color = p.Ink
	note := st.Note()
	if note == "" {
		stack(c, []string{text}, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2, first)
		return
	}
	c.Text((b.X0+b.X1)/2, (b.Y0+b.Y1)/2-5.5, text, first)
	c.Text((b.X0+b.X1)/2, (b.Y0+b.Y1)/2+7, note, small)
}

// inOneWord are the failures that narrow columns have no room for.
var inOneWord = map[string]string{
	"out of memory": "memory", "stopped at an error": "stopped", "lost work": "lost", "doubled work": "doubled", summary.FailedTasks: "failed",
}
