package charts

import (
	"fmt"
	"math"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var sojourn = Chart{
	Name:    "sojourn",
	Shows:   "how long a task takes",
	Caption: "How long does a task take, from ready to done, up to the highest percentile that the sample size supports?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := sampled(s)
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		return figure.Figure{
			Title:    sojournTitle(s, list),
			Subtitle: "Time of a task, by percentile. " + batch(s),
			Note:     fmt.Sprintf("All tasks of all rounds. The lines end at the highest percentile that the sample size supports (%s). The axis stretches towards the slowest tasks: 1/(1-p). Sojourn (ready to done) is wait (ready to started) and service (started to done). The marks beside the names identify the lines in all three panels.", supported(list)),
			Told:     told("Median"+tailWords(s), list, func(st *summary.Strategy) string { return medianSojourn(st) + tailSojourn(st) }),
			Height:   500,
			Draw:     func(c *figure.Canvas, box figure.Box) { drawSojourn(c, p, box, list) },
		}, true
	},
}

func sojournTitle(s *summary.Scenario, list []*summary.Strategy) string {
	if s.TailQuantile == 0 {
		return "How long does a task take, from ready to done?"
	}
	least, most := list[0], list[0]
	for _, st := range list {
		if *st.SojournTail < *least.SojournTail {
			least = st
		}
		if *st.SojournTail > *most.SojournTail {
			most = st
		}
	}
	name := fmt.Sprintf("p%.4g", 100*s.TailQuantile)
	if most == least {
		return fmt.Sprintf("%s of a task: %s with %s", name, quantity.Seconds(*least.SojournTail), least.Strategy)
	}
	return fmt.Sprintf("%s of a task: from %s (%s) to %s (%s)", name,
		quantity.Seconds(*least.SojournTail), least.Strategy, quantity.Seconds(*most.SojournTail), most.Strategy)
}

// tailWords and tailSojourn are the name and the figure of the tail, "" without one.
func tailWords(s *summary.Scenario) string {
	if s.TailQuantile == 0 {
		return " of a task"
	}
	return fmt.Sprintf(" and p%.4g of a task", 100*s.TailQuantile)
}

func tailSojourn(st *summary.Strategy) string {
	if st.SojournTail == nil {
		return ""
	}
	return " and " + quantity.Seconds(*st.SojournTail)
}

func supported(list []*summary.Strategy) string {
	most := list[0].Sojourn
	for _, st := range list {
		if st.Sojourn.Count > most.Count {
			most = st.Sojourn
		}
	}
	q := most.Curve[len(most.Curve)-1].Q
	// Two digits of 1-q, so that no p99.9999 is rounded up to p100.
	decimals := max(int(math.Ceil(-math.Log10(1-q)))-1, 0)
	scale := math.Pow(10, float64(decimals))
	return fmt.Sprintf("of %s: p%.*f", quantity.Count(float64(most.Count)), decimals, math.Floor(100*q*scale)/scale)
}

// part is one of the times that a percentile chart shows.
type part struct {
	name string
	of   func(st *summary.Strategy) *summary.Distribution
}

var (
	sojournPart = part{"sojourn: ready to done", func(st *summary.Strategy) *summary.Distribution { return st.Sojourn }}
	waitPart    = part{"wait: ready to started", func(st *summary.Strategy) *summary.Distribution { return st.Wait }}
	servicePart = part{"service: started to done", func(st *summary.Strategy) *summary.Distribution { return st.Service }}
)

func drawSojourn(c *figure.Canvas, p Palette, box figure.Box, list []*summary.Strategy) {
	const gap, left, head = 70.0, 46.0, 18.0
	names := label(p, figure.Left)
	right := 0.0
	for _, st := range list {
		right = max(right, min(names.Width(st.Strategy), 210))
	}
	upper := figure.Box{X0: box.X0 + left, Y0: box.Y0 + head, X1: box.X1 - right - 36, Y1: box.Y0 + 0.58*(box.Y1-box.Y0)}
	drawPercentiles(c, p, upper, list, sojournPart, true)
	lower := figure.Box{X0: upper.X0, Y0: upper.Y1 + axisRoom + 10 + head, Y1: box.Y1 - axisRoom}
	middle := (upper.X0 + box.X1) / 2
	lower.X1 = middle - gap/2
	drawPercentiles(c, p, lower, list, waitPart, false)
	lower.X0, lower.X1 = middle+gap/2, box.X1
	drawPercentiles(c, p, lower, list, servicePart, false)
}

