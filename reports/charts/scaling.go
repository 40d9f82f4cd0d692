package charts

import (
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var scaling = Chart{
	Name:    "scaling",
	Caption: "What does a higher limit bring, and where does it cease to bring anything?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		if len(s.Sweeps) == 0 {
			return figure.Figure{}, false
		}
		return figure.Figure{
			Title:    scalingTitle(s.Sweeps),
			Subtitle: "Makespan and throughput against the limit. " + batch(s),
			Note:     scalingNote(s),
			Height:   470,
			Draw:     func(c *figure.Canvas, box figure.Box) { drawScaling(c, p, box, s) },
		}, true
	},
}

func scalingTitle(list []*summary.Sweep) string {
	w := list[0]
	for _, other := range list {
		if len(other.Points) > len(w.Points) {
			w = other
		}
	}
	low, high := w.Points[0], w.Points[len(w.Points)-1]
	switch {
	case w.Fit != nil && w.Fit.Knee != nil:
		return fmt.Sprintf("%s: beyond a limit of about %.0f, throughput falls", w.Family, *w.Fit.Knee)
	case w.Enough > 0 && w.Enough < high.Width:
		return fmt.Sprintf("%s: no limit above %d is shown to be faster", w.Family, w.Enough)
	}
	return fmt.Sprintf("%s: %d times the %s finish %s times as soon", w.Family, high.Width/max(low.Width, 1), w.Param,
		quantity.Figure(low.Makespan.Median/high.Makespan.Median))
}

func scalingNote(s *summary.Scenario) string {
	note := "Dots are rounds. Dashed: what handing out the same latencies in order would take. Line and band on the right: the Universal Scalability Law and its 95% interval, rounds resampled. "
	if slices.ContainsFunc(s.Sweeps, func(w *summary.Sweep) bool { return w.Fit != nil && w.Fit.Knee != nil }) {
		return note + "The ring is the knee, the limit of the greatest throughput, with its interval."
	}
	return note + "No knee is marked: within these limits throughput is not shown to fall again, whatever the law's curve does."
}

func drawScaling(c *figure.Canvas, p Palette, box figure.Box, s *summary.Scenario) {
	const left, gap = 50.0, 76.0
	middle := (box.X0 + left + box.X1) / 2
	a := figure.Box{X0: box.X0 + left, Y0: box.Y0 + 24, X1: middle - gap/2, Y1: box.Y1 - axisRoom - 16}
	b := figure.Box{X0: middle + gap/2, Y0: a.Y0, X1: box.X1 - 8, Y1: a.Y1}
	widths := [2]float64{math.Inf(1), 0}
	makespans, rates := widths, widths
	reach := func(to *[2]float64, v float64) { to[0], to[1] = math.Min(to[0], v), math.Max(to[1], v) }
	for _, w := range s.Sweeps {
		for _, st := range w.Points {
			reach(&widths, float64(st.Width))
			reach(&makespans, st.Makespan.Min)
			reach(&makespans, st.Makespan.Max)
			reach(&rates, float64(s.Tasks)/st.Makespan.Max)
			reach(&rates, float64(s.Tasks)/st.Makespan.Min)
		}
	}
	head := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
	c.Text(a.X0, box.Y0+8, "makespan", head)
	c.Text(b.X0, box.Y0+8, "throughput, tasks/s", head)
	xa := figure.Logarithmic(widths[0], widths[1], a.X0, a.X1)
	xb := figure.Logarithmic(widths[0], widths[1], b.X0, b.X1)
	ya := figure.Logarithmic(makespans[0], makespans[1], a.Y1, a.Y0)
	yb := figure.Linear(0, rates[1], b.Y1, b.Y0)
	for _, x := range []struct {
		scale figure.Scale
		box   figure.Box
	}{{xa, a}, {xb, b}} {
		values := limitTicks(s.Sweeps, x.scale)
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = quantity.Count(v)
		}
		below(c, p, x.scale, x.box.Y0, x.box.Y1, values, names)
		c.Text((x.box.X0+x.box.X1)/2, x.box.Y1+27, "limit: tasks at once", ticks(p, figure.Center))
	}
	timesBeside(c, p, ya, a.X0, a.X1)
	for _, v := range yb.Ticks(6) {
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: b.X0, Y: yb.At(v)}, figure.Point{X: b.X1, Y: yb.At(v)})
		c.Text(b.X0-6, yb.At(v), quantity.Count(v), ticks(p, figure.Right))
	}
	var labels []figure.Label
	var taken []figure.Box
	for _, w := range s.Sweeps {
		line := drawSweep(c, p, w, xa, ya)
		labels = append(labels, figure.Label{At: line[len(line)/2], Text: w.Family})
		taken = append(taken, figure.Along(line)...)
		drawFit(c, p, w, xb, yb, s.Tasks)
	}
	c.Labels(labels, label(p, figure.Left), a, taken)
}

