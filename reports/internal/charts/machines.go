package charts

import (
	"fmt"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// shownComparisons and shownMachines are the most that the forest plot shows.
const (
	shownComparisons = 4
	shownMachines    = 20
)

var machines = Chart{
	Name:    "machines",
	Shows:   "machine by machine",
	Caption: "Do the machines agree, and what is to be expected of another one?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := forestRows(s)
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		return figure.Figure{
			Title:    forestTitle(s),
			Subtitle: fmt.Sprintf("%s relative to %s on %s. %s", capital(s.Metric), s.Baseline, plural(len(s.Machines), "machine"), batch(s)),
			Note:     "Squares: a machine's ratio and 95% interval; an arrow: unbounded, too few rounds. Diamonds: these machines, each counting alike; and the mean over machines like these. Thin line: where one more machine is predicted. I²: the share of the variance between machines that their rounds do not explain.",
			Told:     forestTold(s, list),
			Height:   float64(len(list))*forestRow + forestHead + axisRoom,
			Draw:     func(c *figure.Canvas, box figure.Box) { drawForest(c, p, box, list, s.Baseline) },
		}, true
	},
}

const (
	forestRow  = 22.0 // height of a row, points
	forestHead = 20.0
)

// forest is a row of the plot.
type forest struct {
	strategy *summary.Strategy
	name     string
	head     bool // the name of a strategy, without a ratio
	pooled   bool // of several machines
	ratio    float64
	interval stat.Interval
	predict  *stat.Interval
	figures  string
}

// forestRows returns the rows of all comparisons.
func forestRows(s *summary.Scenario) (rows []forest) {
	shown := 0
	for _, st := range s.Strategies {
		if st.Machines == nil || st.VsBaseline == nil || shown == shownComparisons {
			continue
		}
		shown++
		rows = append(rows, forest{strategy: st, name: st.Strategy, head: true})
		for i, m := range st.Machines.Each {
			if i == shownMachines {
				rows = append(rows, forest{strategy: st, name: fmt.Sprintf("and %d more", len(st.Machines.Each)-i), head: true})
				break
			}
			c := m.Comparison
			rows = append(rows, forest{strategy: st, name: m.Machine, ratio: c.Ratio, interval: c.Interval, figures: fmt.Sprintf("%s  %s", quantity.Factor(c.Ratio), quantity.Verdict(&c))})
		}
		c := st.VsBaseline
		rows = append(rows, forest{strategy: st, name: "these machines", pooled: true, ratio: c.Ratio, interval: c.Interval, figures: fmt.Sprintf("%s  %s", quantity.Factor(c.Ratio), quantity.Verdict(c))})
		if b := st.Machines.Another; b != nil {
			rows = append(rows, forest{
				strategy: st, name: "another machine", pooled: true, ratio: b.Ratio, interval: b.Interval, predict: &b.Prediction,
				figures: fmt.Sprintf("%s  %s, I² %s", quantity.Factor(b.Ratio), b.Verdict, quantity.Percent(b.Heterogeneity)),
			})
		}
	}
	return rows
}

// forestTold says the ratios over all machines.
func forestTold(s *summary.Scenario, list []forest) string {
	var names, figures []string
	for _, f := range list {
		if f.pooled {
			names, figures = append(names, f.strategy.Strategy+" on "+f.name), append(figures, f.figures)
		}
	}
	return toldOf("Ratio to "+s.Baseline, names, figures)
}

func forestTitle(s *summary.Scenario) string {
	const alpha = 0.05
	most, told := 0.0, false
	for _, st := range s.Strategies {
		if st.Machines == nil {
			continue
		}
		if st.Machines.Split() {
			return st.Strategy + " is faster on some machines and slower on others"
		}
		if b := st.Machines.Another; b != nil {
			told = true
			if b.PAlike <= alpha {
				most = max(most, b.Heterogeneity)
			}
		}
	}
	switch {
	case most > 0:
		return fmt.Sprintf("The ratio depends on the machine: I² up to %s", quantity.Percent(most))
	case told:
		return "The machines do not differ significantly in the ratio"
	}
	return "The ratio on each machine"
}

func drawForest(c *figure.Canvas, p Palette, box figure.Box, list []forest, baseline string) {
	reach := ratios{1, 1}
	name, bold, value := label(p, figure.Right), label(p, figure.Left), label(p, figure.Left)
	const widest = 190.0
	left, right := 0.0, 0.0
	for _, r := range list {
		reach.add(r.ratio, r.interval.Low, r.interval.High)
		if r.predict != nil {
			reach.add(r.predict.Low, r.predict.High)
		}
		left, right = max(left, min(name.Width(r.name), widest)), max(right, value.Width(r.figures))
	}
	inner := figure.Box{X0: box.X0 + left + 12, Y0: box.Y0 + forestHead, X1: box.X1 - right - 12, Y1: box.Y1 - axisRoom}
	x := reach.below(c, p, inner)
	for i, r := range list {
		if y := inner.Y0 + (float64(i)+0.5)*forestRow; r.head {
			c.Rect(box.X0, y-forestRow/2, inner.X1, y+forestRow/2, p.Tint(p.Faint, 0.35))
			c.Text(box.X0, y, r.name, bold)
		}
	}
	drawBaseline(c, p, inner, x, baseline)
	for i, r := range list {
		y := inner.Y0 + (float64(i)+0.5)*forestRow
		if r.head {
			continue
		}
		c.Text(inner.X0-12, y, name.Fit(r.name, widest), name)
		c.Text(inner.X1+12, y, r.figures, value)
		color := p.Of(r.strategy)
		if r.predict != nil {
			c.Line(figure.Stroke{Color: color, Width: 0.8}, figure.Point{X: x.At(r.predict.Low), Y: y}, figure.Point{X: x.At(r.predict.High), Y: y})
		}
		drawInterval(c, x, y, r.interval, color)
		if r.pooled {
			diamond(c, x.At(r.ratio), y, 6, p.Background)
			diamond(c, x.At(r.ratio), y, 5, color)
		} else {
			c.Rect(x.At(r.ratio)-2.5, y-2.5, x.At(r.ratio)+2.5, y+2.5, color)
		}
	}
}
