package charts

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// rates is the curve of response time against the rate of arrivals, of a run with several
// rates.
var rates = Chart{
	Name:    "rates",
	Caption: "How does the response time of a batch grow with the rate at which batches arrive, and from which rate on does a strategy not keep up?",
	ofRun: func(r *summary.Run, p Palette) (figure.Figure, bool) {
		scenarios := ratesOf(r)
		lines := curves(scenarios, func(st *summary.Strategy) *summary.Spread {
			if st.Failure != "" {
				return nil
			}
			return st.Makespan
		})
		if len(lines) == 0 {
			return figure.Figure{}, false
		}
		first := scenarios[0]
		l := newLegend(strategiesOf(lines), figure.Width-2*26, true)
		bound := boundCurve(scenarios)
		note := "Medians of the rounds on their 95% intervals. Marks at the top, no figure: at this rate the strategy does not keep up, or batches are rejected or not done."
		if len(bound) > 0 {
			note += " Grey: without a limit, and a server of any capacity."
		}
		if out := leftOut(scenarios, lines); len(out) > 0 {
			note += " Not drawn, because they have it at no rate: " + strings.Join(out, ", ") + "."
		}
		return figure.Figure{
			Title:    ratesTitle(lines, scenarios),
			Subtitle: fmt.Sprintf("%s of %s against the rate of arrivals, %s", capital(first.Metric), sweptWork(scenarios), first.Target),
			Note:     note,
			Told:     toldAtLast(lines, scenarios, quantity.Seconds),
			Height:   360 + l.height() + lackingHeight(lines),
			Draw: func(c *figure.Canvas, box figure.Box) {
				l.draw(c, p, box.X0, box.Y0)
				drawRates(c, p, figure.Box{X0: box.X0, Y0: box.Y0 + l.height() + 14, X1: box.X1, Y1: box.Y1}, lines, bound)
			},
		}, true
	},
}

// goodputRates is the curve of goodput and rejections against the rate of arrivals.
var goodputRates = Chart{
	Name:    "goodput-rates",
	Caption: "Which share of the batches is completed within the deadline, and which is rejected, at each rate?",
	ofRun: func(r *summary.Run, p Palette) (figure.Figure, bool) {
		scenarios := ratesOf(r)
		good := curves(scenarios, func(st *summary.Strategy) *summary.Spread {
			if st.Load == nil || st.Load.Goodput == nil {
				return nil
			}
			return exactly(float64(st.Load.Good) / float64(st.Load.Batches))
		})
		if len(good) == 0 {
			return figure.Figure{}, false
		}
		rejected := curves(scenarios, func(st *summary.Strategy) *summary.Spread {
			if st.Load == nil || st.Load.Batches == 0 {
				return nil
			}
			return exactly(float64(st.Load.Rejected+st.Load.Unfinished) / float64(st.Load.Batches))
		})
		rejects := slices.ContainsFunc(rejected, func(l curve) bool {
			return slices.ContainsFunc(l.points, func(pt ratePoint) bool { return pt.spread != nil && pt.spread.Median > 0 })
		})
		last := scenarios[len(scenarios)-1]
		note, height := "The share of batches that were completed within the deadline.", 330.0
		if rejects {
			note, height = "Above: the share of batches that were completed within the deadline. Below: the share that was rejected, or not done when the phase ended.", 480
		}
		best := slices.MaxFunc(good, func(a, b curve) int { return cmp.Compare(a.last(), b.last()) })
		return figure.Figure{
			Title:    fmt.Sprintf("At %.4g/s %s has the highest goodput: %s", last.Rate, best.strategy.Strategy, quantity.Percent(best.last())),
			Subtitle: fmt.Sprintf("Shares of the batches of all rounds against the rate of arrivals. %s, %s", capital(sweptWork(scenarios)), last.Target),
			Note:     note,
			Told:     toldAtLast(good, scenarios, quantity.Percent),
			Height:   height,
			Draw: func(c *figure.Canvas, box figure.Box) {
				l := newLegend(strategiesOf(good), box.X1-box.X0, true)
				l.draw(c, p, box.X0, box.Y0)
				top := box.Y0 + l.height() + 22
				if !rejects {
					drawShares(c, p, figure.Box{X0: box.X0, Y0: top, X1: box.X1, Y1: box.Y1}, good, "goodput")
					return
				}
				half := (box.Y1 - top - 26) / 2
				drawShares(c, p, figure.Box{X0: box.X0, Y0: top, X1: box.X1, Y1: top + half}, good, "goodput")
				drawShares(c, p, figure.Box{X0: box.X0, Y0: top + half + 26, X1: box.X1, Y1: box.Y1}, rejected, "rejected or not done")
			},
		}, true
	},
}

