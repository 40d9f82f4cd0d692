package charts

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var makespan = Chart{
	Name:    "makespan",
	Shows:   "the makespan of each strategy",
	Caption: "How long does the whole batch take, and how far is that from the lower bound?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := timed(s)
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		r := newRows(list)
		return figure.Figure{
			Title:    makespanTitle(s, list),
			Subtitle: makespanSubtitle(s),
			Note:     "Dots are rounds, the first at the top; the diamond is the median on its 95% interval. " + boundNote(s, list),
			Told:     told("Median "+s.Metric, list, func(st *summary.Strategy) string { return quantity.Seconds(st.Makespan.Median) }),
			Height:   r.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawMakespan(c, p, box, r) },
		}, true
	},
}

func makespanSubtitle(s *summary.Scenario) string {
	if s.Rate > 0 {
		return capital(s.Metric) + " of a batch, from when it was to arrive until its last task is done. " + batch(s)
	}
	return "Time from the first task ready to the last task done. " + batch(s)
}

func makespanTitle(s *summary.Scenario, list []*summary.Strategy) string {
	// Failed strategies come last, even if fast.
	first, last := list[0], slices.MaxFunc(list, func(a, b *summary.Strategy) int { return cmp.Compare(a.Makespan.Median, b.Makespan.Median) })
	tasks := plural(s.Tasks, "task")
	if s.Rate > 0 {
		tasks = s.Metric
	}
	if first == last {
		return fmt.Sprintf("%s takes %s over %s", first.Strategy, quantity.Seconds(first.Makespan.Median), tasks)
	}
	return fmt.Sprintf("%s: from %s (%s) to %s (%s)", tasks,
		quantity.Seconds(first.Makespan.Median), first.Strategy, quantity.Seconds(last.Makespan.Median), last.Strategy)
}

func boundNote(s *summary.Scenario, list []*summary.Strategy) string {
	for _, st := range list {
		if st.Bound != nil {
			return "Vertical line: the lower bound at the concurrency limit. Dashed: tasks handed out in order. Shaded: where a schedule without idle slots ends (Graham). All are medians over the rounds. Percentages: lower bound over measured makespan."
		}
	}
	if s.NoBound != "" {
		return s.NoBound
	}
	return "There is no lower bound: in every trial tasks failed or were retried, so they did not take their injected latencies."
}

func drawMakespan(c *figure.Canvas, p Palette, box figure.Box, r rows) {
	least, most := math.Inf(1), 0.0
	for _, st := range r.list {
		least, most = math.Min(least, st.Makespan.Min), math.Max(most, st.Makespan.Max)
		if st.Bound != nil {
			least, most = math.Min(least, *st.Bound), math.Max(most, *st.Bound)
		}
	}
	inner := r.columns(c, p, box, func(st *summary.Strategy) string {
		text := quantity.Seconds(st.Makespan.Median)
		if st.Efficiency != nil {
			text += "  " + quantity.Percent(*st.Efficiency)
		}
		return text
	})
	x := fromZero(least, most, inner.X0+6, inner.X1-6)
	timesBelow(c, p, x, inner.Y0, inner.Y1)
	for i, st := range r.list {
		y := r.middle(inner, i)
		half := r.height * 0.4
		drawBound(c, p, x, st, y, half)
		if i == 0 && st.Bound != nil {
			nameBound(c, p, x, x.At(*st.Bound), inner.Y0-9)
		}
		drawRounds(c, p, x, st, y, half)
	}
}

// drawBound draws the Graham band, the bound and the greedy schedule of a row.
func drawBound(c *figure.Canvas, p Palette, x figure.Scale, st *summary.Strategy, y, half float64) {
	if st.Bound == nil {
		return
	}
	low, greedy := x.At(*st.Bound), x.At(*st.Greedy)
	c.Rect(low, y-half, x.At(*st.BoundUpper), y+half, p.Tint(p.Of(st), 0.16))
	if greedy-low > 3 {
		c.Line(figure.Stroke{Color: p.Muted, Width: 0.9, Dash: []float64{2, 2}}, figure.Point{X: greedy, Y: y - half}, figure.Point{X: greedy, Y: y + half})
	}
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.6}, figure.Point{X: low, Y: y - half}, figure.Point{X: low, Y: y + half})
}

// nameBound names the bound's line in the first row.
func nameBound(c *figure.Canvas, p Palette, x figure.Scale, at, y float64) {
	style := ticks(p, figure.Left)
	if at > (x.From+x.To)/2 {
		style.Align = figure.Right
	}
	c.Text(at, y, "lower bound", style)
}

// drawRounds draws the rounds of a row, the first at the top, and below them the median with
// its interval.
func drawRounds(c *figure.Canvas, p Palette, x figure.Scale, st *summary.Strategy, y, half float64) {
	color := p.Of(st)
	n := 0
	for _, t := range st.Trials {
		if !t.Counts() {
			continue
		}
		part := 0.5
		if st.Comparable > 1 {
			part = float64(n) / float64(st.Comparable-1)
		}
		n++
		c.Dot(x.At(t.Makespan.Seconds()), y+half*(-0.8+part), 2.2, fade(color, 0.7))
	}
	m, low := st.Makespan, y+0.66*half
	at := x.At(m.Median)
	if iv := m.Interval; !math.IsInf(iv.Low, 0) && !math.IsInf(iv.High, 0) {
		c.Line(figure.Stroke{Color: color, Width: 2}, figure.Point{X: x.At(iv.Low), Y: low}, figure.Point{X: x.At(iv.High), Y: low})
	}
	diamond(c, at, low, 5.2, p.Background)
	diamond(c, at, low, 4.2, color)
}

func diamond(c *figure.Canvas, x, y, radius float64, color figure.Color) {
	c.Polygon(color, figure.Point{X: x, Y: y - radius}, figure.Point{X: x + radius, Y: y}, figure.Point{X: x, Y: y + radius}, figure.Point{X: x - radius, Y: y})
}

// fade makes a colour translucent.
func fade(c figure.Color, part float64) figure.Color {
	c.A = uint8(255 * part)
	return c
}
