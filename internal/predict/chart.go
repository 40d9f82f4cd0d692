package predict

import (
	"fmt"
	"math"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Sizes of the chart, in points.
const (
	rowTall   = 24.0
	axisTall  = 34.0
	namesWide = 230.0
)

// Figure draws measured and predicted makespans on one axis: a row for each strategy.
func (r *Report) Figure() figure.Figure {
	return figure.Figure{
		Title:    fmt.Sprintf("%s tasks, predicted from smaller batches", quantity.Count(float64(r.Tasks))),
		Subtitle: "Makespan, logarithmic. Rings: measured rounds of the smaller batch. Dot: predicted, with its 95% prediction interval.",
		Note:     "A line that ends in the dot spans from the median of the measured rounds to what is predicted for the larger batch.",
		Height:   rowTall*float64(max(1, len(r.Predictions))) + axisTall,
		Draw:     r.draw,
	}
}

func (r *Report) draw(c *figure.Canvas, box figure.Box) {
	least, most := math.Inf(1), 0.0
	for _, p := range r.Predictions {
		for _, v := range append([]float64{p.Makespan.Low, p.Makespan.High}, p.Measured...) {
			least, most = min(least, v), max(most, v)
		}
	}
	if len(r.Predictions) == 0 {
		c.Text(box.X0, box.Y0+rowTall, "nothing could be predicted", figure.Style{Size: 12, Color: c.Muted})
		return
	}
	x := figure.Logarithmic(least, most, box.X0+namesWide, box.X1)
	bottom := box.Y1 - axisTall
	ticks := x.Ticks(7)
	for i, text := range quantity.Ticks(ticks, true) {
		at := x.At(ticks[i])
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: at, Y: box.Y0}, figure.Point{X: at, Y: bottom})
		c.Text(at, bottom+14, text, figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
	scenarios := map[string]bool{}
	for _, p := range r.Predictions {
		scenarios[p.Scenario] = true
	}
	for i, p := range r.Predictions {
		y := box.Y0 + rowTall*(float64(i)+0.5)
		name := p.Strategy
		if len(scenarios) > 1 {
			name = p.Scenario + ", " + name
		}
		c.Text(box.X0, y, name, figure.Style{Size: 11, Color: c.Ink})
		for _, v := range p.Measured {
			c.Ring(x.At(v), y, 3, figure.Stroke{Color: c.Muted, Width: 1})
		}
		color := c.Series(0)
		m := p.Makespan
		if len(p.Measured) > 0 {
			c.Line(figure.Stroke{Color: c.Faint, Width: 1.2}, figure.Point{X: x.At(p.Measured[len(p.Measured)/2]), Y: y}, figure.Point{X: x.At(m.Seconds), Y: y})
		}
		c.Line(figure.Stroke{Color: color, Width: 2.5}, figure.Point{X: x.At(m.Low), Y: y}, figure.Point{X: x.At(m.High), Y: y})
		c.Dot(x.At(m.Seconds), y, 4, color)
	}
}
