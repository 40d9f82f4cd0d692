package figure

import (
	"math"
	"slices"
)

// Label names a point.
type Label struct {
	At   Point
	Text string
	Near bool // leave it out rather than connect it to its point by a line
}

// Labels writes each label within the box, near its point and nearer to it than to other labels'
// points, without covering another label or a taken box. A label that is further away is
// connected to its point by a line. A label without a possible place is left out, and its index
// is returned.
func (c *Canvas) Labels(labels []Label, s Style, within Box, taken []Box) (left []int) {
	s.Align = Left
	taken = append([]Box{}, taken...)
	var written []Box // labels and their connecting lines
	for i, l := range labels {
		width, height := s.Width(l.Text), s.Size*1.15
		place, far, ok := free(labels, i, width, height, within, append(taken, written...), written)
		if !ok || far && l.Near {
			left = append(left, i)
			continue
		}
		written = append(written, Box{place.X0 - labelGap, place.Y0, place.X1 + labelGap, place.Y1})
		if far {
			end := nearest(l.At, place)
			c.Line(Stroke{Color: c.Muted, Width: 0.6, Dash: []float64{1.2, 1.6}}, l.At, end) // unlike any line of a chart
			written = append(written, along(l.At, end, clearance)...)
		}
		c.Text(place.X0, (place.Y0+place.Y1)/2, l.Text, s)
	}
	return left
}

// labelGap is the distance in points that keeps labels on one line from reading as one word.
const labelGap = 5.0

// clearance is the length of a connecting line that may cover others, in points from the point.
const clearance = 4.0

// nearest is the point of a box that is nearest to p.
func nearest(p Point, b Box) Point {
	return Point{min(max(p.X, b.X0), b.X1), min(max(p.Y, b.Y0), b.Y1)}
}

// along returns small boxes that cover a line, except for a stretch at its beginning.
func along(from, to Point, skip float64) []Box {
	const apart, half = 3.0, 1.0
	length := math.Hypot(to.X-from.X, to.Y-from.Y)
	var out []Box
	for d := skip; d < length; d += apart {
		x, y := from.X+(to.X-from.X)*d/length, from.Y+(to.Y-from.Y)*d/length
		out = append(out, Box{x - half, y - half, x + half, y + half})
	}
	return out
}

// Along returns small boxes that cover the line through the points, to keep labels off it.
func Along(points []Point) []Box {
	const near = 1.0 // points: short pieces of a line are merged into longer ones
	var out []Box
	from := 0
	for i := 1; i < len(points); i++ {
		if math.Hypot(points[i].X-points[from].X, points[i].Y-points[from].Y) < near {
			continue
		}
		out = append(out, along(points[from], points[i], 0)...)
		from = i
	}
	return out
}

// free is a place of the given size near the i-th label's point, as near as possible. It covers
// nothing taken and is not nearer to another label's point. Its connecting line, if needed,
// crosses nothing written.
func free(labels []Label, i int, width, height float64, within Box, taken, written []Box) (place Box, far, ok bool) {
	at := labels[i].At
	const near = 7.0 // points between a point and its label
	for radius := near; radius < 300; radius += 6 {
		for k := range 16 {
			// Right and left first, then the directions in between.
			angle := []float64{0, 1, 0.25, -0.25, 0.75, -0.75, 0.5, -0.5, 0.125, -0.125, 0.875, -0.875, 0.375, -0.375, 0.625, -0.625}[k] * math.Pi
			x, y := at.X+radius*math.Cos(angle), at.Y-radius*math.Sin(angle)
			// The label's edge, not its centre, is at the radius.
			x -= width * (1 - math.Cos(angle)) / 2
			b := Box{x, y - height/2, x + width, y + height/2}
			if b.X0 < within.X0 || b.X1 > within.X1 || b.Y0 < within.Y0 || b.Y1 > within.Y1 || overlaps(b, taken) {
				continue
			}
			far := radius > 3*near
			if !far && misleads(labels, i, b) {
				continue
			}
			if far && slices.ContainsFunc(along(at, nearest(at, b), clearance), func(step Box) bool { return overlaps(step, written) }) {
				continue
			}
			return b, far, true
		}
	}
	return Box{}, false, false
}

// misleads reports whether a place is nearer to another label's point than to the i-th one's, so
// that the label could be read as the other's name.
func misleads(labels []Label, i int, b Box) bool {
	distance := func(p Point) float64 { n := nearest(p, b); return math.Hypot(p.X-n.X, p.Y-n.Y) }
	own := distance(labels[i].At)
	return slices.ContainsFunc(labels, func(l Label) bool { return l.At != labels[i].At && distance(l.At) < own })
}

func overlaps(b Box, taken []Box) bool {
	for _, t := range taken {
		if b.X0 < t.X1 && t.X0 < b.X1 && b.Y0 < t.Y1 && t.Y0 < b.Y1 {
			return true
		}
	}
	return false
}
