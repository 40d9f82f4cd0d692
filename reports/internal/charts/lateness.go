package charts

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// lateness shows the harness's own delays beside what it measures.
var lateness = Chart{
	Name:    "lateness",
	Caption: "How late does the harness start batches, compared with their response times?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.Load == nil || st.Load.P50 == nil })
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		r := newRows(list)
		return figure.Figure{
			Title:    latenessTitle(list),
			Subtitle: "Delay from a batch's intended arrival to its start, beside its response time. " + batch(s),
			Note:     "Bars from the median to p99, medians over the rounds; the tick is the longest of all rounds. Response times include the delay.",
			Told:     told("p99 of the delay, of the median response time", list, delayOf),
			Height:   r.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawLateness(c, p, box, r) },
		}, true
	},
}

func latenessTitle(list []*summary.Strategy) string {
	worst := slices.MaxFunc(list, func(a, b *summary.Strategy) int { return compareShares(latenessShare(a), latenessShare(b)) })
	return fmt.Sprintf("The harness is late by %s at p99, %s of the median response time at most",
		quantity.Seconds(worst.Load.LateP99), quantity.Percent(latenessShare(worst)))
}

func delayOf(st *summary.Strategy) string {
	return fmt.Sprintf("%s of %s", quantity.Seconds(st.Load.LateP99), quantity.Seconds(*st.Load.P50))
}

func latenessShare(st *summary.Strategy) float64 { return st.Load.LateP99 / *st.Load.P50 }

func compareShares(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func drawLateness(c *figure.Canvas, p Palette, box figure.Box, r rows) {
	const least = 1e-6 // s; a shorter delay cannot be told from none
	most := 0.0
	for _, st := range r.list {
		most = max(most, st.Load.Slowest, st.Load.LateMax)
	}
	inner := r.columns(c, p, box, delayOf)
	shortest := most
	for _, st := range r.list {
		shortest = min(shortest, max(st.Load.LateP50, least))
	}
	x := figure.Logarithmic(shortest, most, inner.X0+6, inner.X1-6)
	timesBelow(c, p, x, inner.Y0, inner.Y1)
	style := ticks(p, figure.Left)
	c.Rect(inner.X0, inner.Y0-15, inner.X0+9, inner.Y0-6, p.Muted)
	c.Text(inner.X0+13, inner.Y0-10, "late", style)
	c.Rect(inner.X0+56, inner.Y0-15, inner.X0+65, inner.Y0-6, p.Of(r.list[0]))
	c.Text(inner.X0+69, inner.Y0-10, "response time", style)
	for i, st := range r.list {
		y, half := r.middle(inner, i), r.height*0.16
		l := st.Load
		bar := func(y, p50, p99, longest float64, color figure.Color) {
			p50, p99, longest = max(p50, least), max(p99, least), max(longest, least)
			c.Line(figure.Stroke{Color: color, Width: 0.9}, figure.Point{X: x.At(p50), Y: y}, figure.Point{X: x.At(longest), Y: y})
			c.Line(figure.Stroke{Color: color, Width: 1.4}, figure.Point{X: x.At(longest), Y: y - half}, figure.Point{X: x.At(longest), Y: y + half})
			c.Rect(x.At(p50), y-half, max(x.At(p99), x.At(p50)+1.5), y+half, color)
		}
		bar(y-half-1, l.LateP50, l.LateP99, l.LateMax, p.Muted)
		p99 := l.Slowest
		if l.P99 != nil {
			p99 = *l.P99
		}
		bar(y+half+1, *l.P50, p99, l.Slowest, p.Of(st))
	}
}
