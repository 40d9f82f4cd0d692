package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var runOrder = Chart{
	Name:    "runorder",
	Caption: "Did the machine drift, stall or warm up while it was measured?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		marks := ordered(s)
		if len(marks) < 2 {
			return figure.Figure{}, false
		}
		l := newLegend(timed(s), figure.Width-2*26, false)
		return figure.Figure{
			Title:    runOrderTitle(marks),
			Subtitle: "Every measured trial in the order it ran, relative to the median of its strategy. " + batch(s),
			Note:     "1 is a strategy's median. If the injected latencies are known, each makespan is normalised by round: divided by the greedy schedule's makespan. The line is the median of neighbouring trials. The farthest outliers are named.",
			Told:     runOrderTold(marks),
			Height:   300 + l.height(),
			Draw: func(c *figure.Canvas, box figure.Box) {
				l.draw(c, p, box.X0, box.Y0)
				box.Y0 += l.height()
				drawRunOrder(c, p, box, marks)
			},
		}, true
	},
}

// mark is a trial with its makespan relative to the others of its strategy.
type mark struct {
	strategy *summary.Strategy
	trial    results.Trial
	relative float64
}

// ordered are the comparable trials of a scenario in the order of execution.
func ordered(s *summary.Scenario) []mark {
	var out []mark
	for _, st := range timed(s) {
		var took []float64
		var trials []results.Trial
		for _, t := range st.Trials {
			if !t.Comparable() || t.Makespan <= 0 {
				continue
			}
			v := t.Makespan.Seconds()
			if t.Bound != nil && t.Bound.Greedy > 0 {
				v /= t.Bound.Greedy.Seconds()
			}
			took, trials = append(took, v), append(trials, t)
		}
		m := stat.Quantiles(took, 0.5)
		for i, t := range trials {
			out = append(out, mark{st, t, took[i] / m[0]})
		}
	}
	slices.SortFunc(out, func(a, b mark) int { return cmp.Compare(a.trial.Seq, b.trial.Seq) })
	return out
}

func runOrderTitle(marks []mark) string {
	series := make([]float64, len(marks))
	for i, m := range marks {
		series[i] = math.Log(m.relative)
	}
	const significant = 0.01 // strict, because rounds are paired: a false alarm is worse than a missed drift
	d := stat.DetectDrift(series[:min(len(series), 2000)])
	if d.P >= significant {
		return "No drift detected in the order in which the trials ran"
	}
	change := math.Exp(d.Slope*float64(len(series))) - 1
	way := "slower"
	if change < 0 {
		way = "faster"
	}
	return fmt.Sprintf("The machine became about %s %s during the run", quantity.Percent(math.Abs(change)), way)
}

// runOrderTold says how far trials are from the medians of their strategies.
func runOrderTold(marks []mark) string {
	order := func(a, b mark) int { return cmp.Compare(a.relative, b.relative) }
	say := func(m mark) string {
		return fmt.Sprintf("%s times (%s, round %d)", quantity.Figure(m.relative), m.strategy.Strategy, m.trial.Round)
	}
	return fmt.Sprintf("%s, from %s to %s the median of the strategy.", plural(len(marks), "trial"), say(slices.MinFunc(marks, order)), say(slices.MaxFunc(marks, order)))
}

func drawRunOrder(c *figure.Canvas, p Palette, box figure.Box, marks []mark) {
	least, most := 0.95, 1.05
	for _, m := range marks {
		least, most = math.Min(least, m.relative), math.Max(most, m.relative)
	}
	inner := figure.Box{X0: box.X0 + 36, Y0: box.Y0 + 8, X1: box.X1, Y1: box.Y1 - axisRoom}
	y := figure.Logarithmic(least, most, inner.Y1, inner.Y0)
	x := figure.Scale{Min: 0, Max: float64(max(len(marks)-1, 1)), From: inner.X0 + 8, To: inner.X1 - 8}
	for _, v := range y.Ticks(6) {
		at := y.At(v)
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: inner.X0, Y: at}, figure.Point{X: inner.X1, Y: at})
		c.Text(inner.X0-6, at, fmt.Sprintf("%.4g", v), ticks(p, figure.Right))
	}
	one := y.At(1)
	c.Line(figure.Stroke{Color: p.Muted, Width: 1}, figure.Point{X: inner.X0, Y: one}, figure.Point{X: inner.X1, Y: one})
	c.Text(inner.X0, inner.Y1+12, "first trial", ticks(p, figure.Left))
	c.Text(inner.X1, inner.Y1+12, fmt.Sprintf("last of %s", plural(len(marks), "trial")), ticks(p, figure.Right))
	radius := 3.4
	if len(marks) > 200 {
		radius = 2
	}
	var boxes []figure.Box
	for i, m := range marks {
		px, py := x.At(float64(i)), y.At(m.relative)
		c.Mark(p.Mark(m.strategy), px, py, radius, p.Of(m.strategy))
		boxes = append(boxes, figure.Box{X0: px - radius, Y0: py - radius, X1: px + radius, Y1: py + radius})
	}
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.3}, runningMedian(marks, x, y)...)
	nameFarthest(c, p, inner, marks, x, y, boxes)
}

// runningMedian is the median of each trial and its neighbours: a tenth of all trials, at
// least five.
func runningMedian(marks []mark, x, y figure.Scale) []figure.Point {
	half := max(len(marks)/20, 2)
	var out []figure.Point
	for i := half; i < len(marks)-half; i++ {
		var near []float64
		for _, m := range marks[i-half : i+half+1] {
			near = append(near, m.relative)
		}
		out = append(out, figure.Point{X: x.At(float64(i)), Y: y.At(stat.Median(near))})
	}
	return out
}

// nameFarthest names the trials farthest from 1: at most three, and only outliers.
func nameFarthest(c *figure.Canvas, p Palette, inner figure.Box, marks []mark, x, y figure.Scale, taken []figure.Box) {
	series := make([]float64, len(marks))
	for i, m := range marks {
		series[i] = math.Log(m.relative)
	}
	kinds := stat.ClassifyOutliers(series)
	var far []int
	for i, k := range kinds {
		if k == stat.HighSevere || k == stat.LowSevere {
			far = append(far, i)
		}
	}
	slices.SortStableFunc(far, func(a, b int) int { return cmp.Compare(math.Abs(series[b]), math.Abs(series[a])) })
	const most = 3
	var labels []figure.Label
	for _, i := range far[:min(len(far), most)] {
		m := marks[i]
		labels = append(labels, figure.Label{
			At:   figure.Point{X: x.At(float64(i)), Y: y.At(m.relative)},
			Text: fmt.Sprintf("%s, round %d: %s", m.strategy.Strategy, m.trial.Round, quantity.Seconds(m.trial.Makespan.Seconds())),
		})
	}
	c.Labels(labels, ticks(p, figure.Left), inner, taken)
}
