package figure

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Inline is a figure as SVG for a page whose colours follow the reader's theme: it is drawn in
// the light theme and in the dark one, and has their shapes once. The colours are classes of
// the page, see Colors.CSS.
//
// It is a tenth of the size of package vgsvg's: coordinates are whole tenths of a point, lines
// have no points that nobody would miss, and shapes of one look share an element.
func Inline(light, dark Figure, colors *Colors) (string, error) {
	a, b := record(light, Light), record(dark, Dark)
	if !slices.EqualFunc(a, b, func(x, y shape) bool { return x.look == y.look && (x.data == y.data || x.picture) }) {
		return "", errors.New("the themes draw different shapes")
	}
	var out strings.Builder
	fmt.Fprintf(&out, `<svg viewBox="0 0 %d %d" aria-hidden="true">`, tenths(Width), tenths(light.FullHeight()))
	for i := 0; i < len(a); {
		if a[i].picture {
			fmt.Fprintf(&out, a[i].look+b[i].look, "light", a[i].data, "dark", b[i].data)
			i++
			continue
		}
		class := strconv.Itoa(colors.class(a[i].color, b[i].color))
		data, next := a[i].data, i+1
		for ; next < len(a) && a[i].merges && a[next].look == a[i].look && a[next].color == a[i].color && b[next].color == b[i].color; next++ {
			data += a[next].data
		}
		fmt.Fprintf(&out, a[i].look, class, data)
		i = next
	}
	out.WriteString("</svg>")
	return out.String(), nil
}

// Colors are the colours of a page's charts: pairs of a light theme's and a dark theme's.
type Colors struct{ pairs [][2]color.NRGBA }

func (c *Colors) class(light, dark color.NRGBA) int {
	pair := [2]color.NRGBA{light, dark}
	if i := slices.Index(c.pairs, pair); i >= 0 {
		return i
	}
	c.pairs = append(c.pairs, pair)
	return len(c.pairs) - 1
}

// CSS are the rules of the classes: fN fills, and sN strokes, with the N-th colour.
func (c *Colors) CSS() string {
	var light, dark, rules strings.Builder
	for i, p := range c.pairs {
		fmt.Fprintf(&light, "--c%d:%s;", i, hex(p[0]))
		fmt.Fprintf(&dark, "--c%d:%s;", i, hex(p[1]))
		fmt.Fprintf(&rules, ".f%d{fill:var(--c%d)}.s%d{stroke:var(--c%d);fill:none}\n", i, i, i, i)
	}
	return fmt.Sprintf(":root{%s}.only-dark{display:none}\n@media (prefers-color-scheme: dark) {:root{%s}.only-light{display:none}.only-dark{display:inline}}\n%s", &light, &dark, &rules)
}

func hex(c color.NRGBA) string {
	if c.A == 255 {
		return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	}
	return fmt.Sprintf("#%02x%02x%02x%02x", c.R, c.G, c.B, c.A)
}

// shape is an element: look is its text, with room for the class of its colour and for its
// data.
type shape struct {
	look, data string
	color      color.NRGBA
	merges     bool // may share its element with the next one
	picture    bool // its data are pixels, which each theme has of its own
}

// record draws a figure, and returns its shapes.
func record(f Figure, theme Theme) []shape {
	r := &recorder{height: f.FullHeight()}
	f.drawOn(&Canvas{Theme: theme, Width: Width, Height: r.height, vg: r})
	return r.shapes
}

// recorder is a vg.Canvas that keeps shapes. Its Y axis points up, theirs down.
type recorder struct {
	height  float64
	shapes  []shape
	color   color.NRGBA
	width   vg.Length
	dash    []vg.Length
	at      vg.Point
	upright bool
	saved   []vg.Point
}

func (r *recorder) SetLineWidth(w vg.Length)                  { r.width = w }
func (r *recorder) SetLineDash(dash []vg.Length, _ vg.Length) { r.dash = dash }
func (r *recorder) Scale(float64, float64)                    { panic("figures do not scale") }
func (r *recorder) Translate(p vg.Point)                      { r.at.X, r.at.Y = r.at.X+p.X, r.at.Y+p.Y }
func (r *recorder) Rotate(float64)                            { r.upright = true } // Canvas.Upright alone does
func (r *recorder) Push()                                     { r.saved = append(r.saved, r.at) }

func (r *recorder) Pop() {
	r.at, r.upright = r.saved[len(r.saved)-1], false
	r.saved = r.saved[:len(r.saved)-1]
}

func (r *recorder) SetColor(c color.Color) { r.color = color.NRGBAModel.Convert(c).(color.NRGBA) }

func tenths(points float64) int { return int(math.Round(10 * points)) }

func (r *recorder) point(p vg.Point) [2]int {
	return [2]int{tenths(float64(r.at.X + p.X)), tenths(r.height - float64(r.at.Y+p.Y))}
}

func (r *recorder) add(look, data string, merges bool) {
	if r.color.A > 0 && data != "" {
		r.shapes = append(r.shapes, shape{look: look, data: data, color: r.color, merges: merges && r.color.A == 255})
	}
}

func (r *recorder) Fill(p vg.Path) {
	if x, y, radius, ok := r.circle(p); ok {
		// A line of no length with a round end is a dot.
		r.add(fmt.Sprintf(`<path class="s%%s" stroke-linecap="round" stroke-width="%d" d="%%s"/>`, 2*radius), fmt.Sprintf("M%d %dh0", x, y), true)
		return
	}
	r.add(`<path class="f%s" d="%s"/>`, r.data(p), len(p) == 5) // shapes that cross could cancel each other
}

