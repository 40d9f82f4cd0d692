package figure

import "math"

// Marks is the number of marks that differ in shape, so that they can be distinguished without
// colour.
const Marks = 20

// Mark draws the i-th mark at a position, about as large as a dot of that radius. The marks repeat
// after the last one. The inside of open marks is transparent.
func (c *Canvas) Mark(i int, x, y, radius float64, color Color) {
	i %= Marks
	s := Stroke{Color: color, Width: math.Max(0.36*radius, 1)}
	at := func(dx, dy float64) Point { return Point{x + radius*dx, y - radius*dy} }
	line := func(dx, dy float64) { c.Line(s, at(-dx, -dy), at(dx, dy)) }
	switch i {
	case 0:
		c.Dot(x, y, radius, color)
		return
	case 7:
		c.Dot(x, y, radius, c.Background)
		c.Ring(x, y, 0.85*radius, s)
		return
	case 14: // plus
		line(1.1, 0)
		line(0, 1.1)
		return
	case 15: // x
		line(0.85, 0.85)
		line(0.85, -0.85)
		return
	case 16: // asterisk
		line(1.1, 0)
		line(0.55, 0.95)
		line(0.55, -0.95)
		return
	case 17: // a dot in a ring
		c.Dot(x, y, 1.1*radius, c.Background)
		c.Ring(x, y, 1.05*radius, s)
		c.Dot(x, y, 0.45*radius, color)
		return
	case 18: // a plus in a square
		c.outline(s, at, square)
		line(0.8, 0)
		line(0, 0.8)
		return
	case 19: // bar
		c.Rect(x-0.4*radius, y-1.2*radius, x+0.4*radius, y+1.2*radius, color)
		return
	}
	shape := []func() []Point{square, triangle, diamond, upsideDown, star, hourglass}[(i-1)%7]
	if i < 7 {
		var points []Point
		for _, p := range shape() {
			points = append(points, at(p.X, p.Y))
		}
		c.Polygon(color, points...)
		return
	}
	c.outline(s, at, shape)
}

// outline draws an open shape.
func (c *Canvas) outline(s Stroke, at func(dx, dy float64) Point, shape func() []Point) {
	var points []Point
	for _, p := range shape() {
		points = append(points, at(0.92*p.X, 0.92*p.Y))
	}
	c.Polygon(c.Background, points...)
	c.stroke(s, closed(c.path(points)))
}

// The shapes, in multiples of the radius, with y upwards.
func square() []Point     { return []Point{{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}} }
func triangle() []Point   { return []Point{{-1.1, -0.85}, {1.1, -0.85}, {0, 1.15}} }
func upsideDown() []Point { return []Point{{-1.1, 0.85}, {1.1, 0.85}, {0, -1.15}} }
func diamond() []Point    { return []Point{{0, -1.3}, {1.1, 0}, {0, 1.3}, {-1.1, 0}} }
func hourglass() []Point  { return []Point{{-1, -1}, {1, -1}, {-1, 1}, {1, 1}} }

// star has five points.
func star() (out []Point) {
	for k := range 10 {
		r := 1.35
		if k%2 == 1 {
			r = 0.55
		}
		angle := math.Pi/2 + float64(k)*math.Pi/5
		out = append(out, Point{r * math.Cos(angle), r * math.Sin(angle)})
	}
	return out
}
