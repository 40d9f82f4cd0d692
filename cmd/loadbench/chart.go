//go:build linux

package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Sizes of the chart, in points.
const (
	legendHeight = 30.0
	axisHeight   = 42.0
	groupHead    = 20.0 // names a rate
	barHeight    = 15.0
	groupGap     = 12.0
	rateNames    = 74.0
	names        = 118.0
	valueWidth   = 70.0
)

// leastDrawn is where the logarithmic axis begins.
const leastDrawn = 10 * time.Microsecond

// row is a line of the chart: a generator at a rate.
type row struct {
	name string
	cell *cell
}

// groups are the rows of every rate with a goal.
func (r *results) groups() (groups [][]row) {
	for _, rate := range r.rates(false) {
		var rows []row
		for _, name := range r.generators() {
			for _, process := range []scenario.ArrivalProcess{scenario.Constant, scenario.Poisson} {
				c := r.find(name, process, rate)
				if c == nil {
					continue
				}
				label := name
				if process == scenario.Poisson {
					label += ", Poisson"
				}
				rows = append(rows, row{label, c})
			}
		}
		groups = append(groups, rows)
	}
	return groups
}

// chart draws as a PNG how late each generator sends, from the median to p99.
func (r *results) chart() ([]byte, error) {
	groups := r.groups()
	height := legendHeight + axisHeight
	for _, rows := range groups {
		height += float64(len(rows))*barHeight + groupGap
	}
	return figure.Figure{
		Title:    r.headline(),
		Subtitle: "How late requests are sent: of the kernel's receipt, against the generator's own schedule. Nearer to the left is better.",
		Note:     fmt.Sprintf("Ring: median, dot: p99, of the requests of a turn; in the median of the turns. Thin line: p99 of the best and the worst turn. Dashed: the goal at %s. Logarithmic; less than %s is drawn there.", perSecond(goalRate), late(leastDrawn)),
		Height:   height,
		Draw:     func(c *figure.Canvas, box figure.Box) { r.draw(c, box, groups) },
	}.Encode(figure.Light, "png", figure.DPI)
}

// headline is the finding in a line.
func (r *results) headline() string {
	c, peer := r.find(ours, scenario.Constant, goalRate), r.bestPeer(goalRate)
	switch {
	case c == nil:
		return "How punctually load generators send"
	case peer == nil:
		return fmt.Sprintf("At %s, 99 of 100 requests are sent within %s", perSecond(goalRate), late(c.p99()))
	}
	return fmt.Sprintf("At %s, 99 of 100 requests are late by less than %s; the best peer's by %s", perSecond(goalRate), late(c.p99()), late(peer.p99()))
}

func (r *results) draw(c *figure.Canvas, box figure.Box, groups [][]row) {
	most := 2 * time.Millisecond
	for _, rows := range groups {
		for _, w := range rows {
			for _, t := range w.cell.Turns {
				most = max(most, t.P99)
			}
		}
	}
	x := figure.Logarithmic(leastDrawn.Seconds(), most.Seconds(), box.X0+rateNames+names, box.X1-valueWidth)
	top, bottom := box.Y0+legendHeight, box.Y1-axisHeight
	ownColor, peerColor := c.Series(0), c.Series(1)
	legend(c, x.From, box.Y0+8, ownColor, peerColor)
	powers := []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10}
	labels := quantity.Ticks(powers, true)
	for i, v := range powers {
		if v > x.Max {
			break
		}
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: top}, figure.Point{X: x.At(v), Y: bottom})
		c.Text(x.At(v), bottom+11, labels[i], figure.Style{Size: 9.5, Color: c.Muted, Align: figure.Center})
	}
	c.Text((x.From+x.To)/2, bottom+27, "late by", figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	y := top + groupGap/2
	for i, rows := range groups {
		if i > 0 {
			c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: box.X0, Y: y - groupGap/2}, figure.Point{X: box.X1, Y: y - groupGap/2})
		}
		c.Text(box.X0, y+barHeight/2, perSecond(rows[0].cell.Rate), figure.Style{Size: 11, Bold: true, Color: c.Ink})
		if rows[0].cell.Rate == goalRate {
			at := x.At(goalLate.Seconds())
			c.Line(figure.Stroke{Color: c.Muted, Width: 1, Dash: []float64{3, 2}}, figure.Point{X: at, Y: y}, figure.Point{X: at, Y: y + float64(len(rows))*barHeight})
		}
		for _, w := range rows {
			color := ownColor
			if w.cell.Peer {
				color = peerColor
			}
			drawRow(c, w, x, box.X0+rateNames, y+barHeight/2, color)
			y += barHeight
		}
		y += groupGap
	}
}

// drawRow draws one generator at one rate.
func drawRow(c *figure.Canvas, w row, x figure.Scale, left, y float64, color figure.Color) {
	at := func(d float64) float64 { return x.At(max(d/float64(time.Second), leastDrawn.Seconds())) }
	style := figure.Style{Size: 10.5, Color: c.Ink}
	c.Text(left, y, style.Fit(w.name, names-8), style)
	least, most := w.cell.Turns[0].P99, w.cell.Turns[0].P99
	for _, t := range w.cell.Turns {
		least, most = min(least, t.P99), max(most, t.P99)
	}
	p50, p99 := at(w.cell.median(p50Of)), at(w.cell.median(p99Of))
	c.Line(figure.Stroke{Color: color, Width: 0.8}, figure.Point{X: at(float64(least)), Y: y}, figure.Point{X: at(float64(most)), Y: y})
	c.Line(figure.Stroke{Color: color, Width: 3}, figure.Point{X: p50, Y: y}, figure.Point{X: p99, Y: y})
	c.Dot(p50, y, 3.2, c.Background)
	c.Ring(p50, y, 3, figure.Stroke{Color: color, Width: 1.4})
	c.Dot(p99, y, 3.8, color)
	right := slices.Max([]float64{p99, at(float64(most)), p50})
	c.Text(right+8, y, late(w.cell.p99()), figure.Style{Size: 9.5, Color: c.Ink})
}

// legend names the colours.
func legend(c *figure.Canvas, x, y float64, own, peer figure.Color) {
	style := figure.Style{Size: 10.5, Color: c.Ink}
	for _, entry := range []struct {
		name  string
		color figure.Color
	}{{"fanbench", own}, {"other generators, at a constant rate", peer}} {
		c.Line(figure.Stroke{Color: entry.color, Width: 3}, figure.Point{X: x, Y: y}, figure.Point{X: x + 24, Y: y})
		c.Dot(x, y, 3.2, c.Background)
		c.Ring(x, y, 3, figure.Stroke{Color: entry.color, Width: 1.4})
		c.Dot(x+24, y, 3.8, entry.color)
		c.Text(x+36, y, entry.name, style)
		x += 36 + style.Width(entry.name) + 24
	}
}
