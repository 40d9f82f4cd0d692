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

// usagePanel is one figure over time.
type usagePanel struct {
	name  string
	of    func(r *summary.Recording) []summary.Sample
	write func(v float64) string
	unit  float64 // axis ticks are round multiples of it
	log   bool    // logarithmic from least if peaks are far apart
	least float64
}

var usagePanels = []usagePanel{
	{"tasks in flight", inFlightOf, quantity.Count, 1, true, 1},
	{"goroutines", goroutinesOf, quantity.Count, 1, true, 1},
	{"threads", threadsOf, quantity.Count, 1, true, 1},
	{"resident memory", rssOf, quantity.Bytes, 1 << 20, true, 0},
	{"CPU, cores busy", coresOf, func(v float64) string { return fmt.Sprintf("%.4g", v) }, 1, false, 0},
}

// usageLayout stacks panels above a common time axis, below the names of the lines.
type usageLayout struct {
	list   []*summary.Strategy
	panels []usagePanel
	rug    []*summary.Strategy // strategies with garbage collections
	rugRow float64             // height of a row, points
	legend legend
}

const (
	usageLeft  = 62.0 // points left of the panels, for their axes
	usagePanes = 92.0 // height of a panel, points
	usageHead  = 22.0 // above a panel, its name

	usageNamed = 8 // up to this number, all lines are named and in full colour
	usageTop   = 3 // beyond it, only this many in each panel, those with the highest peaks
)

func newUsageLayout(list []*summary.Strategy) usageLayout {
	u := usageLayout{list: list, rugRow: 12, legend: newLegend(list, figure.Width-2*26, true)}
	for _, panel := range usagePanels {
		if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return len(panel.of(st.Recording)) > 0 }) {
			u.panels = append(u.panels, panel)
		}
	}
	for _, st := range list {
		if len(st.Recording.Collections) > 0 {
			u.rug = append(u.rug, st)
		}
	}
	if len(u.rug) > usageNamed {
		u.rugRow = 9
	}
	return u
}

func (u usageLayout) height() float64 {
	h := u.legend.height() + float64(len(u.panels))*(usageHead+usagePanes) + axisRoom
	if len(u.rug) > 0 {
		h += usageHead + float64(len(u.rug))*u.rugRow
	}
	return h
}

func (u usageLayout) draw(c *figure.Canvas, p Palette, box figure.Box) {
	u.legend.draw(c, p, box.X0, box.Y0)
	left, right := box.X0+usageLeft, box.X1-8
	x := u.times(left, right)
	y := box.Y0 + u.legend.height()
	head := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
	inner := func(height float64) figure.Box {
		b := figure.Box{X0: left, Y0: y + usageHead, X1: right, Y1: y + usageHead + height}
		y = b.Y1
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Faint, 0.35))
		return b
	}
	values := x.Ticks(int((x.To - x.From) / 70))
	grid := func(b figure.Box) {
		for _, v := range values {
			c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: b.Y0}, figure.Point{X: x.At(v), Y: b.Y1})
		}
	}
	for _, panel := range u.panels {
		b := inner(usagePanes)
		c.Text(b.X0, b.Y0-9, panel.name, head)
		grid(b)
		u.drawPanel(c, p, b, x, panel)
	}
	if len(u.rug) > 0 {
		b := inner(float64(len(u.rug)) * u.rugRow)
		c.Text(b.X0, b.Y0-9, "garbage collections", head)
		grid(b)
		u.drawRug(c, p, b, x)
	}
	timesBelow(c, p, x, y, y)
}

// times is the time axis, logarithmic if the trials' lengths are far apart.
func (u usageLayout) times(from, to float64) figure.Scale {
	least, most := math.Inf(1), 0.0
	for _, st := range u.list {
		least, most = math.Min(least, st.Recording.End), math.Max(most, st.Recording.End)
	}
	if figure.Wide(least, most) {
		const before = 20 // 1/before of the shortest trial is cut off
		return figure.Logarithmic(least/before, most, from, to)
	}
	return figure.Linear(0, most, from, to)
}

