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

var scaling = Chart{
	Name:    "scaling",
	Shows:   "makespan and throughput against the limit",
	Caption: "How much does a higher limit gain, and where does it stop gaining?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		if len(s.Sweeps) == 0 {
			return figure.Figure{}, false
		}
		return figure.Figure{
			Title:    scalingTitle(s.Sweeps),
			Subtitle: "Makespan and throughput against the limit. " + batch(s),
			Note:     scalingNote(s),
			Told:     scalingTold(s.Sweeps),
			Height:   470,
			Draw:     func(c *figure.Canvas, box figure.Box) { drawScaling(c, p, box, s) },
		}, true
	},
}

// scalingTitle describes the sweep with the most limits, the first of several.
func scalingTitle(list []*summary.Sweep) string {
	w := slices.MaxFunc(list, func(a, b *summary.Sweep) int { return cmp.Compare(len(a.Points), len(b.Points)) })
	low, high := w.Points[0], w.Points[len(w.Points)-1]
	switch {
	case w.Fit != nil && w.Fit.Knee != nil:
		return fmt.Sprintf("%s: beyond a limit of about %.0f, throughput falls", w.Family, *w.Fit.Knee)
	case w.Enough > 0 && w.Enough < high.Width:
		return fmt.Sprintf("%s: no limit above %d is shown to be faster", w.Family, w.Enough)
	}
	return fmt.Sprintf("%s: %s=%d is %s times as fast as %s=%d", w.Family, w.Param, high.Width,
		quantity.Figure(low.Makespan.Median/high.Makespan.Median), w.Param, low.Width)
}

func scalingTold(list []*summary.Sweep) string {
	var parts []string
	for _, w := range list {
		parts = append(parts, told("Median makespans of "+w.Family, w.Points, func(st *summary.Strategy) string { return quantity.Seconds(st.Makespan.Median) }))
	}
	return strings.Join(parts, " ")
}

func scalingNote(s *summary.Scenario) string {
	note := "Dots are rounds, the line is their median. "
	if slices.ContainsFunc(s.Sweeps, func(w *summary.Sweep) bool {
		return slices.ContainsFunc(w.Points, func(st *summary.Strategy) bool { return st.Greedy != nil })
	}) {
		note += "Dashed: greedy schedule of the same latencies. "
	}
	followed := slices.ContainsFunc(s.Sweeps, follows)
	if followed {
		note += "Curve and band on the right: the Universal Scalability Law and its 95% interval, rounds resampled; it sums up these limits and says nothing of others. "
	}
	switch {
	case slices.ContainsFunc(s.Sweeps, func(w *summary.Sweep) bool { return w.Fit != nil && w.Fit.Knee != nil }):
		return note + "The ring is the knee, the limit with the highest throughput, with its interval."
	case !followed:
		return note + "The Universal Scalability Law is not drawn: it does not describe these rounds."
	}
	return note + "No knee is marked: throughput is not shown to fall within these limits."
}

// follows reports whether the throughput of a sweep follows the fitted law.
func follows(w *summary.Sweep) bool { return w.Fit != nil && w.Fit.Fits }

// scalingPanel is one of the two panels: a figure derived from the makespan, against the limit.
type scalingPanel struct {
	name string
	of   func(seconds float64) float64
	law  bool // show the fitted law instead of the medians if throughput follows it
	box  figure.Box
	x, y figure.Scale
}

func drawScaling(c *figure.Canvas, p Palette, box figure.Box, s *summary.Scenario) {
	const left, gap = 50.0, 76.0
	middle := (box.X0 + left + box.X1) / 2
	top, bottom := box.Y0+24, box.Y1-axisRoom-16
	makespans := &scalingPanel{
		name: "makespan", of: func(seconds float64) float64 { return seconds },
		box: figure.Box{X0: box.X0 + left, Y0: top, X1: middle - gap/2, Y1: bottom},
	}
	rates := &scalingPanel{
		name: "throughput, tasks/s", of: func(seconds float64) float64 { return float64(s.Tasks) / seconds }, law: true,
		box: figure.Box{X0: middle + gap/2, Y0: top, X1: box.X1 - 8, Y1: bottom},
	}
	low, high := makespans.reach(s.Sweeps)
	makespans.y = figure.Logarithmic(low, high, bottom, top)
	_, high = rates.reach(s.Sweeps)
	rates.y = figure.Linear(0, high, bottom, top)
	for _, pl := range []*scalingPanel{makespans, rates} {
		c.Text(pl.box.X0, box.Y0+8, pl.name, figure.Style{Size: labelSize, Bold: true, Color: p.Ink})
		pl.limits(c, p, s.Sweeps)
	}
	timesBeside(c, p, makespans.y, makespans.box.X0, makespans.box.X1)
	for _, v := range rates.y.Ticks(6) {
		at := rates.y.At(v)
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: rates.box.X0, Y: at}, figure.Point{X: rates.box.X1, Y: at})
		c.Text(rates.box.X0-6, at, quantity.Count(v), ticks(p, figure.Right))
	}
	for _, pl := range []*scalingPanel{makespans, rates} {
		pl.draw(c, p, s.Sweeps)
	}
}