// leftOut are the strategies without a line.
func leftOut(scenarios []*summary.Scenario, lines []curve) (out []string) {
	for _, s := range scenarios {
		for _, st := range s.Strategies {
			drawn := slices.ContainsFunc(lines, func(l curve) bool { return l.strategy.Strategy == st.Strategy })
			if !drawn && !slices.Contains(out, st.Strategy) {
				out = append(out, st.Strategy)
			}
		}
	}
	return out
}

// ratesOf are the scenarios of a sweep of rates, the lowest first; none without a sweep.
func ratesOf(r *summary.Run) []*summary.Scenario {
	scenarios := slices.DeleteFunc(slices.Clone(r.Scenarios), func(s *summary.Scenario) bool { return s.Rate == 0 || s.Screening })
	slices.SortStableFunc(scenarios, func(a, b *summary.Scenario) int { return cmp.Compare(a.Rate, b.Rate) })
	if len(scenarios) < 2 || scenarios[0].Rate == scenarios[len(scenarios)-1].Rate {
		return nil
	}
	return scenarios
}

// sweptWork describes the batches of a sweep without their rate, and without their size if it
// depends on the rate.
func sweptWork(scenarios []*summary.Scenario) string {
	without := func(s *summary.Scenario) string {
		return strings.Replace(s.Work, fmt.Sprintf(" at %.4g/s", s.Rate), "", 1)
	}
	work := without(scenarios[0])
	for _, s := range scenarios {
		if without(s) != work {
			return "batches"
		}
	}
	return work
}

// curve is a strategy's figures at every rate.
type curve struct {
	strategy *summary.Strategy
	points   []ratePoint
}

// ratePoint is a strategy at a rate; spread is nil if it has no figure.
type ratePoint struct {
	rate   float64
	spread *summary.Spread
}

// last is the figure at the highest rate.
func (l curve) last() float64 {
	if s := l.points[len(l.points)-1].spread; s != nil {
		return s.Median
	}
	return math.Inf(-1)
}

// toldAtLast says the figures at the highest rate.
func toldAtLast(lines []curve, scenarios []*summary.Scenario, write func(float64) string) string {
	var names, figures []string
	for _, l := range lines {
		text := "none"
		if v := l.last(); !math.IsInf(v, -1) {
			text = write(v)
		}
		names, figures = append(names, l.strategy.Strategy), append(figures, text)
	}
	return toldOf(fmt.Sprintf("At %.4g/s", scenarios[len(scenarios)-1].Rate), names, figures)
}

// exactly is a spread of one value.
func exactly(v float64) *summary.Spread {
	s := &summary.Spread{Median: v, Min: v, Max: v}
	s.Interval.Low, s.Interval.High = v, v
	return s
}

// curves are those of the strategies that have a figure at any rate, in the order of the
// lowest rate.
func curves(scenarios []*summary.Scenario, figureOf func(st *summary.Strategy) *summary.Spread) (lines []curve) {
	if len(scenarios) == 0 {
		return nil
	}
	for _, st := range scenarios[0].Strategies {
		l := curve{strategy: st}
		any := false
		for _, s := range scenarios {
			at := s.Find(st.Strategy)
			if at == nil {
				continue
			}
			point := ratePoint{rate: s.Rate, spread: figureOf(at)}
			any = any || point.spread != nil
			l.points = append(l.points, point)
		}
		if any {
			lines = append(lines, l)
		}
	}
	return lines
}

