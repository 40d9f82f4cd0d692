package charts

import (
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// rows is the layout of charts with a row for each strategy: names on the left, the picture in
// the middle, figures on the right.
type rows struct {
	list   []*summary.Strategy
	height float64 // of a row, points
	head   float64 // space above the first row for the names of lines, points
}

func newRows(list []*summary.Strategy) rows {
	r := rows{list: list, height: 44, head: 20}
	if len(list) > 8 {
		r.height = 27
	}
	return r
}

// bodyHeight is the height of all rows with the axis below.
func (r rows) bodyHeight() float64 { return r.head + float64(len(r.list))*r.height + axisRoom }

// columns draws names and figures and returns the box between them.
func (r rows) columns(c *figure.Canvas, p Palette, box figure.Box, figures func(st *summary.Strategy) string) figure.Box {
	name, value := label(p, figure.Right), label(p, figure.Left)
	const most = 230.0 // maximum width of the names, points
	left, right := 0.0, 0.0
	for _, st := range r.list {
		left = max(left, min(name.Width(st.Strategy), most))
		right = max(right, value.Width(figures(st)))
	}
	inner := figure.Box{X0: box.X0 + left + 12, Y0: box.Y0 + r.head, X1: box.X1 - right - 12, Y1: box.Y1 - axisRoom}
	for i, st := range r.list {
		y := r.middle(inner, i)
		if i%2 == 0 {
			c.Rect(inner.X0, y-r.height/2, inner.X1, y+r.height/2, p.Tint(p.Faint, 0.35))
		}
		c.Text(inner.X0-12, y, name.Fit(st.Strategy, most), name)
		c.Text(inner.X1+12, y, figures(st), value)
	}
	return inner
}

// middle is the y of row i.
func (r rows) middle(inner figure.Box, i int) float64 { return inner.Y0 + (float64(i)+0.5)*r.height }
