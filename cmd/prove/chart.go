package main

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/figure"
)

// Sizes of the chart, in points.
const (
	rowHeight   = 21.0 // a model of noise
	rowNames    = 225.0
	headHeight  = 24.0 // above the rows and above each panel
	axisHeight  = 30.0
	panelHeight = 105.0
	panelRows   = headHeight + panelHeight + 10 // distance between rows of panels
	panelGap    = 26.0
	panelLabels = 36.0 // left of the panels: percentages
)

// figure is the chart: false positives above, slow-downs found below.
func (p *proof) figure() figure.Figure {
	rows := p.rates()
	return figure.Figure{
		Title:    p.headline(),
		Subtitle: "Above: false positive rate at a nominal 5%. Below: real slow-downs found, by the number of trials.",
		Note:     "Lines through dots and bands are 95% confidence intervals (Wilson). Shaded above: the goal, 3 to 7%. Below, unpaired is calibrated to a false positive rate of at most 5%; thin line: at a nominal 5%, not calibrated. Dotted: 80%, the usual target for power.",
		Height:   headHeight + rowHeight*float64(len(rows)) + axisHeight + float64(len(p.Power.Workloads))*panelRows + axisHeight,
		Draw: func(c *figure.Canvas, box figure.Box) {
			bottom := drawRates(c, box, rows)
			p.drawPanels(c, figure.Box{X0: box.X0 + panelLabels, Y0: bottom, X1: box.X1, Y1: box.Y1})
		},
	}
}

// headline is the finding in one line.
func (p *proof) headline() string {
	paired, blocked := 0.0, 0.0
	for _, r := range p.rates() {
		paired, blocked = max(paired, share(r.paired)), max(blocked, share(r.blocked))
	}
	return fmt.Sprintf("False positives: at most %.1f%% paired, up to %.0f%% unpaired", 100*paired, 100*blocked)
}

// rateRow is a row of the upper half.
type rateRow struct {
	name            string
	paired, blocked doctor.Rate
}

func (p *proof) rates() []rateRow {
	var rows []rateRow
	for _, r := range p.Simulated {
		rows = append(rows, rateRow{r.Noise, r.Paired, r.Blocked})
	}
	for _, s := range p.self {
		rows = append(rows, rateRow{fmt.Sprintf("A/A: %s, %d rounds", s.Name, s.Rounds), s.aa.Interleaved, s.aa.Blocked})
	}
	return rows
}

func pairedColor(c *figure.Canvas) figure.Color  { return c.Series(0) }
func blockedColor(c *figure.Canvas) figure.Color { return c.Series(1) }

var dashes = []float64{5, 3}

// drawRates draws the upper half and returns its bottom edge.
func drawRates(c *figure.Canvas, box figure.Box, rows []rateRow) (bottom float64) {
	names := figure.Style{Size: 10.5, Color: c.Ink}
	axis := figure.Style{Size: 9.5, Color: c.Muted, Align: figure.Center}
	x := figure.Linear(0, 1, box.X0+rowNames, box.X1-16)
	top := box.Y0 + headHeight
	bottom = top + rowHeight*float64(len(rows))
	legend(c, x.From, box.Y0+9)
	c.Rect(x.At(leastFalse), top, x.At(mostFalse), bottom, c.Faint)
	for _, v := range x.Ticks(6) {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: top}, figure.Point{X: x.At(v), Y: bottom})
		c.Text(x.At(v), bottom+12, fmt.Sprintf("%.0f%%", 100*v), axis)
	}
	for i, r := range rows {
		y := top + (float64(i)+0.5)*rowHeight
		c.Text(box.X0, y, names.Fit(r.name, rowNames-10), names)
		for _, side := range []struct {
			rate  doctor.Rate
			color figure.Color
			mark  func(x, y float64)
			off   float64
		}{
			{r.blocked, blockedColor(c), func(x, y float64) { ring(c, x, y) }, 3},
			{r.paired, pairedColor(c), func(x, y float64) { c.Dot(x, y, 4, pairedColor(c)) }, -3},
		} {
			if side.rate.Of == 0 {
				continue
			}
			at := y + side.off
			c.Line(figure.Stroke{Color: side.color, Width: 1.6}, figure.Point{X: x.At(side.rate.Low), Y: at}, figure.Point{X: x.At(side.rate.High), Y: at})
			side.mark(x.At(share(side.rate)), at)
		}
	}
	return bottom + axisHeight
}

// ring is the mark for unpaired.
func ring(c *figure.Canvas, x, y float64) {
	c.Dot(x, y, 4, c.Background)
	c.Ring(x, y, 3.5, figure.Stroke{Color: blockedColor(c), Width: 1.8})
}