// limitTicks are the limits that were tried.
func limitTicks(list []*summary.Sweep, x figure.Scale) []float64 {
	var out []float64
	for _, w := range list {
		for _, st := range w.Points {
			if v := float64(st.Width); !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	slices.Sort(out)
	const crowded = 12
	if len(out) > crowded {
		return x.Ticks(8)
	}
	return out
}

// sweepColor is that of the widest of a sweep.
func sweepColor(p Palette, w *summary.Sweep) figure.Color { return p.Of(w.Points[len(w.Points)-1]) }

// drawSweep draws a sweep's makespans, and returns the line of their medians.
func drawSweep(c *figure.Canvas, p Palette, w *summary.Sweep, x, y figure.Scale) []figure.Point {
	color := sweepColor(p, w)
	var line, bound []figure.Point
	for _, st := range w.Points {
		at := x.At(float64(st.Width))
		for _, t := range st.Trials {
			if t.Comparable() {
				c.Dot(at, y.At(t.Makespan.Seconds()), 1.8, fade(color, 0.5))
			}
		}
		line = append(line, figure.Point{X: at, Y: y.At(st.Makespan.Median)})
		if st.Greedy != nil {
			bound = append(bound, figure.Point{X: at, Y: y.At(*st.Greedy)})
		}
	}
	c.Line(figure.Stroke{Color: p.Ink, Width: 1, Dash: []float64{3, 3}}, bound...)
	c.Line(figure.Stroke{Color: color, Width: 1.8}, line...)
	return line
}

// drawFit draws a sweep's throughputs with the law that was fitted to them.
func drawFit(c *figure.Canvas, p Palette, w *summary.Sweep, x, y figure.Scale, tasks int) {
	color := sweepColor(p, w)
	if w.Fit != nil {
		var line, band, back []figure.Point
		first, last := float64(w.Points[0].Width), float64(w.Points[len(w.Points)-1].Width)
		const points = 80
		for i := range points + 1 {
			n := first * math.Pow(last/first, float64(i)/points)
			low, high := w.Fit.Band(n)
			line = append(line, figure.Point{X: x.At(n), Y: y.At(w.Fit.USL.At(n))})
			band = append(band, figure.Point{X: x.At(n), Y: y.At(high)})
			back = append(back, figure.Point{X: x.At(n), Y: y.At(low)})
		}
		slices.Reverse(back)
		c.Polygon(fade(color, 0.2), append(band, back...)...)
		c.Line(figure.Stroke{Color: color, Width: 1.8}, line...)
	}
	for _, st := range w.Points {
		for _, t := range st.Trials {
			if t.Comparable() && t.Makespan > 0 {
				c.Dot(x.At(float64(st.Width)), y.At(float64(tasks)/t.Makespan.Seconds()), 1.8, fade(color, 0.5))
			}
		}
	}
	if w.Fit == nil || w.Fit.Knee == nil {
		return
	}
	k := *w.Fit.Knee
	at := figure.Point{X: x.At(k), Y: y.At(w.Fit.USL.At(k))}
	c.Ring(at.X, at.Y, 6, figure.Stroke{Color: p.Ink, Width: 1.5})
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.2}, figure.Point{X: x.At(w.Fit.KneeInterval.Low), Y: at.Y}, figure.Point{X: x.At(w.Fit.KneeInterval.High), Y: at.Y})
	style := label(p, figure.Center)
	text := fmt.Sprintf("knee at %.0f", k)
	half := style.Width(text) / 2
	cx := min(max(at.X, x.From+half), x.To-half)
	c.Text(cx, at.Y-15, text, style)
}
