package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Sizes of the chart, in points.
const (
	rowHeight   = 19.0
	nameWidth   = 150.0
	figureWidth = 120.0
	axisHeight  = 26.0
)

// ns is a nanosecond in seconds, the unit of charts.
const ns = 1e-9

// drawChart writes the costs as a PNG, with a row for each strategy, the cheapest on top.
func drawChart(costs []cost, tasks, rounds int, file string) error {
	first, last := costs[0], costs[len(costs)-1]
	chart := figure.Figure{
		Title:    fmt.Sprintf("An empty task: %.0f ns with %s, %s with %s", first.ns, short(first), quantity.Seconds(last.ns*ns), short(last)),
		Subtitle: fmt.Sprintf("Time per task of a batch of %d empty tasks, recording included; median and quartiles of %d rounds; concurrency limit %d for strategies with one", tasks, rounds, width),
		Note:     "Right: median, and heap allocations per task. The axis is logarithmic.",
		Height:   rowHeight*float64(len(costs)) + axisHeight,
		Draw:     func(c *figure.Canvas, box figure.Box) { drawCosts(c, box, costs) },
	}
	image, err := chart.Encode(figure.Light, "png", figure.DPI)
	if err != nil {
		return err
	}
	return os.WriteFile(file, image, 0o644)
}

// short is the strategy's name without its parameters.
func short(c cost) string {
	name, _, _ := strings.Cut(c.strategy, ":")
	return name
}

func drawCosts(c *figure.Canvas, box figure.Box, costs []cost) {
	least, most := costs[0].low, 0.0
	for _, k := range costs {
		least, most = min(least, k.low), max(most, k.high)
	}
	x := figure.Logarithmic(least*ns, most*ns, box.X0+nameWidth, box.X1-figureWidth)
	bottom := box.Y0 + rowHeight*float64(len(costs))
	ticks := x.Ticks(5)
	labels := quantity.Ticks(ticks, true)
	for i, v := range ticks {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: box.Y0}, figure.Point{X: x.At(v), Y: bottom})
		c.Text(x.At(v), bottom+12, labels[i], figure.Style{Size: 9.5, Color: c.Muted, Align: figure.Center})
	}
	name := figure.Style{Size: 10.5, Color: c.Ink, Align: figure.Right}
	value := figure.Style{Size: 10, Color: c.Muted, Align: figure.Right}
	for i, k := range costs {
		y := box.Y0 + (float64(i)+0.5)*rowHeight
		c.Text(x.From-10, y, name.Fit(short(k), nameWidth-10), name)
		c.Line(figure.Stroke{Color: c.Series(0), Width: 2}, figure.Point{X: x.At(k.low * ns), Y: y}, figure.Point{X: x.At(k.high * ns), Y: y})
		c.Dot(x.At(k.ns*ns), y, 4, c.Series(0))
		c.Text(x.To+50, y, fmt.Sprintf("%.0f ns", k.ns), value)
		c.Text(x.To+figureWidth-4, y, fmt.Sprintf("%.0f allocs", k.allocs), value)
	}
}
