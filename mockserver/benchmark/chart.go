//go:build linux

package main

import (
	"image/color"
	"os"
	"slices"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// palette is Okabe and Ito's, which also the colour-blind can tell apart.
var palette = []color.RGBA{
	{0xd5, 0x5e, 0x00, 0xff},
	{0xe6, 0x9f, 0x00, 0xff},
	{0x00, 0x00, 0x00, 0xff},
	{0x00, 0x72, 0xb2, 0xff},
	{0x56, 0xb4, 0xe9, 0xff},
	{0x00, 0x9e, 0x73, 0xff},
	{0xcc, 0x79, 0xa7, 0xff},
}

// drawChart draws how late answers are at p99 against the delay, a panel for each number
// of connections. Not the error, which is below nothing where a delay is kept better
// than none.
func (r *results) drawChart(path string) error {
	plot.DefaultFont = font.Font{Typeface: "Liberation", Variant: "Sans"}
	plotter.DefaultFont = plot.DefaultFont
	legend := plot.NewLegend()
	legend.Top, legend.Left = true, true
	legend.Padding = vg.Points(4)
	var panels []*plot.Plot
	for _, n := range connectionsIn(r.Cells) {
		p, err := r.panel(n, &legend)
		if err != nil {
			return err
		}
		panels = append(panels, p)
	}
	const width, height, margin = 4.2 * vg.Inch, 3.6 * vg.Inch, 1.3 * vg.Inch
	canvas := vgimg.NewWith(vgimg.UseWH(vg.Length(len(panels))*width+margin, height), vgimg.UseDPI(144))
	all := draw.New(canvas)
	legend.Draw(draw.Crop(all, vg.Length(len(panels))*width, 0, 0, -0.4*vg.Inch))
	tiles := draw.Tiles{Rows: 1, Cols: len(panels), PadX: 4 * vg.Millimeter, PadTop: 2 * vg.Millimeter, PadBottom: 2 * vg.Millimeter, PadLeft: 2 * vg.Millimeter, PadRight: 4 * vg.Millimeter}
	for i, c := range plot.Align([][]*plot.Plot{panels}, tiles, draw.Crop(all, 0, -margin, 0, 0))[0] {
		panels[i].Draw(c)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		return err
	}
	return f.Close()
}

// leastDrawn is where the logarithmic axis begins: an answer that is early, or late by
// less, is drawn there.
const leastDrawn = 10 * time.Microsecond

// panel draws one number of connections. Every server is in the legend once.
func (r *results) panel(connections int, legend *plot.Legend) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = countConnections(connections)
	p.X.Label.Text, p.Y.Label.Text = "delay asked for", "late, p99"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = durationTicks(10*time.Microsecond, 100*time.Microsecond, time.Millisecond, 10*time.Millisecond, 100*time.Millisecond)
	p.X.Tick.Marker = durationTicks(100*time.Microsecond, time.Millisecond, 10*time.Millisecond, 100*time.Millisecond)
	grid := plotter.NewGrid()
	grid.Vertical.Width = 0
	grid.Horizontal.Color = color.Gray{0xdd}
	p.Add(grid)
	var names []string
	lines := map[string]plotter.XYs{}
	most := time.Millisecond
	for _, c := range r.Cells {
		if !slices.Contains(names, c.Server) {
			names = append(names, c.Server)
		}
		if c.Connections == connections {
			lines[c.Server] = append(lines[c.Server], plotter.XY{X: float64(c.Delay), Y: float64(max(c.Late.P99, leastDrawn))})
			most = max(most, c.Late.P99)
		}
	}
	for i, name := range names {
		if len(lines[name]) == 0 {
			continue
		}
		line, points, err := plotter.NewLinePoints(lines[name])
		if err != nil {
			return nil, err
		}
		line.Color, points.Color = palette[i%len(palette)], palette[i%len(palette)]
		line.Width, points.Shape, points.Radius = vg.Points(1.5), draw.CircleGlyph{}, vg.Points(2)
		p.Add(line, points)
		if connections == r.Cells[0].Connections {
			legend.Add(name, line)
		}
	}
	p.X.Min, p.X.Max = float64(90*time.Microsecond), float64(120*time.Millisecond)
	p.Y.Min, p.Y.Max = float64(leastDrawn), 1.2*float64(most)
	return p, nil
}

func durationTicks(at ...time.Duration) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, d := range at {
		ticks = append(ticks, plot.Tick{Value: float64(d), Label: d.String()})
	}
	return ticks
}
