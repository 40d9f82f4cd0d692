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

var violin = Chart{
	Name:    "violin",
	Shows:   "the latency of single tasks",
	Caption: "How is the latency of tasks distributed: are all similar, or do a few wait long?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := sampled(s)
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		r := newRows(list)
		r.head = 0
		return figure.Figure{
			Title:    violinTitle(list),
			Subtitle: "Sojourn of a task, ready to done, on a logarithmic axis. " + batch(s),
			Note:     "Wider shape: more tasks took that long (all rounds; smoothed). Bar: the middle half of the tasks; line: p5 to p95; dot and figure: the median.",
			Told:     told("Median sojourn", list, medianSojourn),
			Height:   r.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawViolins(c, p, box, r) },
		}, true
	},
}

// violinTitle names the strategies with the shortest and the longest median.
func violinTitle(list []*summary.Strategy) string {
	median := func(st *summary.Strategy) float64 { v, _ := st.Sojourn.At(0.5); return v }
	order := func(a, b *summary.Strategy) int { return cmp.Compare(median(a), median(b)) }
	least, most := slices.MinFunc(list, order), slices.MaxFunc(list, order)
	if least == most {
		return fmt.Sprintf("Half of the tasks take at most %s with %s", medianSojourn(least), least.Strategy)
	}
	return fmt.Sprintf("Half of the tasks take at most %s with %s, %s with %s", medianSojourn(least), least.Strategy, medianSojourn(most), most.Strategy)
}

func medianSojourn(st *summary.Strategy) string {
	if v, ok := st.Sojourn.At(0.5); ok {
		return quantity.Seconds(v)
	}
	return quantity.Unknown
}

func drawViolins(c *figure.Canvas, p Palette, box figure.Box, r rows) {
	least, most := math.Inf(1), 0.0
	for _, st := range r.list {
		least, most = math.Min(least, st.Sojourn.Min), math.Max(most, st.Sojourn.Max)
	}
	least = math.Max(least, most/1e6) // very short tasks must not dominate the axis
	inner := r.columns(c, p, box, medianSojourn)
	x := figure.Logarithmic(least, most, inner.X0+6, inner.X1-6)
	timesBelow(c, p, x, inner.Y0, inner.Y1)
	for i, st := range r.list {
		drawViolin(c, p, x, st, r.middle(inner, i), 0.44*r.height)
	}
}

func drawViolin(c *figure.Canvas, p Palette, x figure.Scale, st *summary.Strategy, y, half float64) {
	color := p.Of(st)
	at, density := smooth(st.Sojourn)
	var upper, lower []figure.Point
	for i, v := range at {
		px := x.At(v)
		upper = append(upper, figure.Point{X: px, Y: y - half*density[i]})
		lower = append(lower, figure.Point{X: px, Y: y + half*density[i]})
	}
	for i := len(lower) - 1; i >= 0; i-- {
		upper = append(upper, lower[i])
	}
	c.Polygon(p.Tint(color, 0.35), upper...)
	line := func(from, to, width float64) {
		a, okA := st.Sojourn.At(from)
		b, okB := st.Sojourn.At(to)
		if okA && okB {
			c.Line(figure.Stroke{Color: color, Width: width}, figure.Point{X: x.At(a), Y: y}, figure.Point{X: max(x.At(b), x.At(a)+1), Y: y})
		}
	}
	line(0.05, 0.95, 1.2)
	line(0.25, 0.75, 5)
	if m, ok := st.Sojourn.At(0.5); ok {
		c.Dot(x.At(m), y, 3.2, p.Background)
		c.Dot(x.At(m), y, 2.2, p.Ink)
	}
}

// smooth is a kernel estimate of the density of the logarithms of the times, scaled to a maximum
// of 1: Gaussian, with the width by Silverman's rule (B. W. Silverman, "Density Estimation",
// 1986, section 3.4.2).
func smooth(d *summary.Distribution) (at, density []float64) {
	var sum, mean, square float64
	for _, b := range d.Bins {
		n, v := float64(b.Count), math.Log(math.Sqrt(b.Low*b.High))
		sum, mean, square = sum+n, mean+n*v, square+n*v*v
	}
	mean /= sum
	spread := math.Sqrt(math.Max(square/sum-mean*mean, 0))
	const narrowest = 0.03 // 3%, half a bin: no finer than the histogram
	h := math.Max(0.9*spread*math.Pow(sum, -0.2), narrowest)
	from := math.Log(d.Bins[0].Low) - 3*h
	to := math.Log(d.Bins[len(d.Bins)-1].High) + 3*h
	const points = 240
	most := 0.0
	for i := range points {
		v := from + (to-from)*float64(i)/(points-1)
		y := 0.0
		for _, b := range d.Bins {
			z := (v - math.Log(math.Sqrt(b.Low*b.High))) / h
			y += float64(b.Count) * math.Exp(-z*z/2)
		}
		at, density = append(at, math.Exp(v)), append(density, y)
		most = math.Max(most, y)
	}
	for i := range density {
		density[i] /= most
	}
	return at, density
}
