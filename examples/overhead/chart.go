package main

import (
	"errors"
	"image/color"
	"os"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// sans is drawn in Liberation Sans, which gonum brings along.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

// drawChart draws the costs as a PNG: a dot at the median, a line between the quartiles, on
// a logarithmic scale.
func drawChart(costs []cost, file string) error {
	plot.DefaultFont, plotter.DefaultFont = sans, sans
	p := plot.New()
	p.Title.Text = "What a strategy costs per empty task"
	p.Title.Padding = vg.Points(12)
	p.X.Padding, p.Y.Padding = vg.Points(6), vg.Points(6)
	p.X.Label.Text = "ns per task: median and quartiles of the rounds, logarithmic"
	p.X.Scale = plot.LogScale{}
	p.X.Tick.Marker = plot.LogTicks{Prec: -1}
	grid := plotter.NewGrid()
	grid.Horizontal.Color = nil
	grid.Vertical.Color = color.Gray{Y: 225}
	p.Add(grid)

	costs = slices.Clone(costs)
	slices.Reverse(costs) // the cheapest on top
	var names []string
	var dots plotter.XYs
	for i, c := range costs {
		y := float64(i)
		name, _, _ := strings.Cut(c.strategy, ":")
		names = append(names, name)
		dots = append(dots, plotter.XY{X: c.ns, Y: y})
		between, err := plotter.NewLine(plotter.XYs{{X: c.low, Y: y}, {X: c.high, Y: y}})
		if err != nil {
			return err
		}
		between.Color, between.Width = blue, vg.Points(2)
		p.Add(between)
	}
	medians, err := plotter.NewScatter(dots)
	if err != nil {
		return err
	}
	medians.GlyphStyle = draw.GlyphStyle{Color: blue, Radius: vg.Points(3.5), Shape: draw.CircleGlyph{}}
	p.Add(medians)
	p.NominalY(names...)
	p.X.Min, p.X.Max = costs[len(costs)-1].ns/1.5, costs[0].ns*1.5
	img := vgimg.PngCanvas{Canvas: vgimg.NewWith(
		vgimg.UseWH(9*vg.Inch, vg.Length(len(costs))*0.24*vg.Inch+1.2*vg.Inch), vgimg.UseDPI(144),
	)}
	const margin = 0.1 * vg.Inch
	p.Draw(draw.Crop(draw.New(img), margin, -margin, margin, -margin))
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = img.WriteTo(f)
	return errors.Join(err, f.Close())
}

var blue = color.NRGBA{R: 0, G: 114, B: 178, A: 255} // Okabe and Ito's
