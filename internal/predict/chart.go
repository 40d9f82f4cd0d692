package predict

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Sizes of the chart, in points.
const (
	rowTall  = 30.0
	axisTall = 34.0
	nameSize = 11.0
	gap      = 14.0
)

// Figure draws measured and predicted makespans on one axis: a row for each strategy.
func (r *Report) Figure() figure.Figure {
	return figure.Figure{
		Title:    r.finding(),
		Subtitle: "Makespan, logarithmic. Rings: measured rounds of the smaller batch. Dot: predicted, with its 95% prediction interval, which also stands beside it.",
		Note:     "A line joins the median of the measured rounds to what is predicted for the larger batch. Without rings: a limit that was not measured.",
		Height:   rowTall*float64(max(1, len(r.Predictions))) + axisTall,
		Draw:     r.draw,
	}
}

// finding is which strategy is predicted to be done first, if the scenario is one.
func (r *Report) finding() string {
	tasks := quantity.Count(float64(r.Tasks)) + " tasks"
	if len(r.Predictions) == 0 || len(r.scenarios()) > 1 {
		return tasks + ", predicted from smaller batches"
	}
	best := slices.MinFunc(r.Predictions, func(a, b Prediction) int { return cmp.Compare(a.Makespan.Seconds, b.Makespan.Seconds) })
	if len(r.Predictions) == 1 {
		return fmt.Sprintf("%s: %s is predicted to take %s", tasks, best.Strategy, quantity.Seconds(best.Makespan.Seconds))
	}
	return fmt.Sprintf("%s: %s is predicted to be done first, in %s", tasks, best.Strategy, quantity.Seconds(best.Makespan.Seconds))
}

func (r *Report) scenarios() map[string]bool {
	list := map[string]bool{}
	for _, p := range r.Predictions {
		list[p.Scenario] = true
	}
	return list
}

// row is what is written of a prediction: on its left and on its right.
func (r *Report) row(p Prediction) (name, told string) {
	if name = p.Strategy; len(r.scenarios()) > 1 {
		name = p.Scenario + ", " + name
	}
	return name, p.Makespan.String()
}

func (r *Report) draw(c *figure.Canvas, box figure.Box) {
	if len(r.Predictions) == 0 {
		c.Text(box.X0, box.Y0+rowTall, "nothing could be predicted", figure.Style{Size: 12, Color: c.Muted})
		return
	}
	names, numbers := figure.Style{Size: nameSize, Color: c.Ink}, figure.Style{Size: 10, Color: c.Muted}
	least, most, left, right := math.Inf(1), 0.0, 0.0, 0.0
	for _, p := range r.Predictions {
		for _, v := range append([]float64{p.Makespan.Low, p.Makespan.High}, p.Measured...) {
			least, most = min(least, v), max(most, v)
		}
		name, told := r.row(p)
		left, right = max(left, names.Width(name)), max(right, numbers.Width(told))
	}
	x := figure.Logarithmic(least, most, box.X0+left+gap, box.X1-right-gap)
	bottom := box.Y1 - axisTall
	ticks := clockTicks(least, most)
	if len(ticks) < 2 {
		ticks = x.Ticks(7)
	}
	for i, text := range quantity.Ticks(ticks, true) {
		at := x.At(ticks[i])
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: at, Y: box.Y0}, figure.Point{X: at, Y: bottom})
		c.Text(at, bottom+14, text, figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
	for i, p := range r.Predictions {
		y := box.Y0 + rowTall*(float64(i)+0.5)
		name, told := r.row(p)
		c.Text(box.X0, y, name, names)
		m, color := p.Makespan, c.Series(0)
		if len(p.Measured) > 0 {
			c.Line(figure.Stroke{Color: c.Faint, Width: 1.2}, figure.Point{X: x.At(stat.Median(p.Measured)), Y: y}, figure.Point{X: x.At(m.Seconds), Y: y})
		}
		for _, v := range p.Measured {
			c.Ring(x.At(v), y, 3, figure.Stroke{Color: c.Muted, Width: 1})
		}
		c.Line(figure.Stroke{Color: color, Width: 2.5}, figure.Point{X: x.At(m.Low), Y: y}, figure.Point{X: x.At(m.High), Y: y})
		c.Dot(x.At(m.Seconds), y, 4, color)
		c.Text(x.At(max(m.High, m.Seconds))+gap/2, y, told, numbers)
	}
}

// clockTicks are the times within a range at which clocks are read: powers of ten of seconds up to a
// minute, and of minutes, hours and days.
func clockTicks(least, most float64) (list []float64) {
	all := []float64{60, 600, 3600, 36_000, 86_400, 864_000, 8_640_000}
	for v := 10.0; v >= 1e-6; v /= 10 {
		all = append(all, v)
	}
	for _, v := range all {
		if v >= least && v <= most {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}