// reach is the range of values that the panel shows.
func (pl *scalingPanel) reach(list []*summary.Sweep) (low, high float64) {
	low = math.Inf(1)
	show := func(v float64) { low, high = math.Min(low, v), math.Max(high, v) }
	for _, w := range list {
		for _, st := range w.Points {
			for _, v := range []*float64{&st.Makespan.Min, &st.Makespan.Max, st.Greedy} {
				if v != nil && *v > 0 {
					show(pl.of(*v))
				}
			}
		}
		if pl.law && follows(w) {
			for _, n := range alongLimits(w) {
				_, above := w.Fit.Band(n)
				show(above)
			}
		}
	}
	return low, high
}

// alongLimits are limits close enough to each other for a smooth curve.
func alongLimits(w *summary.Sweep) []float64 {
	first, last := float64(w.Points[0].Width), float64(w.Points[len(w.Points)-1].Width)
	const pieces = 80
	out := make([]float64, pieces+1)
	for i := range out {
		out[i] = first * math.Pow(last/first, float64(i)/pieces)
	}
	return out
}

// limits draws the horizontal axis.
func (pl *scalingPanel) limits(c *figure.Canvas, p Palette, list []*summary.Sweep) {
	var tried []float64
	for _, w := range list {
		for _, st := range w.Points {
			tried = append(tried, float64(st.Width))
		}
	}
	slices.Sort(tried)
	tried = slices.Compact(tried)
	pl.x = figure.Logarithmic(tried[0], tried[len(tried)-1], pl.box.X0, pl.box.X1)
	const crowded = 12
	if len(tried) > crowded {
		tried = pl.x.Ticks(8)
	}
	names := make([]string, len(tried))
	for i, v := range tried {
		names[i] = quantity.Count(v)
	}
	below(c, p, pl.x, pl.box.Y0, pl.box.Y1, tried, names)
	c.Text((pl.box.X0+pl.box.X1)/2, pl.box.Y1+27, "limit: tasks at once", ticks(p, figure.Center))
}

// draw draws every sweep and, if there are several, their names.
func (pl *scalingPanel) draw(c *figure.Canvas, p Palette, list []*summary.Sweep) {
	var labels []figure.Label
	var taken []figure.Box
	var lines [][]figure.Point
	for i, w := range list {
		line, dots, medians := pl.sweep(c, p, w, i, len(list))
		lines = append(lines, line)
		const radius = 1.8
		for _, at := range dots {
			c.Dot(at.X, at.Y, radius, fade(sweepColor(p, w), 0.5))
			taken = append(taken, figure.Box{X0: at.X - radius, Y0: at.Y - radius, X1: at.X + radius, Y1: at.Y + radius})
		}
		taken = append(taken, figure.Along(thinned(line))...)
		if len(list) > 1 {
			const mark = 5
			for _, at := range medians {
				taken = append(taken, figure.Box{X0: at.X - mark, Y0: at.Y - mark, X1: at.X + mark, Y1: at.Y + mark})
			}
		}
	}
	for i, w := range list {
		if pl.law && w.Fit != nil && w.Fit.Knee != nil {
			at := pl.knee(c, p, w)
			const ring = 7
			taken = append(taken, figure.Box{X0: at.X - ring, Y0: at.Y - ring, X1: at.X + ring, Y1: at.Y + ring})
			labels = append(labels, figure.Label{At: at, Text: fmt.Sprintf("knee at %.0f", *w.Fit.Knee)})
		}
		if len(list) > 1 {
			labels = append(labels, figure.Label{At: apart(lines, i), Text: w.Family})
		}
	}
	c.Labels(labels, label(p, figure.Left), pl.box, taken)
}

