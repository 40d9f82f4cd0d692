package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
)

// figures are the charts, by file.
func (r *loadResults) figures() map[string]figure.Figure {
	return map[string]figure.Figure{"load-theory.png": r.theoryFigure(), "load-paths.png": r.pathFigure()}
}

// Sizes of the charts, in points.
const (
	loadHead    = 26.0 // above a panel: its title
	loadAxis    = 38.0 // below a panel: its axis
	loadLabels  = 40.0 // left of a panel: percentages
	theoryTall  = 290.0
	theoryLeft  = 315.0
	theoryNames = 78.0
	traceTall   = 96.0
	tailTall    = 190.0
)

// theoryFigure has the distribution F^n on the left, mean waits on the right.
func (r *loadResults) theoryFigure() figure.Figure {
	shown := 0
	for _, w := range r.Waits {
		_, iv := w.Wait.estimate()
		shown += count(within(iv, w.Wait.Theory, mostOff) == met)
	}
	return figure.Figure{
		Title: fmt.Sprintf("Phases of load are the queues of theory: mean waits within %.0f%% in %d of %d queues", 100*mostOff, shown, len(r.Waits)),
		Subtitle: fmt.Sprintf("Left: response times of unlimited fan-outs of %d requests, at three rates, against F^n. Right: mean waits in the mock server's slots against Erlang C and Pollaczek-Khinchine.",
			unlimitedTasks),
		Note:   "Right: ring, the mean wait of the measured window; line, where 95% of such windows are by chance; cross, the recursion of Kiefer and Wolfowitz on the same arrivals and latencies, which has the luck of the same draw. Dot: theory plus the difference of ring and cross, with its 95% interval, mostly within the dot. Shaded: the goal, 3%.",
		Height: loadHead + theoryTall + loadAxis,
		Draw: func(c *figure.Canvas, box figure.Box) {
			top, bottom := box.Y0+loadHead, box.Y0+loadHead+theoryTall
			r.drawUnlimited(c, figure.Box{X0: box.X0 + loadLabels, Y0: top, X1: box.X0 + loadLabels + theoryLeft, Y1: bottom})
			r.drawWaits(c, figure.Box{X0: box.X0 + loadLabels + theoryLeft + 34 + theoryNames, Y0: top, X1: box.X1, Y1: bottom})
		},
	}
}

func heading(c *figure.Canvas, x, y float64, text string) {
	c.Text(x, y-14, text, figure.Style{Size: 12, Bold: true, Color: c.Ink})
}

// drawUnlimited draws the share of batches that were done within a time.
func (r *loadResults) drawUnlimited(c *figure.Canvas, box figure.Box) {
	heading(c, box.X0-loadLabels, box.Y0, "Batches done within a time")
	const most = 200.0 // ms
	x := figure.Scale{Min: 0, Max: most, From: box.X0, To: box.X1}
	y := figure.Scale{Min: 0, Max: 1, From: box.Y1, To: box.Y0}
	grid(c, box, x, y, func(v float64) string { return fmt.Sprintf("%.0f ms", v) })
	var theory []figure.Point
	for ms := 0.0; ms <= most; ms++ {
		theory = append(theory, figure.Point{X: x.At(ms), Y: y.At(longestCDF(ms / 1000))})
	}
	c.Line(figure.Stroke{Color: c.Tint(c.Muted, 0.4), Width: 8}, theory...)
	for i, u := range r.Unlimited {
		times := seconds(u.Response)
		slices.Sort(times)
		line := []figure.Point{{X: x.At(0), Y: y.At(0)}}
		for k, t := range times {
			px := x.At(min(1000*t, most))
			line = append(line, figure.Point{X: px, Y: y.At(float64(k) / float64(len(times)))}, figure.Point{X: px, Y: y.At(float64(k+1) / float64(len(times)))})
		}
		c.Line(figure.Stroke{Color: c.Series(i), Width: 1.5}, line...)
	}
	style := figure.Style{Size: 10.5, Color: c.Ink}
	at := box.Y1 - 16 - 17*float64(len(r.Unlimited))
	key := func(s figure.Stroke, text string) {
		left := box.X1 - 168
		c.Line(s, figure.Point{X: left, Y: at}, figure.Point{X: left + 24, Y: at})
		c.Text(left+31, at, text, style)
		at += 17
	}
	key(figure.Stroke{Color: c.Tint(c.Muted, 0.4), Width: 8}, "theory: F^n")
	for i, u := range r.Unlimited {
		key(figure.Stroke{Color: c.Series(i), Width: 2}, fmt.Sprintf("%.0f/s, %.1f in system", u.Rate, u.InSystem))
	}
}