// legend names the two ways, by mark and by line.
func legend(c *figure.Canvas, x, y float64) {
	style := figure.Style{Size: 10.5, Color: c.Ink}
	for _, way := range []struct {
		name  string
		color figure.Color
		dash  []float64
		mark  func(x float64)
	}{
		{"paired: fanbench, interleaved", pairedColor(c), nil, func(x float64) { c.Dot(x, y, 4, pairedColor(c)) }},
		{"unpaired: A's, then B's, Mann-Whitney (go test -count, benchstat)", blockedColor(c), dashes, func(x float64) { ring(c, x, y) }},
	} {
		const line = 26.0
		c.Line(figure.Stroke{Color: way.color, Width: 2, Dash: way.dash}, figure.Point{X: x, Y: y}, figure.Point{X: x + line, Y: y})
		way.mark(x + line/2)
		c.Text(x+line+6, y, way.name, style)
		x += line + 6 + style.Width(way.name) + 20
	}
}

// drawPanels draws the lower half: a row of panels per workload, a panel per slow-down.
func (p *proof) drawPanels(c *figure.Canvas, box figure.Box) {
	var columns []int
	for _, percent := range p.Power.Slowdowns {
		if percent > 0 {
			columns = append(columns, percent)
		}
	}
	if len(columns) == 0 {
		return
	}
	width := (box.X1 - box.X0 - panelGap*float64(len(columns)-1)) / float64(len(columns))
	for row, w := range p.Power.Workloads {
		top := box.Y0 + float64(row)*panelRows + headHeight
		column := 0
		for _, f := range p.finds {
			if f.workload != w || f.percent == 0 {
				continue
			}
			left := box.X0 + float64(column)*(width+panelGap)
			f.draw(c, figure.Box{X0: left, Y0: top, X1: left + width, Y1: top + panelHeight}, column == 0, row == len(p.Power.Workloads)-1)
			column++
		}
	}
}

// draw draws a panel: the proportion found against the trials per side.
func (f finding) draw(c *figure.Canvas, box figure.Box, first, last bool) {
	muted := figure.Style{Size: 9.5, Color: c.Muted}
	x := figure.Linear(0, float64(f.blocked.trials[len(f.blocked.trials)-1]), box.X0, box.X1)
	y := figure.Scale{Min: 0, Max: 1, From: box.Y1, To: box.Y0 + 4}
	c.Text(box.X0, box.Y0-8, fmt.Sprintf("%s: %d%% slower", f.workload.Name, f.percent), figure.Style{Size: 10.5, Bold: true, Color: c.Ink})
	for _, v := range []float64{0, 0.5, 1} {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: box.X0, Y: y.At(v)}, figure.Point{X: box.X1, Y: y.At(v)})
		if first {
			c.Text(box.X0-6, y.At(v), fmt.Sprintf("%.0f%%", 100*v), figure.Style{Size: 9.5, Color: c.Muted, Align: figure.Right})
		}
	}
	c.Line(figure.Stroke{Color: c.Muted, Width: 0.8, Dash: []float64{2, 3}}, figure.Point{X: box.X0, Y: y.At(aim)}, figure.Point{X: box.X1, Y: y.At(aim)})
	if last {
		muted.Align = figure.Center
		for _, v := range x.Ticks(6) {
			c.Text(x.At(v), box.Y1+12, fmt.Sprintf("%.0f", v), muted)
		}
		c.Text((box.X0+box.X1)/2, box.Y1+25, "trials per side", muted)
	}
	f.blocked.line(c, x, y, figure.Stroke{Color: blockedColor(c), Width: 0.9})
	f.corrected.draw(c, x, y, figure.Stroke{Color: blockedColor(c), Width: 2, Dash: dashes})
	f.paired.draw(c, x, y, figure.Stroke{Color: pairedColor(c), Width: 2})
}

// draw draws the curve within its confidence band.
func (k curve) draw(c *figure.Canvas, x, y figure.Scale, s figure.Stroke) {
	var band []figure.Point
	for i, n := range k.trials {
		band = append(band, figure.Point{X: x.At(float64(n)), Y: y.At(k.found(i).High)})
	}
	for i, n := range slices.Backward(k.trials) {
		band = append(band, figure.Point{X: x.At(float64(n)), Y: y.At(k.found(i).Low)})
	}
	pale := s.Color
	pale.A = 45
	c.Polygon(pale, band...)
	k.line(c, x, y, s)
}

func (k curve) line(c *figure.Canvas, x, y figure.Scale, s figure.Stroke) {
	var line []figure.Point
	for i, n := range k.trials {
		line = append(line, figure.Point{X: x.At(float64(n)), Y: y.At(share(k.found(i)))})
	}
	c.Line(s, line...)
}
