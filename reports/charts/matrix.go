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
			Subtitle: fmt.Sprintf("Makespan as a multiple of the scenario's best; below it, efficiency: the least possible makespan over the measured one. %s, %s", plural(len(scenarios), "scenario"), plural(len(names), "strategy")),
			Note:     "Outlined: the pick, the fastest of the leading group that never failed. A dot: in that group too, so not to be told from the pick. The fuller the colour, the nearer to the best. Crossed out: it crashed, hung, stopped at an error or lost work.",
			Height:   m.head + float64(len(names))*m.row,
			Draw:     func(c *figure.Canvas, box figure.Box) { m.draw(c, p, box) },
		}, true
	},
}

func matrixTitle(scenarios []*summary.Scenario, names []string) string {
	wins := map[string]int{}
	for _, sc := range scenarios {
		if sc.Best != "" {
			wins[sc.Best]++
		}
	}
	best := slices.MaxFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(wins[a], wins[b]), cmp.Compare(slices.Index(names, b), slices.Index(names, a)))
	})
	if wins[best] == len(scenarios) {
		return fmt.Sprintf("%s is the pick in all %d scenarios", best, wins[best])
	}
	return fmt.Sprintf("%s is the pick in %d of %d scenarios", best, wins[best], len(scenarios))
}

// matrixLayout is a row a strategy and a column a scenario.
type matrixLayout struct {
	scenarios  []*summary.Scenario
	strategies []string
	row, head  float64 // heights, points
}

func (m matrixLayout) draw(c *figure.Canvas, p Palette, box figure.Box) {
	name := label(p, figure.Right)
	left := 0.0
	for _, s := range m.strategies {
		left = max(left, min(name.Width(s), 210))
	}
	left += box.X0 + 10
	const widest = 130.0
	col := min((box.X1-left)/float64(len(m.scenarios)), widest)
	head := figure.Style{Size: tickSize, Bold: true, Color: p.Ink, Align: figure.Center}
	for j, sc := range m.scenarios {
		lines := head.Break(sc.Name, col-6, 2)
		for k, line := range lines {
			c.Text(left+(float64(j)+0.5)*col, box.Y0+m.head-8-float64(len(lines)-1-k)*12, line, head)
		}
	}
	for i, s := range m.strategies {
		y := box.Y0 + m.head + float64(i)*m.row
		c.Text(left-10, y+m.row/2, name.Fit(s, 210), name)
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

func (m matrixLayout) cell(c *figure.Canvas, p Palette, b figure.Box, sc *summary.Scenario, st *summary.Strategy) {
	middle := (b.X0 + b.X1) / 2
	upper, lower := (b.Y0+b.Y1)/2-5.5, (b.Y0+b.Y1)/2+7
	if st == nil {
		c.Text(middle, (b.Y0+b.Y1)/2, quantity.Unknown, ticks(p, figure.Center))
		return
	}
	if st.Failure != "" {
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Alarm, 0.12))
		c.Line(figure.Stroke{Color: p.Tint(p.Alarm, 0.3), Width: 1}, figure.Point{X: b.X0, Y: b.Y1}, figure.Point{X: b.X1, Y: b.Y0})
		c.Text(middle, (b.Y0+b.Y1)/2, st.Failure, figure.Style{Size: tickSize, Bold: true, Color: p.Ink, Align: figure.Center})
		return
	}
	times := sc.TimesBest(st)
	if math.IsNaN(times) {
		c.Text(middle, (b.Y0+b.Y1)/2, quantity.Unknown, ticks(p, figure.Center))
		return
	}
	// Full at the best, next to nothing at ten times as long.
	fill := 0.62 * math.Max(1-math.Log10(math.Max(times, 1)), 0.05)
	c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Series(0), fill))
	figureStyle := figure.Style{Size: labelSize, Bold: st.Strategy == sc.Best, Color: p.Ink, Align: figure.Center}
	c.Text(middle, upper, quantity.Figure(times)+"×", figureStyle)
	if sc.LikeBest(st) {
		c.Dot(b.X1-6, b.Y0+6, 2.4, p.Ink)
	}
	text := ""
	if st.Efficiency != nil {
		text = quantity.Percent(*st.Efficiency)
	}
	if st.Failed > 0 {
		text += fmt.Sprintf(" %s err", quantity.Percent(float64(st.Failed)/float64(max(st.TaskCount, 1))))
	}
	c.Text(middle, lower, text, figure.Style{Size: 8, Color: p.Ink, Align: figure.Center})
}