// grid draws the lines and labels of a panel whose y are shares.
func grid(c *figure.Canvas, box figure.Box, x, y figure.Scale, label func(float64) string) {
	for _, v := range []float64{0, 0.25, 0.5, 0.75, 1} {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: box.X0, Y: y.At(v)}, figure.Point{X: box.X1, Y: y.At(v)})
		c.Text(box.X0-6, y.At(v), fmt.Sprintf("%.0f%%", 100*v), figure.Style{Size: 10, Color: c.Muted, Align: figure.Right})
	}
	for _, v := range x.Ticks(4) {
		c.Text(x.At(v), box.Y1+14, label(v), figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
}

// drawWaits draws a row a queue: by how much its mean wait is off theory.
func (r *loadResults) drawWaits(c *figure.Canvas, box figure.Box) {
	heading(c, box.X0-theoryNames, box.Y0, "Mean wait against theory")
	most := 0.5
	for _, w := range r.Waits {
		most = max(most, w.High/w.Wait.Theory-1, w.Wait.Measured/w.Wait.Theory-1)
	}
	x := figure.Scale{Min: -1, Max: min(most, 2), From: box.X0, To: box.X1 - 8}
	c.Rect(x.At(-mostOff), box.Y0, x.At(mostOff), box.Y1, c.Tint(c.Series(2), 0.22))
	for _, v := range x.Ticks(6) {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: box.Y0}, figure.Point{X: x.At(v), Y: box.Y1})
		c.Text(x.At(v), box.Y1+14, signed(v), figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
	row := (box.Y1 - box.Y0) / float64(max(1, len(r.Waits)))
	for i, w := range r.Waits {
		y := box.Y0 + (float64(i)+0.5)*row
		c.Text(box.X0-theoryNames, y, w.title(), figure.Style{Size: 10.5, Color: c.Ink})
		part := func(v float64) float64 { return x.At(v/w.Wait.Theory - 1) }
		bar := func(iv stat.Interval, y float64, s figure.Stroke) {
			c.Line(s, figure.Point{X: part(iv.Low), Y: y}, figure.Point{X: part(iv.High), Y: y})
		}
		bar(stat.Interval{Low: w.Low, High: w.High}, y+5, figure.Stroke{Color: c.Series(1), Width: 1.6})
		c.Dot(part(w.Wait.Measured), y+5, 4, c.Background)
		c.Ring(part(w.Wait.Measured), y+5, 3.5, figure.Stroke{Color: c.Series(1), Width: 1.8})
		c.Cross(part(w.Wait.Recursion), y+5, 3, figure.Stroke{Color: c.Ink, Width: 1.2})
		v, iv := w.Wait.estimate()
		bar(iv, y-5, figure.Stroke{Color: c.Series(0), Width: 1.6})
		c.Dot(part(v), y-5, 4, c.Series(0))
	}
	style := figure.Style{Size: 10.5, Color: c.Ink}
	at, left := box.Y1+31, box.X0-theoryNames
	key := func(mark func(x float64), text string) {
		mark(left + 5)
		c.Text(left+13, at, text, style)
		left += 13 + style.Width(text) + 16
	}
	key(func(x float64) { c.Dot(x, at, 4, c.Series(0)) }, "the luck of the draw taken off")
	key(func(x float64) { c.Ring(x, at, 3.5, figure.Stroke{Color: c.Series(1), Width: 1.8}) }, "measured")
	key(func(x float64) { c.Cross(x, at, 3, figure.Stroke{Color: c.Ink, Width: 1.2}) }, "recursion, same draws")
}

// signed is a part in percent, 0 without a sign.
func signed(v float64) string {
	if math.Abs(v) < 1e-9 {
		return "0%"
	}
	return fmt.Sprintf("%+.0f%%", 100*v)
}

// shownPaths are the limits on the chart: two traces, and three tails.
func (r *loadResults) shownPaths() (traces, tails []pathResult) {
	for _, p := range r.Paths {
		load := strings.HasSuffix(p.Limit, ", 80%")
		switch {
		case load && strings.Contains(p.Limit, "M/M/1"), load && strings.HasPrefix(p.Limit, "shared-pool") && strings.Contains(p.Limit, "1 task"):
			traces, tails = append(traces, p), append(tails, p)
		case load && strings.HasPrefix(p.Limit, "shared-pool"):
			tails = append(tails, p)
		}
	}
	return traces, tails
}

// pathFigure has the waits of successive tasks above, and by how much starts differ below.
func (r *loadResults) pathFigure() figure.Figure {
	traces, tails := r.shownPaths()
	return figure.Figure{
		Title:    "Task by task: measured waits lie on the recursion of Kiefer and Wolfowitz",
		Subtitle: fmt.Sprintf("Above: waits of successive tasks over %v, at 80%% load. Below: the share of tasks whose start differs from the recursion by more than a time.", traceFor),
		Note:     "Above, a bar is the wait by the recursion on the intended arrivals and the latencies drawn, in which nothing is measured; a dot is the measured wait. Below, dashed: against that recursion; in the process the harness's overhead adds up while the limit is busy. Solid: against the recursion on the real arrivals and durations, which leaves the limit itself. A line that passes below and left of the ring meets the goal.",
		Height:   float64(len(traces))*(loadHead+traceTall+loadAxis) + loadHead + tailTall + loadAxis + 17*float64(len(tails)),
		Draw: func(c *figure.Canvas, box figure.Box) {
			y := box.Y0
			for i, p := range traces {
				drawTrace(c, p, figure.Box{X0: box.X0 + loadLabels, Y0: y + loadHead, X1: box.X1, Y1: y + loadHead + traceTall}, c.Series(i))
				y += loadHead + traceTall + loadAxis
			}
			drawTails(c, tails, figure.Box{X0: box.X0 + loadLabels, Y0: y + loadHead, X1: box.X1, Y1: y + loadHead + tailTall})
		},
	}
}

func drawTrace(c *figure.Canvas, p pathResult, box figure.Box, color figure.Color) {
	heading(c, box.X0-loadLabels, box.Y0, p.Limit+": wait of each task")
	most := 1.0
	for _, t := range p.Trace {
		most = max(most, t.Expected, t.Measured)
	}
	x := figure.Scale{Min: 0, Max: float64(traceFor / time.Millisecond), From: box.X0, To: box.X1}
	y := figure.Linear(0, most, box.Y1, box.Y0)
	for _, v := range y.Ticks(3) {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: box.X0, Y: y.At(v)}, figure.Point{X: box.X1, Y: y.At(v)})
		c.Text(box.X0-6, y.At(v), fmt.Sprintf("%.0f ms", v), figure.Style{Size: 10, Color: c.Muted, Align: figure.Right})
	}
	for _, v := range x.Ticks(6) {
		c.Text(x.At(v), box.Y1+13, fmt.Sprintf("%.1f s", v/1000), figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
	for _, t := range p.Trace {
		c.Line(figure.Stroke{Color: c.Tint(c.Muted, 0.45), Width: 2.2}, figure.Point{X: x.At(t.Ready), Y: y.At(0)}, figure.Point{X: x.At(t.Ready), Y: y.At(t.Expected)})
	}
	for _, t := range p.Trace {
		c.Dot(x.At(t.Ready), y.At(t.Measured), 2.1, color)
	}
}

// drawTails draws the share of tasks that differ by more, on logarithmic scales.
func drawTails(c *figure.Canvas, list []pathResult, box figure.Box) {
	heading(c, box.X0-loadLabels, box.Y0, "Tasks that start earlier or later than the recursion says by more than a time")
	x := figure.Scale{Min: 1, Max: 20_000, From: box.X0, To: box.X1, Log: true}
	y := figure.Scale{Min: 0.001, Max: 1, From: box.Y1, To: box.Y0, Log: true}
	for _, v := range []float64{0.001, 0.01, 0.1, 1} {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: box.X0, Y: y.At(v)}, figure.Point{X: box.X1, Y: y.At(v)})
		c.Text(box.X0-6, y.At(v), fmt.Sprintf("%g%%", 100*v), figure.Style{Size: 10, Color: c.Muted, Align: figure.Right})
	}
	for _, v := range []float64{1, 10, 100, 1000, 10_000} {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: box.Y0}, figure.Point{X: x.At(v), Y: box.Y1})
		c.Text(x.At(v), box.Y1+14, (time.Duration(v) * time.Microsecond).String(), figure.Style{Size: 10, Color: c.Muted, Align: figure.Center})
	}
	tail := func(grid []float64, s figure.Stroke) {
		var line []figure.Point
		for i, q := range quantileGrid() {
			if i < len(grid) && 1-q >= y.Min {
				line = append(line, figure.Point{X: x.At(max(grid[i], 1)), Y: y.At(1 - q)})
			}
		}
		c.Line(s, line...)
	}
	style := figure.Style{Size: 10.5, Color: c.Ink}
	for i, p := range list {
		tail(p.Draws, figure.Stroke{Color: c.Series(i), Width: 1.6, Dash: dashes})
		tail(p.Real, figure.Stroke{Color: c.Series(i), Width: 2.2})
		at := box.Y1 + 34 + 17*float64(i)
		c.Line(figure.Stroke{Color: c.Series(i), Width: 2.2}, figure.Point{X: box.X0, Y: at}, figure.Point{X: box.X0 + 24, Y: at})
		c.Text(box.X0+31, at, fmt.Sprintf("%s: p99 %.0f us, dashed %.0f us", p.Limit, at99(p.Real), at99(p.Draws)), style)
	}
	goal := figure.Style{Size: 10.5, Bold: true, Color: c.Ink, Align: figure.Right}
	text := fmt.Sprintf("goal: p99 at most %d us", mostLate)
	c.Ring(x.At(mostLate), y.At(0.01), 6, figure.Stroke{Color: c.Alarm, Width: 2})
	c.Text(x.At(mostLate)-42, y.At(0.01)+20, text, goal)
}

func at99(grid []float64) float64 { return at(grid, 0.99) }
