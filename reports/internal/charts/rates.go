package charts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// rates is the curve of response time against the rate of arrivals, of a run with several
// rates.
var rates = Chart{
	Name:    "rates",
	Caption: "How does the response time of a batch grow with the rate at which batches arrive, and from which rate on does a strategy not keep up?",
	ofRun: func(r *summary.Run, p Palette) (figure.Figure, bool) {
		scenarios := slices.DeleteFunc(slices.Clone(r.Scenarios), func(s *summary.Scenario) bool { return s.Rate == 0 || s.Screening })
		slices.SortStableFunc(scenarios, func(a, b *summary.Scenario) int { return cmp.Compare(a.Rate, b.Rate) })
		if len(scenarios) < 2 || scenarios[0].Rate == scenarios[len(scenarios)-1].Rate {
			return figure.Figure{}, false
		}
		lines := curves(scenarios)
		if len(lines) == 0 {
			return figure.Figure{}, false
		}
		first := scenarios[0]
		list := make([]*summary.Strategy, len(lines))
		for i, l := range lines {
			list[i] = l.strategy
		}
		return figure.Figure{
			Title:    ratesTitle(lines, scenarios),
			Subtitle: fmt.Sprintf("%s of %s against the rate of arrivals, %s", capital(first.Metric), strings.Replace(first.Work, fmt.Sprintf(" at %.4g/s", first.Rate), "", 1), first.Target),
			Note:     "Medians of the rounds on their 95% intervals. A cross is a rate at which the strategy has no such figure: it does not keep up, or batches are rejected or not done.",
			Height:   420,
			Draw: func(c *figure.Canvas, box figure.Box) {
				drawRates(c, p, box, lines, newLegend(list, box.X1-box.X0, true))
			},
		}, true
	},
}

// curve is a strategy's figures at every rate.
type curve struct {
	strategy *summary.Strategy
	points   []ratePoint
}

// ratePoint is a strategy at a rate; spread is nil where it has no figure.
type ratePoint struct {
	rate   float64
	spread *summary.Spread
}

// curves are those of the strategies that have a figure at any rate, in the order of the
// lowest rate.
func curves(scenarios []*summary.Scenario) (lines []curve) {
	for _, st := range scenarios[0].Strategies {
		l := curve{strategy: st}
		any := false
		for _, s := range scenarios {
			at := s.Find(st.Strategy)
			if at == nil {
				continue
			}
			point := ratePoint{rate: s.Rate}
			if at.Failure == "" {
				point.spread = at.Makespan
			}
			any = any || point.spread != nil
			l.points = append(l.points, point)
		}
		if any {
			lines = append(lines, l)
		}
	}
	return lines
}

func ratesTitle(lines []curve, scenarios []*summary.Scenario) string {
	most := scenarios[len(scenarios)-1].Rate
	var parts []string
	for _, l := range lines {
		highest := 0.0
		for _, p := range l.points {
			if p.spread == nil {
				break
			}
			highest = p.rate
		}
		if highest < most {
			parts = append(parts, fmt.Sprintf("%s up to %g/s", l.strategy.Strategy, highest))
		}
	}
	switch {
	case len(parts) == 0:
		return fmt.Sprintf("Every strategy keeps up with %g/s", most)
	case len(parts) == len(lines):
		return summary.Few(parts)
	}
	return fmt.Sprintf("%s; the others keep up with %g/s", summary.Few(parts), most)
}

func drawRates(c *figure.Canvas, p Palette, box figure.Box, lines []curve, l legend) {
	const left = 46.0
	l.draw(c, p, box.X0, box.Y0)
	b := figure.Box{X0: box.X0 + left, Y0: box.Y0 + l.height() + 14, X1: box.X1 - 12, Y1: box.Y1 - axisRoom - 12}
	least, most, slowest, fastest := 0.0, 0.0, 0.0, 0.0
	for _, l := range lines {
		for _, pt := range l.points {
			if least == 0 || pt.rate < least {
				least = pt.rate
			}
			most = max(most, pt.rate)
			if pt.spread != nil {
				slowest = max(slowest, pt.spread.Max)
				if fastest == 0 || pt.spread.Min < fastest {
					fastest = pt.spread.Min
				}
			}
		}
	}
	y := fromZero(fastest, slowest, b.Y1, b.Y0)
	x := fromZero(least, most, b.X0, b.X1)
	timesBeside(c, p, y, b.X0, b.X1)
	values := x.Ticks(8)
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = fmt.Sprintf("%g/s", v)
	}
	below(c, p, x, b.Y0, b.Y1, values, labels)
	for _, l := range lines {
		var points []figure.Point
		for _, pt := range l.points {
			if pt.spread == nil {
				continue
			}
			at := figure.Point{X: x.At(pt.rate), Y: y.At(pt.spread.Median)}
			points = append(points, at)
			c.Line(figure.Stroke{Color: p.Of(l.strategy), Width: 1}, figure.Point{X: at.X, Y: y.At(max(pt.spread.Interval.Low, pt.spread.Min))}, figure.Point{X: at.X, Y: y.At(min(pt.spread.Interval.High, pt.spread.Max))})
		}
		c.Line(p.Line(l.strategy, 1.8), points...)
		for _, at := range points {
			c.Mark(p.Mark(l.strategy), at.X, at.Y, 3.6, p.Of(l.strategy))
		}
		for _, pt := range l.points {
			if pt.spread == nil {
				c.Cross(x.At(pt.rate), b.Y0-4, 4, figure.Stroke{Color: p.Of(l.strategy), Width: 1.6})
			}
		}
	}
}

// capital begins a text with a capital letter.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