// drawPercentiles draws a line with marks for each strategy, and its name at the end if asked to.
func drawPercentiles(c *figure.Canvas, p Palette, box figure.Box, list []*summary.Strategy, of part, named bool) {
	least, most, tail := math.Inf(1), 0.0, 0.0
	for _, st := range list {
		curve := of.of(st).Curve
		least, most = math.Min(least, curve[0].Value), math.Max(most, curve[len(curve)-1].Value)
		tail = math.Max(tail, curve[len(curve)-1].Q)
	}
	if floor := most / 1e4; least < floor {
		least = floor // tiny waits must not dominate the axis
	}
	y := fromZero(least, most, box.Y1, box.Y0)
	x := figure.Scale{Min: 1, Max: 1 / (1 - tail), From: box.X0, To: box.X1, Log: true}
	c.Text(box.X0, box.Y0-12, of.name, figure.Style{Size: labelSize, Bold: true, Color: p.Ink})
	percentTicks(c, p, x, box)
	timesBeside(c, p, y, box.X0, box.X1)
	var ends []float64
	for i := len(list) - 1; i >= 0; i-- {
		st := list[i]
		curve := of.of(st).Curve
		points := percentiles(curve, x, y)
		c.Line(figure.Stroke{Color: p.Background, Width: 3.2}, points...)
		c.Line(p.Line(st, 1.8), points...)
	}
	for i, st := range list {
		p.along(c, st, percentiles(of.of(st).Curve, x, y), i, len(list))
	}
	if !named {
		return
	}
	for _, st := range list {
		curve := of.of(st).Curve
		ends = append(ends, y.At(curve[len(curve)-1].Value))
	}
	for i, at := range figure.Spread(ends, labelSize*1.25, box.Y0-8, box.Y1+8) {
		st := list[i]
		curve := of.of(st).Curve
		end := figure.Point{X: x.At(1 / (1 - curve[len(curve)-1].Q)), Y: ends[i]}
		c.Line(figure.Stroke{Color: fade(p.Of(st), 0.8), Width: 0.8}, end, figure.Point{X: box.X1 + 14, Y: at}, figure.Point{X: box.X1 + 18, Y: at})
		c.Mark(p.Mark(st), box.X1+23, at, 3.6, p.Of(st))
		s := label(p, figure.Left)
		c.Text(box.X1+32, at, s.Fit(st.Strategy, 210), s)
	}
}

// percentiles is the line of a curve.
func percentiles(curve []summary.Quantile, x, y figure.Scale) []figure.Point {
	points := make([]figure.Point, len(curve))
	for i, q := range curve {
		points[i] = figure.Point{X: x.At(1 / (1 - q.Q)), Y: y.At(q.Value)}
	}
	return points
}

// percentTicks marks the usual percentiles.
func percentTicks(c *figure.Canvas, p Palette, x figure.Scale, box figure.Box) {
	var values []float64
	var labels []string
	for _, q := range []struct {
		q    float64
		name string
	}{{0, "min"}, {0.5, "p50"}, {0.75, "p75"}, {0.9, "p90"}, {0.95, "p95"}, {0.99, "p99"}, {0.999, "p99.9"}, {0.9999, "p99.99"}, {0.99999, "p99.999"}} {
		if v := 1 / (1 - q.q); v <= x.Max*(1+1e-9) {
			values, labels = append(values, v), append(labels, q.name)
		}
	}
	below(c, p, x, box.Y0, box.Y1, values, labels)
}
