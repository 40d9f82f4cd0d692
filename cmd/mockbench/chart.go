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
	panelGap     = 46.0 // contains the next panel's scale
)

// leastDrawn is the start of the logarithmic axis. Answers that are early, or late by less,
// are drawn there.
const leastDrawn = 10 * time.Microsecond

// views are the rows of the chart.
var views = []struct {
	title string
	of    func(cell) quantiles
}{
	{"all rounds", func(c cell) quantiles { return c.Late }},
	{"quietest stretch", func(c cell) quantiles { return c.Quiet }},
}

// drawChart writes a PNG of the lateness of answers at p99 against the delay, with a panel
// for each number of connections. It does not draw the error, which is negative where a
// server keeps a delay better than no delay.
func (r *results) drawChart(path string) error {
	chart := figure.Figure{
		Title:    "Lateness of answers (p99)",
		Subtitle: "Time from sending to receipt minus the requested delay, p99, against the requested delay",
		Note:     fmt.Sprintf("Upper row: median of the rounds, including interference from the machine. Lower row: the %d consecutive answers with the lowest p99. Values below %v are drawn at %[2]v. Both axes are logarithmic.", quietAnswers, leastDrawn),
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

// drawPanel draws the panel of one number of connections, with a line for each server.
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
