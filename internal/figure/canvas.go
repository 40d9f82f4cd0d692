package figure

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
)

// Color is a colour without premultiplied alpha.
type Color = color.NRGBA

// Canvas is a drawing area measured in points (1/72 inch). The origin is the top left corner, x
// goes to the right and y goes down.
type Canvas struct {
	Theme
	Width, Height float64
	vg            vg.Canvas
}

// Point is a position on a canvas.
type Point struct{ X, Y float64 }

// Stroke is the style of a line.
type Stroke struct {
	Color Color
	Width float64
	Dash  []float64 // lengths of marks and gaps; nil for a line without gaps
}

func (c *Canvas) point(x, y float64) vg.Point {
	return vg.Point{X: vg.Length(x), Y: vg.Length(c.Height - y)}
}

// Rect fills the rectangle between two corners.
func (c *Canvas) Rect(x0, y0, x1, y1 float64, fill Color) {
	c.Polygon(fill, Point{x0, y0}, Point{x1, y0}, Point{x1, y1}, Point{x0, y1})
}

// Polygon fills the area within the points.
func (c *Canvas) Polygon(fill Color, points ...Point) {
	if len(points) < 3 {
		return
	}
	c.vg.SetColor(fill)
	c.vg.Fill(closed(c.path(points)))
}

// Line draws a line through the points.
func (c *Canvas) Line(s Stroke, points ...Point) {
	if len(points) < 2 {
		return
	}
	c.stroke(s, c.path(points))
}

// Frame draws the outline of the rectangle between two corners.
func (c *Canvas) Frame(s Stroke, x0, y0, x1, y1 float64) {
	c.stroke(s, closed(c.path([]Point{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}})))
}

func closed(p vg.Path) vg.Path { return append(p, vg.PathComp{Type: vg.CloseComp}) }

func (c *Canvas) stroke(s Stroke, p vg.Path) {
	c.vg.SetColor(s.Color)
	c.vg.SetLineWidth(vg.Length(s.Width))
	var dash []vg.Length
	for _, d := range s.Dash {
		dash = append(dash, vg.Length(d))
	}
	c.vg.SetLineDash(dash, 0)
	c.vg.Stroke(p)
}

func (c *Canvas) path(points []Point) vg.Path {
	p := make(vg.Path, 0, len(points)+1)
	for i, pt := range points {
		if i == 0 {
			p.Move(c.point(pt.X, pt.Y))
		} else {
			p.Line(c.point(pt.X, pt.Y))
		}
	}
	return p
}

// Dot fills a circle.
func (c *Canvas) Dot(x, y, radius float64, fill Color) {
	c.vg.SetColor(fill)
	c.vg.Fill(c.circle(x, y, radius))
}

// Ring draws a circle.
func (c *Canvas) Ring(x, y, radius float64, s Stroke) { c.stroke(s, c.circle(x, y, radius)) }

func (c *Canvas) circle(x, y, radius float64) vg.Path {
	var p vg.Path
	p.Move(c.point(x+radius, y))
	p.Arc(c.point(x, y), vg.Length(radius), 0, 2*math.Pi)
	p.Close()
	return p
}

// Cross draws an x.
func (c *Canvas) Cross(x, y, radius float64, s Stroke) {
	c.Line(s, Point{x - radius, y - radius}, Point{x + radius, y + radius})
	c.Line(s, Point{x - radius, y + radius}, Point{x + radius, y - radius})
}

// Hatch draws parallel lines within a box, at 45 degrees: rising to the right, falling, or both.
func (c *Canvas) Hatch(s Stroke, b Box, rising, falling bool) {
	const apart = 4.5 // points
	height := b.Y1 - b.Y0
	for x := b.X0 - height + apart/2; x < b.X1; x += apart {
		from, to := math.Max(x, b.X0), math.Min(x+height, b.X1)
		if from >= to {
			continue
		}
		if rising {
			c.Line(s, Point{from, b.Y1 - (from - x)}, Point{to, b.Y1 - (to - x)})
		}
		if falling {
			c.Line(s, Point{from, b.Y0 + (from - x)}, Point{to, b.Y0 + (to - x)})
		}
	}
}

// Image draws an image into the rectangle between two corners.
func (c *Canvas) Image(x0, y0, x1, y1 float64, img image.Image) {
	c.vg.DrawImage(vg.Rectangle{Min: c.point(x0, y1), Max: c.point(x1, y0)}, img)
}