func strategiesOf(lines []curve) []*summary.Strategy {
	list := make([]*summary.Strategy, len(lines))
	for i, l := range lines {
		list[i] = l.strategy
	}
	return list
}

// boundCurve is the figure that no strategy can fall below, at each rate at which it is known.
func boundCurve(scenarios []*summary.Scenario) (points []figure.Point) {
	for _, s := range scenarios {
		if s.Unloaded != nil {
			points = append(points, figure.Point{X: s.Rate, Y: *s.Unloaded})
		}
	}
	return points
}

// ratesTitle says up to which rate each strategy has a figure, the highest rate first.
func ratesTitle(lines []curve, scenarios []*summary.Scenario) string {
	most := scenarios[len(scenarios)-1].Rate
	upTo := map[float64][]string{}
	for _, l := range lines {
		highest := 0.0
		for _, p := range l.points {
			if p.spread == nil {
				break
			}
			highest = p.rate
		}
		upTo[highest] = append(upTo[highest], l.strategy.Strategy)
	}
	if len(upTo[most]) == len(lines) {
		return fmt.Sprintf("Every strategy keeps up with %.4g/s", most)
	}
	var parts []string
	for _, rate := range slices.Backward(slices.Sorted(maps.Keys(upTo))) {
		text := fmt.Sprintf("Up to %.4g/s: ", rate)
		if rate == 0 {
			text = "At higher rates only: "
		}
		parts = append(parts, text+summary.Few(summary.Names(upTo[rate])))
	}
	title := strings.Join(parts, ". ")
	if len(title) > longestTitle {
		return fmt.Sprintf("%d of %d strategies keep up with %.4g/s", len(upTo[most]), len(lines), most)
	}
	return title
}

const longestTitle = 120 // bytes; a longer one takes three lines

const ratesLeft = 46.0 // points for the labels of the vertical axis

// drawRates draws curves of times.
func drawRates(c *figure.Canvas, p Palette, box figure.Box, lines []curve, bound []figure.Point) {
	b := figure.Box{X0: box.X0 + ratesLeft, Y0: box.Y0, X1: box.X1 - 12, Y1: box.Y1 - axisRoom - 12}
	slowest, fastest := 0.0, 0.0
	see := func(low, high float64) {
		slowest = max(slowest, high)
		if fastest == 0 || low < fastest {
			fastest = low
		}
	}
	for _, l := range lines {
		for _, pt := range l.points {
			if pt.spread != nil {
				see(pt.spread.Min, pt.spread.Max)
			}
		}
	}
	for _, pt := range bound {
		see(pt.Y, pt.Y)
	}
	x := ratesBelow(c, p, b, lines)
	drawLacking(c, p, b, lines, x)
	b.Y0 += lackingHeight(lines)
	y := fromZero(fastest, slowest, b.Y1, b.Y0)
	timesBeside(c, p, y, b.X0, b.X1)
	line := make([]figure.Point, len(bound))
	for i, pt := range bound {
		line[i] = figure.Point{X: x.At(pt.X), Y: y.At(pt.Y)}
	}
	c.Line(figure.Stroke{Color: p.Muted, Width: 1.2, Dash: []float64{2, 2}}, line...)
	drawCurves(c, p, b, lines, x, y)
}

// drawShares draws curves of shares under a heading.
func drawShares(c *figure.Canvas, p Palette, box figure.Box, lines []curve, heading string) {
	b := figure.Box{X0: box.X0 + ratesLeft, Y0: box.Y0, X1: box.X1 - 12, Y1: box.Y1 - axisRoom}
	c.Text(b.X0, b.Y0-11, heading, figure.Style{Size: labelSize, Bold: true, Color: p.Ink})
	x := ratesBelow(c, p, b, lines)
	most := 0.0
	for _, l := range lines {
		for _, pt := range l.points {
			if pt.spread != nil {
				most = max(most, pt.spread.Max)
			}
		}
	}
	y := figure.Linear(0, most, b.Y1, b.Y0)
	for _, v := range y.Ticks(int((b.Y1 - b.Y0) / 30)) {
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: b.X0, Y: y.At(v)}, figure.Point{X: b.X1, Y: y.At(v)})
		c.Text(b.X0-6, y.At(v), fmt.Sprintf("%.3g%%", 100*v), ticks(p, figure.Right))
	}
	drawCurves(c, p, b, lines, x, y)
}