// thinned reduces the number of points of a line.
func thinned(line []figure.Point) (out []figure.Point) {
	const enough = 16
	for i := 0; i < len(line); i += 1 + len(line)/enough {
		out = append(out, line[i])
	}
	return append(out, line[len(line)-1])
}

// apart is the point of a line that is farthest from all other lines, or a point a third along
// it if they all coincide.
func apart(lines [][]figure.Point, i int) figure.Point {
	const apart = 8.0 // points: a smaller distance is not visible
	best, most := lines[i][len(lines[i])/3], apart
	for _, at := range lines[i] {
		least := math.Inf(1)
		for j, other := range lines {
			for _, o := range other {
				if j != i { // skip the line itself
					least = math.Min(least, math.Hypot(o.X-at.X, o.Y-at.Y))
				}
			}
		}
		if least > most {
			best, most = at, least
		}
	}
	return best
}

// sweepColor is the colour of the sweep's widest strategy.
func sweepColor(p Palette, w *summary.Sweep) figure.Color { return p.Of(w.Points[len(w.Points)-1]) }

// sweep draws the lines of the i-th of n sweeps. It returns its main line and the positions of
// its rounds and their medians.
func (pl *scalingPanel) sweep(c *figure.Canvas, p Palette, w *summary.Sweep, i, n int) (line, dots, medians []figure.Point) {
	color := sweepColor(p, w)
	var ideal []figure.Point
	for _, st := range w.Points {
		at := func(seconds float64) figure.Point {
			return figure.Point{X: pl.x.At(float64(st.Width)), Y: pl.y.At(pl.of(seconds))}
		}
		for _, t := range st.Trials {
			if t.Counts() && t.Makespan > 0 {
				dots = append(dots, at(t.Makespan.Seconds()))
			}
		}
		if st.Greedy != nil && *st.Greedy > 0 {
			ideal = append(ideal, at(*st.Greedy))
		}
		medians = append(medians, at(st.Makespan.Median))
	}
	line = slices.Clone(medians)
	if pl.law && follows(w) {
		line = pl.curve(c, color, w)
	}
	c.Line(figure.Stroke{Color: p.Ink, Width: 1, Dash: []float64{3, 3}}, ideal...)
	c.Line(figure.Stroke{Color: color, Width: 1.8}, line...)
	if n > 1 {
		// Shifted sideways, so that sweeps with the same medians do not hide each other.
		const apart = 7.0
		for k := range medians {
			medians[k].X += apart * (float64(i) - float64(n-1)/2)
			p.on(c, w.Points[len(w.Points)-1], medians[k].X, medians[k].Y)
		}
	}
	return line, dots, medians
}

// curve draws the band of the law fitted to a sweep, and returns the law's line.
func (pl *scalingPanel) curve(c *figure.Canvas, color figure.Color, w *summary.Sweep) []figure.Point {
	var line, band, back []figure.Point
	for _, n := range alongLimits(w) {
		low, high := w.Fit.Band(n)
		line = append(line, figure.Point{X: pl.x.At(n), Y: pl.y.At(w.Fit.USL.At(n))})
		band = append(band, figure.Point{X: pl.x.At(n), Y: pl.y.At(high)})
		back = append(back, figure.Point{X: pl.x.At(n), Y: pl.y.At(low)})
	}
	slices.Reverse(back)
	c.Polygon(fade(color, 0.2), append(band, back...)...)
	return line
}

// knee marks the limit with the highest throughput, with its interval.
func (pl *scalingPanel) knee(c *figure.Canvas, p Palette, w *summary.Sweep) figure.Point {
	k, iv := *w.Fit.Knee, w.Fit.KneeInterval
	at := figure.Point{X: pl.x.At(k), Y: pl.y.At(w.Fit.USL.At(k))}
	c.Ring(at.X, at.Y, 6, figure.Stroke{Color: p.Ink, Width: 1.5})
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.2}, figure.Point{X: pl.x.At(iv.Low), Y: at.Y}, figure.Point{X: pl.x.At(iv.High), Y: at.Y})
	return at
}