func (u usageLayout) drawPanel(c *figure.Canvas, p Palette, b figure.Box, x figure.Scale, panel usagePanel) {
	y := u.scale(b, panel)
	free := math.Inf(1)
	for _, v := range y.Ticks(4) {
		at := y.At(v)
		c.Line(figure.Stroke{Color: p.Faint, Width: 0.8}, figure.Point{X: b.X0, Y: at}, figure.Point{X: b.X1, Y: at})
		if at < free {
			c.Text(b.X0-6, at, plainly(panel.write(v*panel.unit)), ticks(p, figure.Right))
			free = at - 1.3*tickSize
		}
	}
	lines := map[*summary.Strategy][]figure.Point{}
	var taken []figure.Box
	for _, st := range u.list {
		for _, s := range panel.of(st.Recording) {
			if s.At >= x.Min {
				lines[st] = append(lines[st], figure.Point{X: x.At(s.At), Y: y.At(s.Value / panel.unit)})
			}
		}
		taken = append(taken, figure.Along(lines[st])...)
	}
	named := u.named(panel)
	var labels []figure.Label
	for _, st := range slices.Backward(u.list) { // draw the fastest last, on top
		if !slices.Contains(named, st) {
			drawUsage(c, p, st, lines[st], 0.4)
		}
	}
	for _, st := range slices.Backward(named) {
		if len(lines[st]) == 0 {
			continue
		}
		drawUsage(c, p, st, lines[st], 1)
		at := lines[st][len(lines[st])-1]
		if len(named) < len(u.list) {
			at = highest(lines[st])
		}
		labels = append(labels, figure.Label{At: at, Text: st.Strategy})
		taken = append(taken, figure.Box{X0: at.X - 3, Y0: at.Y - 3, X1: at.X + 3, Y1: at.Y + 3})
	}
	slices.Reverse(labels)
	c.Labels(labels, figure.Style{Size: 8.5, Color: p.Ink}, b, taken)
}

// drawUsage draws a strategy's line with the given opacity, and its mark at the end.
func drawUsage(c *figure.Canvas, p Palette, st *summary.Strategy, line []figure.Point, part float64) {
	if len(line) == 0 {
		return
	}
	color := p.Tint(p.Of(st), part)
	if part == 1 {
		c.Line(figure.Stroke{Color: p.Background, Width: 2.8}, line...)
	}
	stroke := p.Line(st, 0.8+0.8*part)
	stroke.Color = color
	c.Line(stroke, line...)
	end := line[len(line)-1]
	if st.Recording.Trial.Died() {
		c.Cross(end.X, end.Y, 4, figure.Stroke{Color: p.Alarm, Width: 1.6})
		return
	}
	c.Mark(p.Mark(st), end.X, end.Y, 3.4, p.Of(st))
}

// highest is the highest point of a line, the first of several.
func highest(line []figure.Point) figure.Point {
	return slices.MinFunc(line, func(a, b figure.Point) int { return cmp.Compare(a.Y, b.Y) })
}

// named are the strategies named in a panel, in the order of their list or, if not all are
// named, of their peaks.
func (u usageLayout) named(panel usagePanel) []*summary.Strategy {
	if len(u.list) <= usageNamed {
		return u.list
	}
	peak := func(st *summary.Strategy) float64 {
		s, _ := summary.Peak(panel.of(st.Recording))
		return s.Value
	}
	list := slices.Clone(u.list)
	slices.SortStableFunc(list, func(a, b *summary.Strategy) int { return cmp.Compare(peak(b), peak(a)) })
	return list[:usageTop]
}

// scale is a panel's axis: from zero, or logarithmic.
func (u usageLayout) scale(b figure.Box, panel usagePanel) figure.Scale {
	least, most, low := math.Inf(1), 0.0, math.Inf(1)
	for _, st := range u.list {
		if peak, ok := summary.Peak(panel.of(st.Recording)); ok {
			least, most = math.Min(least, peak.Value), math.Max(most, peak.Value)
		}
		for _, s := range panel.of(st.Recording) {
			low = math.Min(low, s.Value)
		}
	}
	const above = 9 // points: space for a name above the highest line
	if panel.log && figure.Wide(least, most) {
		return figure.Logarithmic(math.Max(low, panel.least)/panel.unit, most/panel.unit, b.Y1, b.Y0+above)
	}
	return figure.Linear(0, most/panel.unit, b.Y1, b.Y0+above)
}

// drawRug draws a row for each strategy, with a mark for each collection.
func (u usageLayout) drawRug(c *figure.Canvas, p Palette, b figure.Box, x figure.Scale) {
	style := figure.Style{Size: min(0.8*u.rugRow, 8.5), Color: p.Ink}
	for i, st := range u.rug {
		top := b.Y0 + float64(i)*u.rugRow
		last := b.X0
		for _, at := range st.Recording.Collections {
			if at >= x.Min {
				last = x.At(at)
				c.Line(figure.Stroke{Color: p.Of(st), Width: 1}, figure.Point{X: last, Y: top + 1.5}, figure.Point{X: last, Y: top + u.rugRow - 1.5})
			}
		}
		text := fmt.Sprintf("%s: %s", st.Strategy, quantity.Count(float64(len(st.Recording.Collections))))
		width := style.Width(text)
		at := last + 6
		if at+width > b.X1 {
			at = last - 6 - width
		}
		c.Rect(at-2, top+0.5, at+width+2, top+u.rugRow-0.5, fade(p.Background, 0.8))
		c.Text(at, top+u.rugRow/2, text, style)
	}
}
