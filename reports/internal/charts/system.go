package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// system shows how a phase of load goes.
var system = Chart{
	Name:    "system",
	Caption: "How many batches are in the system over a phase of load, and does their number stay?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.System == nil })
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		g := newGrid(len(list))
		note := "Shaded: the window whose batches count. The figure is the mean number in it; late: of the harness itself, at p99."
		if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return st.System.Unlimited != nil }) {
			note += " Grey line: without a limit, and a server of any capacity."
		}
		return figure.Figure{
			Title:    systemTitle(s),
			Subtitle: fmt.Sprintf("Batches that have arrived and are not done, in round %d. %s", s.Shown, batch(s)),
			Note:     note,
			Told:     told("Batches in the system", list, inSystem),
			Height:   g.height(),
			Draw: func(c *figure.Canvas, box figure.Box) {
				most, span := 1.0, 0.0
				for _, st := range list {
					most, span = max(most, slices.Max(st.System.InSystem.Row(0))), max(span, st.System.InSystem.Span)
				}
				for i, st := range list {
					drawSystem(c, p, g.box(box, i), st, most, span, g.last(i))
				}
			},
		}, true
	},
}

func systemTitle(s *summary.Scenario) string {
	named := func(failures ...string) (names []string) {
		for _, st := range s.Strategies {
			if slices.Contains(failures, st.Failure) {
				names = append(names, st.Strategy)
			}
		}
		return summary.Names(names)
	}
	behind, rejecting := named(summary.Unstable, summary.NotDone), named(summary.Rejecting)
	switch {
	case len(behind) > 0:
		return fmt.Sprintf("At %.4g/s these fall behind: %s", s.Rate, summary.Few(behind))
	case len(rejecting) > 0:
		return fmt.Sprintf("At %.4g/s these reject batches: %s", s.Rate, summary.Few(rejecting))
	}
	return fmt.Sprintf("At %.4g/s every strategy keeps up", s.Rate)
}

func inSystem(st *summary.Strategy) string {
	words := fmt.Sprintf("%s on average, late by %s", quantity.Figure(st.Load.InSystem), quantity.Seconds(st.Load.LateP99))
	if st.Failure != "" {
		words = strings.ToUpper(st.Failure) + ", " + words
	}
	return words
}

func drawSystem(c *figure.Canvas, p Palette, b figure.Box, st *summary.Strategy, most, span float64, axis bool) {
	const left = 34.0
	y := st.System
	name := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
	words := inSystem(st)
	value := label(p, figure.Right)
	if st.Failure != "" {
		value.Color = p.Alarm
	}
	c.Text(b.X0, b.Y0-9, name.Fit(st.Strategy, b.X1-b.X0-value.Width(words)-10), name)
	c.Text(b.X1, b.Y0-9, words, value)
	b.X0 += left
	x := figure.Scale{Min: 0, Max: span, From: b.X0, To: b.X1}
	up := figure.Scale{Min: 0, Max: 1.08 * most, From: b.Y1, To: b.Y0}
	c.Rect(x.At(y.From), b.Y0, x.At(y.To), b.Y1, p.Tint(p.Faint, 0.35))
	if axis {
		timesBelow(c, p, x, b.Y0, b.Y1)
	}
	c.Polygon(p.Tint(p.Of(st), 0.8), append(append([]figure.Point{{X: b.X0, Y: b.Y1}}, steps(y.InSystem, x, up)...), figure.Point{X: x.At(y.InSystem.Span), Y: b.Y1})...)
	if y.Unlimited != nil {
		c.Line(figure.Stroke{Color: p.Muted, Width: 0.9}, steps(y.Unlimited, x, up)...)
	}
	top := up.Ticks(2)
	last := top[len(top)-1]
	c.Text(b.X0-5, up.At(last), quantity.Count(last), ticks(p, figure.Right))
	c.Text(b.X0-5, b.Y1, "0", ticks(p, figure.Right))
}

// steps is the line of an occupancy's only row.
func steps(o *summary.Occupancy, x, y figure.Scale) (points []figure.Point) {
	counts := o.Row(0)
	width := o.Span / float64(len(counts))
	for i, n := range counts {
		points = append(points, figure.Point{X: x.At(float64(i) * width), Y: y.At(n)}, figure.Point{X: x.At(float64(i+1) * width), Y: y.At(n)})
	}
	return points
}
