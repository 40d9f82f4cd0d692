package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var cost = Chart{
	Name:    "cost",
	Shows:   "makespan, memory and CPU time",
	Caption: "How much memory and CPU time does each strategy use, and which offer the best trade-off?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := timed(s)
		var panels []price
		for _, pr := range prices {
			if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return pr.of(st) != nil }) {
				panels = append(panels, pr)
			}
		}
		if len(list) < 2 || len(panels) == 0 {
			return figure.Figure{}, false
		}
		l := newLegend(list, figure.Width-2*26, false)
		return figure.Figure{
			Title:    costTitle(list, panels),
			Subtitle: capital(s.Metric) + " against resource usage of the strategy's process. " + batch(s),
			Note:     "Lower left is better. The line joins the strategies that no other beats in both (the Pareto front). Others are smaller, and named only where there is room; the legend above has their marks. Memory: peak resident set over all trials, including the program. CPU: user and system time per trial.",
			Told:     costTold(list, panels),
			Height:   l.height() + float64(len(panels))*costPanel,
			Draw: func(c *figure.Canvas, box figure.Box) {
				l.draw(c, p, box.X0, box.Y0)
				box.Y0 += l.height()
				for i, pr := range panels {
					drawCost(c, p, s.Metric, figure.Box{X0: box.X0, Y0: box.Y0 + float64(i)*costPanel, X1: box.X1, Y1: box.Y0 + float64(i+1)*costPanel - 8}, list, pr)
				}
			},
		}, true
	},
}

const costPanel = 300 // height of a panel, points

// price is a cost of a strategy.
type price struct {
	name  string
	of    func(st *summary.Strategy) *float64
	write func(v float64) string
	unit  float64 // axis ticks are round multiples of it
}

var prices = []price{
	{"peak memory", func(st *summary.Strategy) *float64 { return st.PeakRSS }, quantity.Bytes, 1 << 20},
	{"CPU time", func(st *summary.Strategy) *float64 { return positive(st.CPU) }, quantity.Seconds, 1},
}

func positive(v *float64) *float64 {
	if v == nil || *v <= 0 {
		return nil
	}
	return v
}

// front are the strategies that no other beats in both makespan and price, fastest first.
func front(list []*summary.Strategy, pr price) []*summary.Strategy {
	list = slices.DeleteFunc(slices.Clone(list), func(st *summary.Strategy) bool { return pr.of(st) == nil })
	slices.SortStableFunc(list, func(a, b *summary.Strategy) int {
		return cmp.Or(cmp.Compare(a.Makespan.Median, b.Makespan.Median), cmp.Compare(*pr.of(a), *pr.of(b)))
	})
	var out []*summary.Strategy
	least := math.Inf(1)
	for _, st := range list {
		if v := *pr.of(st); v < least {
			out, least = append(out, st), v
		}
	}
	return out
}

func costTitle(list []*summary.Strategy, panels []price) string {
	f := front(list, panels[0])
	fastest, cheapest := f[0], f[len(f)-1]
	if fastest == cheapest {
		return fmt.Sprintf("%s is the fastest and uses the least %s", fastest.Strategy, panels[0].name)
	}
	say := func(st *summary.Strategy) string {
		return fmt.Sprintf("%s and %s with %s", quantity.Seconds(st.Makespan.Median), panels[0].write(*panels[0].of(st)), st.Strategy)
	}
	return fmt.Sprintf("Cost of speed: %s, %s", say(fastest), say(cheapest))
}

// costTold says the Pareto fronts.
func costTold(list []*summary.Strategy, panels []price) string {
	var parts []string
	for _, pr := range panels {
		parts = append(parts, told("No other is better in both makespan and "+pr.name, front(list, pr), func(st *summary.Strategy) string {
			return fmt.Sprintf("(%s, %s)", quantity.Seconds(st.Makespan.Median), pr.write(*pr.of(st)))
		}))
	}
	return strings.Join(parts, " ")
}

func drawCost(c *figure.Canvas, p Palette, metric string, box figure.Box, list []*summary.Strategy, pr price) {
	inner := figure.Box{X0: box.X0 + 62, Y0: box.Y0 + 20, X1: box.X1 - 6, Y1: box.Y1 - axisRoom}
	var xs, ys []float64
	for _, st := range list {
		if v := pr.of(st); v != nil {
			xs, ys = append(xs, st.Makespan.Median), append(ys, *v)
		}
	}
	x := fromZero(slices.Min(xs), slices.Max(xs), inner.X0+8, inner.X1-8)
	y := fromZero(slices.Min(ys)/pr.unit, slices.Max(ys)/pr.unit, inner.Y1, inner.Y0+8)
	c.Text(box.X0, box.Y0+6, pr.name+" against "+metric, figure.Style{Size: labelSize, Bold: true, Color: p.Ink})
	timesBelow(c, p, x, inner.Y0, inner.Y1)
	free := math.Inf(1)
	for _, v := range y.Ticks(6) {
		at := y.At(v)
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: inner.X0, Y: at}, figure.Point{X: inner.X1, Y: at})
		if at < free {
			c.Text(inner.X0-6, at, plainly(pr.write(v*pr.unit)), ticks(p, figure.Right))
			free = at - 1.3*tickSize
		}
	}
	best := front(list, pr)
	var line []figure.Point
	for i, st := range best {
		at := figure.Point{X: x.At(st.Makespan.Median), Y: y.At(*pr.of(st) / pr.unit)}
		if i > 0 {
			line = append(line, figure.Point{X: at.X, Y: line[len(line)-1].Y})
		}
		line = append(line, at)
	}
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.4}, line...)
	// The strategies on the front are placed first, so their labels are nearest.
	var labels []figure.Label
	taken := figure.Along(line)
	rest := slices.DeleteFunc(slices.Clone(list), func(st *summary.Strategy) bool { return pr.of(st) == nil || slices.Contains(best, st) })
	for i, st := range slices.Concat(best, rest) {
		radius := 5.5
		if i >= len(best) {
			radius = 4
		}
		at := figure.Point{X: x.At(st.Makespan.Median), Y: y.At(*pr.of(st) / pr.unit)}
		c.Mark(p.Mark(st), at.X, at.Y, radius, p.Of(st))
		labels = append(labels, figure.Label{At: at, Text: st.Strategy, Near: i >= len(best)})
		taken = append(taken, figure.Box{X0: at.X - radius, Y0: at.Y - radius, X1: at.X + radius, Y1: at.Y + radius})
	}
	c.Labels(labels, figure.Style{Size: tickSize, Color: p.Ink}, figure.Box{X0: inner.X0 + 2, Y0: inner.Y0, X1: inner.X1, Y1: inner.Y1}, taken)
}
