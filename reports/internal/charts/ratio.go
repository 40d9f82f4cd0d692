package charts

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var ratio = Chart{
	Name:    "ratio",
	Shows:   "makespans relative to the baseline",
	Caption: "How much faster or slower than the baseline is each strategy, round by round, and with what confidence?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.VsBaseline == nil })
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		r := newRows(list)
		return figure.Figure{
			Title:    ratioTitle(s, list),
			Subtitle: fmt.Sprintf("%s relative to %s. %s", capital(s.Metric), s.Baseline, batch(s)),
			Note:     fmt.Sprintf("Estimate and 95%% interval of the ratio, paired by round; an arrow is an unbounded interval: too few rounds. Verdicts by a paired randomisation test, corrected for %s. Shaded: differences up to %g%%, which count as the same.", plural(len(list), "comparison"), 100*s.Margin),
			Told:     told("Ratio to "+s.Baseline, list, toldRatio),
			Height:   r.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawRatios(c, p, box, r, s) },
		}, true
	},
}

func toldRatio(st *summary.Strategy) string {
	return fmt.Sprintf("%s (%s)", quantity.Factor(st.VsBaseline.Ratio), quantity.Verdict(st.VsBaseline))
}

func ratioTitle(s *summary.Scenario, list []*summary.Strategy) string {
	count := map[stat.Verdict]int{}
	for _, st := range list {
		count[st.VsBaseline.Verdict]++
	}
	if len(list) == 1 {
		return fmt.Sprintf("%s against %s: %s", list[0].Strategy, s.Baseline, quantity.Verdict(list[0].VsBaseline))
	}
	var parts []string
	for _, v := range []struct {
		verdict stat.Verdict
		text    string
	}{
		{stat.Faster, "faster"},
		{stat.Same, fmt.Sprintf("the same within %g%%", 100*s.Margin)},
		{stat.Slower, "slower"},
		{stat.Undecided, "undecided"},
	} {
		if n := count[v.verdict]; n > 0 {
			if n == len(list) {
				return fmt.Sprintf("Against %s: all %d %s", s.Baseline, n, v.text)
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, v.text))
		}
	}
	return fmt.Sprintf("Against %s: %s", s.Baseline, strings.Join(parts, ", "))
}

func drawRatios(c *figure.Canvas, p Palette, box figure.Box, r rows, s *summary.Scenario) {
	reach := ratios{1, 1}
	for _, st := range r.list {
		reach.add(st.VsBaseline.Ratio, st.VsBaseline.Interval.Low, st.VsBaseline.Interval.High)
	}
	inner := r.columns(c, p, box, func(st *summary.Strategy) string {
		return fmt.Sprintf("%s  %s", quantity.Factor(st.VsBaseline.Ratio), quantity.Verdict(st.VsBaseline))
	})
	x := reach.below(c, p, inner)
	c.Rect(x.At(1/(1+s.Margin)), inner.Y0, x.At(1+s.Margin), inner.Y1, p.Faint)
	drawBaseline(c, p, inner, x, s.Baseline)
	for i, st := range r.list {
		y := r.middle(inner, i)
		drawInterval(c, x, y, st.VsBaseline.Interval, p.Of(st))
		diamond(c, x.At(st.VsBaseline.Ratio), y, 6, p.Background)
		diamond(c, x.At(st.VsBaseline.Ratio), y, 5, p.Of(st))
	}
}

// ratios are the least and the most of the ratios that an axis has to reach.
type ratios struct{ least, most float64 }

// add adds finite ratios; limits that are missing are left out.
func (r *ratios) add(values ...float64) {
	for _, v := range values {
		if v > 0 && !math.IsInf(v, 0) {
			r.least, r.most = math.Min(r.least, v), math.Max(r.most, v)
		}
	}
}

// below draws the axis below a box.
func (r ratios) below(c *figure.Canvas, p Palette, inner figure.Box) figure.Scale {
	x := figure.Logarithmic(r.least, r.most, inner.X0+10, inner.X1-10)
	values := x.Ticks(int((x.To - x.From) / 60))
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = fmt.Sprintf("%.3g", v)
	}
	below(c, p, x, inner.Y0, inner.Y1, values, names)
	return x
}

// drawBaseline draws the line of ratio 1, with the baseline's name above.
func drawBaseline(c *figure.Canvas, p Palette, inner figure.Box, x figure.Scale, baseline string) {
	one := x.At(1)
	c.Line(figure.Stroke{Color: p.Ink, Width: 1.2}, figure.Point{X: one, Y: inner.Y0}, figure.Point{X: one, Y: inner.Y1})
	style := ticks(p, figure.Center)
	half := style.Width(baseline) / 2
	c.Text(min(max(one, inner.X0+half), inner.X1-half), inner.Y0-9, baseline, style)
}

// drawInterval draws a line between the limits, with an arrow in place of a missing one.
func drawInterval(c *figure.Canvas, x figure.Scale, y float64, iv stat.Interval, color figure.Color) {
	low, high := x.At(iv.Low), x.At(iv.High)
	c.Line(figure.Stroke{Color: color, Width: 2}, figure.Point{X: low, Y: y}, figure.Point{X: high, Y: y})
	const tip = 5
	if iv.Low <= 0 {
		c.Polygon(color, figure.Point{X: low - tip, Y: y}, figure.Point{X: low + tip, Y: y - tip}, figure.Point{X: low + tip, Y: y + tip})
	}
	if math.IsInf(iv.High, 1) {
		c.Polygon(color, figure.Point{X: high + tip, Y: y}, figure.Point{X: high - tip, Y: y - tip}, figure.Point{X: high - tip, Y: y + tip})
	}
}
