package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
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
		m := matrixLayout{scenarios: scenarios, strategies: names, row: 30, heading: 30, head: 34}
		if slices.ContainsFunc(scenarios, func(sc *summary.Scenario) bool { return sc.TooFewRounds }) {
			m.head += 22
		}
		return figure.Figure{
			Title:    matrixTitle(scenarios, names),
			Subtitle: fmt.Sprintf("%s relative to the scenario's pick, or the median if there are too few rounds to compare. %s%s, %s", matrixMetric(scenarios), matrixBelow(scenarios), plural(len(scenarios), "scenario"), plural(len(names), "strategy")),
			Note:     "Outlined: the pick, the fastest of the leading group that never failed. Dot: also in that group, no significant difference. Stronger colour: nearer to the pick. " + matrixCrossed(scenarios),
			Height:   m.head + float64(len(names))*m.row,
			Draw:     func(c *figure.Canvas, box figure.Box) { m.draw(c, p, box) },
		}, true
	},
}

// matrixTitle names the strategy that is most often in the leading group, among the scenarios
// that have one.
func matrixTitle(scenarios []*summary.Scenario, names []string) string {
	leads := map[string]int{}
	compared := 0
	for _, sc := range scenarios {
		if sc.Best != "" {
			compared++
		}
		for _, st := range sc.Strategies {
			if st.Leads {
				leads[st.Strategy]++
			}
		}
	}
	best := slices.MaxFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(leads[a], leads[b]), cmp.Compare(slices.Index(names, b), slices.Index(names, a)))
	})
	tooFew := 0
	for _, sc := range scenarios {
		if sc.TooFewRounds {
			tooFew++
		}
	}
	switch {
	case tooFew == len(scenarios):
		return fmt.Sprintf("Too few rounds to compare in any of %s", plural(tooFew, "scenario"))
	case compared == 0:
		return fmt.Sprintf("No strategy succeeded in any of %s", plural(len(scenarios)-tooFew, "scenario"))
	}
	title := fmt.Sprintf("%s is in the leading group of %d of %s", best, leads[best], plural(len(scenarios)-tooFew, "scenario"))
	if tooFew > 0 {
		title += fmt.Sprintf("; %d more have too few rounds to compare", tooFew)
	}
	return title
}

// matrixLayout has a row for each strategy and a column for each scenario.
type matrixLayout struct {
	scenarios  []*summary.Scenario
	strategies []string
	row        float64 // height, points
	heading    float64 // height of the scenarios' names
	head       float64 // height above the first row
}

const (
	matrixNames  = 168.0 // maximum width of the strategies' names in two lines, points
	matrixColumn = 130.0 // maximum width of a column, points
	smallSize    = 8.0   // size of the second line of a cell, points
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
	note := figure.Style{Size: smallSize, Color: p.Muted, Align: figure.Center}
	for j, sc := range m.scenarios {
		middle := left + (float64(j)+0.5)*col
		stack(c, head.Break(sc.Name, col-4, 2), middle, box.Y0+m.heading/2, head)
		if sc.TooFewRounds {
			stack(c, note.Wrap("too few rounds to compare", col-4), middle, box.Y0+m.heading+smallSize, note)
		}
	}
	for i, s := range m.strategies {
		y := box.Y0 + m.head + float64(i)*m.row
		stack(c, name.Break(s, matrixNames, 2), left-10, y+m.row/2, name)
		for j, sc := range m.scenarios {
			x := left + float64(j)*col
			m.cell(c, p, figure.Box{X0: x + 1, Y0: y + 1, X1: x + col - 1, Y1: y + m.row - 1}, sc, sc.Find(s))
		}
	}
	// Outlines come last, so that neighbours do not cover them.
	for j, sc := range m.scenarios {
		if i := slices.Index(m.strategies, sc.Best); i >= 0 {
			x, y := left+float64(j)*col, box.Y0+m.head+float64(i)*m.row
			c.Frame(figure.Stroke{Color: p.Ink, Width: 2}, x+1, y+1, x+col-1, y+m.row-1)
		}
	}
}

// stack writes lines below each other, centred at y.
func stack(c *figure.Canvas, lines []string, x, y float64, s figure.Style) {
	const pitch = 12
	for k, line := range lines {
		c.Text(x, y+pitch*(float64(k)-float64(len(lines)-1)/2), line, s)
	}
}

// cell draws the result of a strategy in a scenario; st is nil if it was not run there.
func (m matrixLayout) cell(c *figure.Canvas, p Palette, b figure.Box, sc *summary.Scenario, st *summary.Strategy) {
	small := figure.Style{Size: smallSize, Color: p.Muted, Align: figure.Center}
	if st == nil {
		stack(c, []string{"not run"}, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2, small)
		return
	}
	times := sc.TimesBest(st)
	switch {
	case st.Failure != "" || !math.IsNaN(times):
	case sc.TooFewRounds && st.Makespan != nil:
		stack(c, []string{quantity.Seconds(st.Makespan.Median)}, (b.X0+b.X1)/2, (b.Y0+b.Y1)/2, label(p, figure.Center))
		return
	default:
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
		// Full colour for the best, almost none at ten times its makespan.
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

// inOneWord shortens failures for narrow columns.
var inOneWord = map[string]string{
	"out of memory": "memory", "stopped at an error": "stopped", "lost work": "lost", "doubled work": "doubled", summary.FailedTasks: "failed",
}

// matrixBelow describes the second line of the cells.
func matrixBelow(scenarios []*summary.Scenario) string {
	if slices.ContainsFunc(scenarios, func(s *summary.Scenario) bool { return s.Rate == 0 }) {
		return "Below it: efficiency if known (lower bound over measured makespan), and failed tasks. "
	}
	return ""
}

// matrixCrossed says why strategies are crossed out.
func matrixCrossed(scenarios []*summary.Scenario) string {
	if slices.ContainsFunc(scenarios, func(s *summary.Scenario) bool { return s.Rate == 0 }) {
		return "Crossed out, with the percentage of tasks done: it crashed, ran out of memory, hung, stopped at an error, lost or doubled work, or failed more tasks than others."
	}
	return "Crossed out, with its goodput: it did not keep up in a round (unstable), completed no batch in time, rejected too many, or failed."
}

// matrixMetric is what the cells are of.
func matrixMetric(scenarios []*summary.Scenario) string {
	metric := scenarios[0].Metric
	for _, s := range scenarios {
		if s.Metric != metric {
			return "Makespan, or the figure of the phase of load,"
		}
	}
	return capital(metric)
}
