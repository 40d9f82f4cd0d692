package charts

import (
	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// legend names the colours of lines that are too close for a name each, in columns.
type legend struct {
	list   []*summary.Strategy
	cols   int
	column float64 // width of one, points
}

const (
	legendRow    = 15.0 // points
	legendSwatch = 16.0
)

// newLegend lays the names out in as many columns as the width has room for.
func newLegend(list []*summary.Strategy, width float64) legend {
	widest := 0.0
	for _, st := range list {
		widest = max(widest, figure.Style{Size: tickSize}.Width(st.Strategy))
	}
	l := legend{list: list, column: min(widest+legendSwatch+22, width)}
	l.cols = min(max(int(width/l.column), 1), len(list))
	return l
}

func (l legend) rows() int { return (len(l.list) + l.cols - 1) / l.cols }

func (l legend) height() float64 { return float64(l.rows()) * legendRow }

// draw writes the names, down the first column, then the next.
func (l legend) draw(c *figure.Canvas, p Palette, x0, y0 float64) {
	style := figure.Style{Size: tickSize, Color: p.Ink}
	for i, st := range l.list {
		x := x0 + float64(i/l.rows())*l.column
		y := y0 + (float64(i%l.rows())+0.5)*legendRow
		c.Line(figure.Stroke{Color: p.Of(st), Width: 3}, figure.Point{X: x, Y: y}, figure.Point{X: x + legendSwatch, Y: y})
		c.Text(x+legendSwatch+5, y, style.Fit(st.Strategy, l.column-legendSwatch-8), style)
	}
}
