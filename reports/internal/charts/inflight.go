package charts

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var inflight = Chart{
	Name:    "inflight",
	Shows:   "how busy each strategy keeps its slots",
	Caption: "How many tasks are in flight, and does a limited strategy keep its slots busy?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool {
			return st.Timeline == nil || st.Timeline.Trial.Makespan <= 0
		})
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		slices.Reverse(list)
		g := newGrid(len(list))
		g.axes = true
		return figure.Figure{
			Title:    inflightTitle(s, list),
			Subtitle: fmt.Sprintf("Tasks in flight over each strategy's own time, in round %d. %s", s.Shown, batch(s)),
			Note:     "The line is the concurrency limit; without a limit it is the whole batch. The percentage is the mean over the makespan, relative to the line.",
			Told:     told("Tasks in flight", list, busy),
			Height:   g.height(),
			Draw: func(c *figure.Canvas, box figure.Box) {
				for i, st := range list {
					drawInFlight(c, p, g.box(box, i), st)
				}
			},
		}, true
	},
}

// inflightTitle names the strategies that keep their slots the least and the most busy.
func inflightTitle(s *summary.Scenario, list []*summary.Strategy) string {
	if list = whole(s, list); len(list) == 0 {
		return "How busy does each strategy keep its slots?"
	}
	order := func(a, b *summary.Strategy) int { return cmp.Compare(busyShare(a), busyShare(b)) }
	least, most := slices.MinFunc(list, order), slices.MaxFunc(list, order)
	if least == most {
		return fmt.Sprintf("%s keeps its slots busy %s of the time", most.Strategy, quantity.Percent(busyShare(most)))
	}
	return fmt.Sprintf("Slots in use on average: %s with %s, %s with %s", quantity.Percent(busyShare(least)), least.Strategy, quantity.Percent(busyShare(most)), most.Strategy)
}

// inFlightMean is the mean number of tasks in flight over the makespan.
func inFlightMean(st *summary.Strategy) (mean float64) {
	counts := st.Timeline.InFlight.Row(0)
	for _, n := range counts {
		mean += n / float64(len(counts))
	}
	return mean
}

// busyShare is the mean number of tasks in flight relative to the concurrency limit.
func busyShare(st *summary.Strategy) float64 { return inFlightMean(st) / float64(st.Width) }

func busy(st *summary.Strategy) string {
	return fmt.Sprintf("%s on average, %s", quantity.Figure(inFlightMean(st)), quantity.Percent(busyShare(st)))
}

func drawInFlight(c *figure.Canvas, p Palette, b figure.Box, st *summary.Strategy) {
	o := st.Timeline.InFlight
	counts := o.Row(0)
	const left = 34.0
	name := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
	words, value := busy(st), label(p, figure.Right)
	c.Text(b.X0, b.Y0-9, name.Fit(st.Strategy, b.X1-b.X0-value.Width(words)-10), name)
	c.Text(b.X1, b.Y0-9, words, value)
	b.X0 += left
	x := figure.Scale{Min: 0, Max: o.Span, From: b.X0, To: b.X1}
	y := figure.Scale{Min: 0, Max: 1.08 * float64(max(st.Width, int(slices.Max(counts)))), From: b.Y1, To: b.Y0}
	c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Faint, 0.35))
	timesBelow(c, p, x, b.Y0, b.Y1)
	points := []figure.Point{{X: b.X0, Y: b.Y1}}
	for i, n := range counts {
		width := (b.X1 - b.X0) / float64(len(counts))
		points = append(points, figure.Point{X: b.X0 + float64(i)*width, Y: y.At(n)}, figure.Point{X: b.X0 + float64(i+1)*width, Y: y.At(n)})
	}
	c.Polygon(p.Tint(p.Of(st), 0.8), append(points, figure.Point{X: b.X1, Y: b.Y1})...)
	limit := y.At(float64(st.Width))
	c.Line(figure.Stroke{Color: p.Ink, Width: 1}, figure.Point{X: b.X0, Y: limit}, figure.Point{X: b.X1, Y: limit})
	c.Text(b.X0-5, limit, quantity.Count(float64(st.Width)), ticks(p, figure.Right))
	c.Text(b.X0-5, b.Y1, "0", ticks(p, figure.Right))
}
