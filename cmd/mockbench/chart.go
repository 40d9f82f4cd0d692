//go:build linux

package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Sizes of the chart, in points.
const (
	legendHeight = 26.0
	headHeight   = 22.0 // above each panel
	panelHeight  = 150.0
	panelAxis    = 30.0
	panelGap     = 46.0 // holds the next panel's scale
)

// leastDrawn is where the logarithmic axis begins: an answer that is early, or late by
// less, is drawn there.
const leastDrawn = 10 * time.Microsecond

// views are the rows of the chart.
var views = []struct {
	title string
	of    func(cell) quantiles
}{
	{"all rounds", func(c cell) quantiles { return c.Late }},
	{"at their quietest", func(c cell) quantiles { return c.Quiet }},
}

// drawChart writes as a PNG how late answers are at p99 against the delay, a panel for
// each number of connections. Not the error, which is below nothing where a delay is kept
// better than none.
func (r *results) drawChart(path string) error {
	chart := figure.Figure{
		Title:    "How late answers are: 99 of 100 come sooner than this",
		Subtitle: "p99 of the time from sending to the answer's receipt, less the delay asked for, against that delay",
		Note:     fmt.Sprintf("Above: the median of the rounds, in which the machine may have been taken away from any server. Below: of those %d answers in a row that have the least p99. Late by less than %v is drawn there. Logarithmic.", quietAnswers, leastDrawn),
		Height:   legendHeight + float64(len(views))*(headHeight+panelHeight+panelAxis),
		Draw:     r.drawPanels,
	}
	image, err := chart.Encode(figure.Light, "png", figure.DPI)
	if err != nil {
		return err
	}
	return os.WriteFile(path, image, 0o644)
}

func (r *results) drawPanels(c *figure.Canvas, box figure.Box) {
	var servers []string
	most := time.Millisecond
	for _, cell := range r.Cells {
		if !slices.Contains(servers, cell.Server) {
			servers = append(servers, cell.Server)
		}
		most = max(most, cell.Late.P99)
	}
	x, name := box.X0, figure.Style{Size: 10.5, Color: c.Ink}
	for i, s := range servers {
		y := box.Y0 + 6
		c.Line(figure.Stroke{Color: c.Series(i), Width: 2}, figure.Point{X: x, Y: y}, figure.Point{X: x + 20, Y: y})
		c.Dot(x+10, y, 3, c.Series(i))
		c.Text(x+26, y, s, name)
		x += 26 + name.Width(s) + 18
	}
	all := connectionsIn(r.Cells)
	width := (box.X1 - box.X0) / float64(max(len(all), 1))
	for row, view := range views {
		top := box.Y0 + legendHeight + float64(row)*(headHeight+panelHeight+panelAxis) + headHeight
		for column, n := range all {
			left := box.X0 + float64(column)*width + panelGap
			panel := figure.Box{X0: left, Y0: top, X1: left + width - panelGap - 8, Y1: top + panelHeight}
			c.Text(panel.X0, panel.Y0-10, countConnections(n)+", "+view.title, figure.Style{Size: 10.5, Bold: true, Color: c.Ink})
			r.drawPanel(c, panel, n, servers, most, view.of)
		}
	}
}

// drawPanel draws one number of connections, a line a server.
func (r *results) drawPanel(c *figure.Canvas, box figure.Box, connections int, servers []string, most time.Duration, of func(cell) quantiles) {
	first, last := r.Cells[0].Delay, r.Cells[0].Delay
	for _, cell := range r.Cells {
		first, last = min(first, cell.Delay), max(last, cell.Delay)
	}
	x := figure.Logarithmic(first.Seconds(), last.Seconds(), box.X0, box.X1)
	y := figure.Logarithmic(leastDrawn.Seconds(), most.Seconds(), box.Y1, box.Y0)
	grid := figure.Stroke{Color: c.Faint, Width: 0.8}
	muted := figure.Style{Size: 9.5, Color: c.Muted}
	powers := []float64{1e-5, 1e-4, 1e-3, 1e-2, 1e-1}
	labels := quantity.Ticks(powers, true)
	for i, v := range powers {
		if v >= y.Min && v <= y.Max {
			c.Line(grid, figure.Point{X: box.X0, Y: y.At(v)}, figure.Point{X: box.X1, Y: y.At(v)})
			style := muted
			style.Align = figure.Right
			c.Text(box.X0-6, y.At(v), labels[i], style)
		}
		if v >= x.Min && v <= x.Max {
			style := muted
			style.Align = figure.Center
			c.Text(x.At(v), box.Y1+12, labels[i], style)
		}
	}
	for i, s := range servers {
		var line []figure.Point
		for _, cell := range r.Cells {
			if cell.Server == s && cell.Connections == connections {
				line = append(line, figure.Point{X: x.At(cell.Delay.Seconds()), Y: y.At(max(of(cell).P99, leastDrawn).Seconds())})
			}
		}
		if len(line) > 1 {
			c.Line(figure.Stroke{Color: c.Series(i), Width: 1.8}, line...)
		}
		for _, p := range line {
			c.Dot(p.X, p.Y, 2.6, c.Series(i))
		}
	}
}
