package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/figure"
)

// Sizes of the chart, in points.
const (
	heldColumns = 3
	heldRow     = 15.0
	heldHead    = 30.0 // above a panel: its title
	heldAxis    = 34.0 // below a panel: its axis
	heldNames   = 128.0
	heldGap     = 22.0
)

// figure has a panel for each situation, and in it a row for each strategy: the interval of the prediction and
// what was measured, both by the prediction.
func (r *heldResults) figure() figure.Figure {
	var situations, strategies []string
	all, held, reach := 0, 0, 0.05
	var offs []float64
	for _, c := range r.Cells {
		if !slices.Contains(situations, c.Situation) {
			situations = append(situations, c.Situation)
		}
		if !slices.Contains(strategies, c.Strategy) {
			strategies = append(strategies, c.Strategy)
		}
		if c.Known == nil || len(c.Measured) == 0 {
			continue
		}
		all, held = all+len(c.Measured), held+heldBy(*c.Known, c.Measured)
		offs = append(offs, math.Abs(c.off(c.Known)))
		for _, v := range append([]float64{c.Known.Low, c.Known.High}, c.Measured...) {
			reach = max(reach, math.Abs(v/c.Known.Seconds-1))
		}
	}
	title := "Nothing was predicted"
	if all > 0 {
		title = fmt.Sprintf("%d of %d batches lie in their predicted interval; median error %.1f%%", held, all, 100*stat.Median(offs))
	}
	panel := heldHead + heldRow*float64(len(strategies)) + heldAxis
	lines := (len(situations) + heldColumns - 1) / heldColumns
	return figure.Figure{
		Title:    title,
		Subtitle: fmt.Sprintf("Makespan of %d tasks, by its prediction from %d rounds of %d tasks. Bar: the 95%% prediction interval. Rings: batches that were measured afterwards.", r.Tasks*r.Factor, r.Rounds, r.Tasks),
		Note:     "Predicted from the distribution that the scenario states; the batches have other latencies from it. Refused: predict says that it does not know, and what to measure instead.",
		Height:   panel * float64(max(1, lines)),
		Draw: func(c *figure.Canvas, box figure.Box) {
			wide := (box.X1 - box.X0 - heldNames - heldGap*(heldColumns-1)) / heldColumns
			for i, situation := range situations {
				left := box.X0 + heldNames + float64(i%heldColumns)*(wide+heldGap)
				top := box.Y0 + float64(i/heldColumns)*panel + heldHead
				at := figure.Box{X0: left, Y0: top, X1: left + wide, Y1: top + heldRow*float64(len(strategies))}
				if i%heldColumns == 0 {
					for j, s := range strategies {
						name, _, _ := strings.Cut(s, ",")
						c.Text(box.X0, top+heldRow*(float64(j)+0.5), name, figure.Style{Size: 9.5, Color: c.Ink})
					}
				}
				r.panel(c, at, situation, strategies, reach)
			}
		},
	}
}

func (r *heldResults) panel(c *figure.Canvas, box figure.Box, situation string, strategies []string, reach float64) {
	heading(c, box.X0, box.Y0, situation)
	x := figure.Scale{Min: 1 - reach, Max: 1 + reach, From: box.X0, To: box.X1}
	for _, v := range x.Ticks(5) {
		c.Line(figure.Stroke{Color: c.Faint, Width: 0.8}, figure.Point{X: x.At(v), Y: box.Y0}, figure.Point{X: x.At(v), Y: box.Y1})
		c.Text(x.At(v), box.Y1+11, fmt.Sprintf("%.4g", v), figure.Style{Size: 9, Color: c.Muted, Align: figure.Center})
	}
	c.Line(figure.Stroke{Color: c.Muted, Width: 1}, figure.Point{X: x.At(1), Y: box.Y0}, figure.Point{X: x.At(1), Y: box.Y1})
	for _, of := range r.Cells {
		if of.Situation != situation {
			continue
		}
		y := box.Y0 + heldRow*(float64(slices.Index(strategies, of.Strategy))+0.5)
		m := of.Known
		if m == nil {
			c.Text(x.At(1)+5, y, "refused", figure.Style{Size: 9, Color: c.Muted})
			continue
		}
		c.Line(figure.Stroke{Color: c.Tint(c.Series(0), 0.45), Width: 5}, figure.Point{X: x.At(m.Low / m.Seconds), Y: y}, figure.Point{X: x.At(m.High / m.Seconds), Y: y})
		for _, v := range of.Measured {
			c.Ring(x.At(v/m.Seconds), y, 2.8, figure.Stroke{Color: c.Ink, Width: 1})
		}
	}
}