func (r *recorder) Stroke(p vg.Path) {
	if r.width <= 0 {
		return
	}
	look := fmt.Sprintf(`<path class="s%%s" stroke-width="%d"`, tenths(float64(r.width)))
	if len(r.dash) > 0 {
		var lengths []string
		for _, d := range r.dash {
			lengths = append(lengths, strconv.Itoa(tenths(float64(d))))
		}
		look += fmt.Sprintf(` stroke-dasharray="%s"`, strings.Join(lengths, " "))
	}
	look += ` d="%s"/>`
	if x, y, radius, ok := r.circle(p); ok {
		r.add(look, fmt.Sprintf("M%d %da%d %d 0 1 0 %d 0a%d %d 0 1 0 %d 0z", x-radius, y, radius, radius, 2*radius, radius, radius, -2*radius), true)
		return
	}
	r.add(look, r.data(p), true)
}

// circle recognises the path of a circle.
func (r *recorder) circle(p vg.Path) (x, y, radius int, ok bool) {
	for _, c := range p {
		if c.Type == vg.ArcComp {
			at := r.point(c.Pos)
			return at[0], at[1], tenths(float64(c.Radius)), true
		}
	}
	return 0, 0, 0, false
}

// data is a path of straight lines.
func (r *recorder) data(p vg.Path) string {
	points := make([][2]int, 0, len(p))
	closes := false
	for _, c := range p {
		switch c.Type {
		case vg.MoveComp, vg.LineComp:
			points = append(points, r.point(c.Pos))
		case vg.CloseComp:
			closes = true
		}
	}
	var out strings.Builder
	last := [2]int{}
	for i, pt := range simplify(points) {
		dx, dy := pt[0]-last[0], pt[1]-last[1]
		switch {
		case i == 0:
			fmt.Fprintf(&out, "M%d %d", pt[0], pt[1])
		case dx == 0:
			fmt.Fprintf(&out, "v%d", dy)
		case dy == 0:
			fmt.Fprintf(&out, "h%d", dx)
		default:
			fmt.Fprintf(&out, "l%d %d", dx, dy)
		}
		last = pt
	}
	if closes {
		out.WriteString("z")
	}
	return strings.ReplaceAll(out.String(), " -", "-")
}

// mostMoved is by how much a line may move where points of it are left out, in tenths of a
// point.
const mostMoved = 2.0

// simplify leaves out points that are nearly on the line without them (Douglas and Peucker,
// 1973).
func simplify(points [][2]int) [][2]int {
	points = slices.Compact(points)
	if len(points) < 3 {
		return points
	}
	keep := make([]bool, len(points))
	keep[0], keep[len(points)-1] = true, true
	for todo := [][2]int{{0, len(points) - 1}}; len(todo) > 0; {
		from, to := todo[len(todo)-1][0], todo[len(todo)-1][1]
		todo = todo[:len(todo)-1]
		far, at := mostMoved, -1
		for i := from + 1; i < to; i++ {
			if d := distanceTo(points[from], points[to], points[i]); d > far {
				far, at = d, i
			}
		}
		if at > 0 {
			keep[at] = true
			todo = append(todo, [2]int{from, at}, [2]int{at, to})
		}
	}
	out := points[:0:0]
	for i, p := range points {
		if keep[i] {
			out = append(out, p)
		}
	}
	return out
}

// distanceTo is how far a point is from the line between two others.
func distanceTo(a, b, p [2]int) float64 {
	dx, dy := float64(b[0]-a[0]), float64(b[1]-a[1])
	x, y := float64(p[0]-a[0]), float64(p[1]-a[1])
	length := dx*dx + dy*dy
	if length == 0 {
		return math.Hypot(x, y)
	}
	part := min(max((x*dx+y*dy)/length, 0), 1)
	return math.Hypot(x-part*dx, y-part*dy)
}

func (r *recorder) FillString(f font.Face, p vg.Point, text string) {
	if r.upright { // p is relative to the turned axes
		p = vg.Point{X: -p.Y, Y: p.X}
	}
	at := r.point(p)
	// A reader's font may be wider than ours; it is squeezed into our width.
	look := fmt.Sprintf(`<text class="f%%s" font-size="%d" textLength="%d" lengthAdjust="spacingAndGlyphs"`, tenths(float64(f.Font.Size)), tenths(float64(f.Width(text))))
	if f.Font.Weight > 0 {
		look += ` font-weight="bold"`
	}
	if r.upright {
		look += fmt.Sprintf(` transform="translate(%d %d)rotate(-90)"`, at[0], at[1])
	} else {
		look += fmt.Sprintf(` x="%d" y="%d"`, at[0], at[1])
	}
	r.add(look+`>%s</text>`, html.EscapeString(text), false)
}

func (r *recorder) DrawImage(rect vg.Rectangle, img image.Image) {
	var b bytes.Buffer
	if png.Encode(&b, img) != nil {
		return
	}
	corner := r.point(vg.Point{X: rect.Min.X, Y: rect.Max.Y})
	look := fmt.Sprintf(`<image class="only-%%s" x="%d" y="%d" width="%d" height="%d" preserveAspectRatio="none" href="data:image/png;base64,%%s"/>`,
		corner[0], corner[1], tenths(float64(rect.Max.X-rect.Min.X)), tenths(float64(rect.Max.Y-rect.Min.Y)))
	r.shapes = append(r.shapes, shape{look: look, data: base64.StdEncoding.EncodeToString(b.Bytes()), picture: true})
}