// ratesBelow draws the axis of rates.
func ratesBelow(c *figure.Canvas, p Palette, b figure.Box, lines []curve) figure.Scale {
	least, most := 0.0, 0.0
	for _, l := range lines {
		for _, pt := range l.points {
			if least == 0 || pt.rate < least {
				least = pt.rate
			}
			most = max(most, pt.rate)
		}
	}
	x := figure.Linear(least-(most-least)/20, most, b.X0, b.X1)
	if figure.Wide(least, most) {
		x = figure.Logarithmic(least, most, b.X0, b.X1)
	}
	values := slices.DeleteFunc(x.Ticks(8), func(v float64) bool { return v < x.Min })
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = fmt.Sprintf("%g/s", v)
	}
	below(c, p, x, b.Y0, b.Y1, values, labels)
	return x
}

// lacking are the strategies that have no figure at a rate, by rate.
func lacking(lines []curve) map[float64][]*summary.Strategy {
	out := map[float64][]*summary.Strategy{}
	for _, l := range lines {
		for _, pt := range l.points {
			if pt.spread == nil {
				out[pt.rate] = append(out[pt.rate], l.strategy)
			}
		}
	}
	return out
}

// The marks of strategies that have no figure at a rate are in rows above it.
const (
	lackingRow   = 6    // marks in a row
	lackingPitch = 11.0 // points between marks
)

// lackingHeight is the height of these rows, with the space below them.
func lackingHeight(lines []curve) float64 {
	most := 0
	for _, list := range lacking(lines) {
		most = max(most, len(list))
	}
	if most == 0 {
		return 0
	}
	return float64((most+lackingRow-1)/lackingRow)*lackingPitch + 12
}

// drawLacking draws these rows at the top of the box.
func drawLacking(c *figure.Canvas, p Palette, b figure.Box, lines []curve, x figure.Scale) {
	height := lackingHeight(lines)
	if height == 0 {
		return
	}
	c.Rect(b.X0, b.Y0, b.X1, b.Y0+height-6, p.Tint(p.Faint, 0.6))
	c.Text(b.X0-6, b.Y0+(height-6)/2, "no figure", ticks(p, figure.Right))
	gaps := lacking(lines)
	for _, rate := range slices.Sorted(maps.Keys(gaps)) {
		list := gaps[rate]
		half := lackingPitch * float64(min(len(list), lackingRow)-1) / 2
		middle := min(x.At(rate), b.X1-half-4) // the marks of the highest rate stay in the box
		for i, st := range list {
			c.Mark(p.Mark(st), middle-half+lackingPitch*float64(i%lackingRow), b.Y0+8+lackingPitch*float64(i/lackingRow), 3.6, p.Of(st))
		}
	}
}

// drawCurves draws lines with marks; a rate without a figure has none.
func drawCurves(c *figure.Canvas, p Palette, b figure.Box, lines []curve, x, y figure.Scale) {
	for _, l := range lines {
		var points []figure.Point
		for _, pt := range l.points {
			if pt.spread == nil {
				continue
			}
			at := figure.Point{X: x.At(pt.rate), Y: y.At(pt.spread.Median)}
			points = append(points, at)
			low, high := max(pt.spread.Interval.Low, pt.spread.Min), min(pt.spread.Interval.High, pt.spread.Max)
			c.Line(figure.Stroke{Color: p.Of(l.strategy), Width: 1}, figure.Point{X: at.X, Y: y.At(low)}, figure.Point{X: at.X, Y: y.At(high)})
		}
		c.Line(p.Line(l.strategy, 1.8), points...)
		for _, at := range points {
			c.Mark(p.Mark(l.strategy), at.X, at.Y, 3.6, p.Of(l.strategy))
		}
	}
}

// capital begins a text with a capital letter.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
