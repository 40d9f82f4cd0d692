package charts

import (
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// legend lists the marks and colours of strategies in columns, for charts without room for
// names.
type legend struct {
	list   []*summary.Strategy
	cols   int
	column float64 // width of a column, points
	lines  bool    // the strategies have lines, not just marks
	swatch float64 // width of a mark with its line, points
}

const (
	legendRow   = 15.0 // points
	legendBelow = 8.0  // points between the names and the chart below
	legendMark  = 12.0 // points: the mark beside a name
	legendLine  = 28.0 // points: a mark on its line, beside a name
)

// newLegend arranges the names in as many columns as fit the width.
func newLegend(list []*summary.Strategy, width float64, lines bool) legend {
	widest := 0.0
	for _, st := range list {
		widest = max(widest, figure.Style{Size: tickSize}.Width(st.Strategy))
	}
	l := legend{list: list, lines: lines, swatch: legendMark}
	if lines {
		l.swatch = legendLine
	}
	const least = 3 // minimum number of columns for many names, even if one is long
	most := width
	if len(list) > 2*least {
		most /= least
	}
	l.column = min(widest+l.swatch+22, most)
	l.cols = min(max(int(width/l.column), 1), len(list))
	return l
}

func (l legend) rows() int { return (len(l.list) + l.cols - 1) / l.cols }

func (l legend) height() float64 { return float64(l.rows())*legendRow + legendBelow }

// draw writes the names, down the first column, then the next.
func (l legend) draw(c *figure.Canvas, p Palette, x0, y0 float64) {
	style := figure.Style{Size: tickSize, Color: p.Ink}
	for i, st := range l.list {
		x := x0 + float64(i/l.rows())*l.column
		y := y0 + (float64(i%l.rows())+0.5)*legendRow
		if l.lines {
			c.Line(p.Line(st, 1.8), figure.Point{X: x, Y: y}, figure.Point{X: x + l.swatch, Y: y})
		}
		c.Mark(p.Mark(st), x+l.swatch/2, y, 4, p.Of(st))
		c.Text(x+l.swatch+5, y, style.Fit(st.Strategy, l.column-l.swatch-8), style)
	}
}
