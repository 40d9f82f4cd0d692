package charts

import (
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

const (
	labelSize = 10.5 // size of strategies' names and figures, points
	tickSize  = 9.5  // size of axis labels, points
	axisRoom  = 22   // height of the labels of a horizontal axis, points
)

func label(p Palette, align figure.Align) figure.Style {
	return figure.Style{Size: labelSize, Color: p.Ink, Align: align}
}

func ticks(p Palette, align figure.Align) figure.Style {
	return figure.Style{Size: tickSize, Color: p.Muted, Align: align}
}

// fromZero is a scale that begins at zero, so that lengths are proportional to the figures.
// It is logarithmic if they are far apart.
func fromZero(least, most, from, to float64) figure.Scale {
	if figure.Wide(least, most) {
		return figure.Logarithmic(least, most, from, to)
	}
	return figure.Linear(0, most, from, to)
}

// plainly removes trailing zeros of a round figure: "50 MiB", not "50.0 MiB".
func plainly(text string) string {
	number, unit, spaced := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	if spaced {
		return number + " " + unit
	}
	return number
}

// timesBelow draws a horizontal axis of times: grid lines from top to bottom, labels below.
// It leaves out labels that would touch the last one.
func timesBelow(c *figure.Canvas, p Palette, s figure.Scale, top, bottom float64) {
	values := s.Ticks(int((s.To - s.From) / 70))
	below(c, p, s, top, bottom, values, quantity.Ticks(values, s.Log))
}

func below(c *figure.Canvas, p Palette, s figure.Scale, top, bottom float64, values []float64, labels []string) {
	style := ticks(p, figure.Center)
	free := s.From - 40
	for i, v := range values {
		x := s.At(v)
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: x, Y: top}, figure.Point{X: x, Y: bottom})
		half := style.Width(labels[i]) / 2
		if x-half < free || x+half > c.Width-4 {
			continue
		}
		c.Text(x, bottom+12, labels[i], style)
		free = x + half + 8
	}
}

// timesBeside draws a vertical axis of times: grid lines from left to right, labels on their
// left.
func timesBeside(c *figure.Canvas, p Palette, s figure.Scale, left, right float64) {
	values := s.Ticks(int((s.From - s.To) / 26))
	free := s.From + 40
	for i, text := range quantity.Ticks(values, s.Log) {
		y := s.At(values[i])
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: left, Y: y}, figure.Point{X: right, Y: y})
		if y > free-tickSize {
			continue
		}
		c.Text(left-6, y, text, ticks(p, figure.Right))
		free = y
	}
}
