package charts

import "github.com/fanbench/fanbench/internal/figure"

// grid lays out panels in one column, or in two if there are many.
type grid struct {
	panels, cols int
	panel        float64 // height of a panel without its head, points
	axes         bool    // every panel has its own axis, not just the lowest
}

const (
	gridHead = 20.0 // above a panel: its name
	gridGap  = 30.0 // between columns
)

func newGrid(panels int) grid {
	switch {
	case panels <= 3:
		return grid{panels: panels, cols: 1, panel: 110}
	case panels <= 6:
		return grid{panels: panels, cols: 1, panel: 74}
	}
	return grid{panels: panels, cols: 2, panel: 56}
}

func (g grid) rows() int { return (g.panels + g.cols - 1) / g.cols }

// pitch is the distance between panels, from top to top.
func (g grid) pitch() float64 {
	if g.axes {
		return g.panel + gridHead + axisRoom
	}
	return g.panel + gridHead
}

func (g grid) height() float64 {
	if g.axes {
		return float64(g.rows()) * g.pitch()
	}
	return float64(g.rows())*g.pitch() + axisRoom
}

// box is the position of panel i: down the first column, then the second.
func (g grid) box(all figure.Box, i int) figure.Box {
	width := (all.X1 - all.X0 - gridGap*float64(g.cols-1)) / float64(g.cols)
	col, row := i/g.rows(), i%g.rows()
	x, y := all.X0+float64(col)*(width+gridGap), all.Y0+float64(row)*g.pitch()+gridHead
	return figure.Box{X0: x, Y0: y, X1: x + width, Y1: y + g.panel}
}

// last reports whether panel i is the lowest of its column and has the axis.
func (g grid) last(i int) bool { return (i+1)%g.rows() == 0 || i == g.panels-1 }
