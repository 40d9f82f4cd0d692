package figure

import (
	"math"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// The fonts of all figures. Package gonum.org/v1/plot/font/liberation would bring ten more, of
// which a program has to carry 4 MB.
var (
	regular = font.Font{Typeface: "Liberation", Variant: "Sans"}
	bold    = font.Font{Typeface: "Liberation", Variant: "Sans", Weight: stdfont.WeightBold}
	fonts   = font.NewCache(font.Collection{face(regular, liberationsansregular.TTF), face(bold, liberationsansbold.TTF)})
)

func face(f font.Font, ttf []byte) font.Face {
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		panic(err) // it is a part of this program
	}
	return font.Face{Font: f, Face: parsed}
}

// Align selects which end of a text is at its given position.
type Align float64

// The alignments of a text.
const (
	Left   Align = 0
	Center Align = 0.5
	Right  Align = 1
)

// Style is the style of a text.
type Style struct {
	Size  float64 // points
	Bold  bool
	Color Color
	Align Align
}

func (s Style) face() font.Face {
	f := regular
	if s.Bold {
		f = bold
	}
	return fonts.Lookup(f, vg.Length(s.Size))
}

// Width is the width of the text, in points.
func (s Style) Width(text string) float64 {
	f := s.face()
	return float64(f.Width(text))
}

// Text writes one line, vertically centred (by a capital letter) at y.
func (c *Canvas) Text(x, y float64, text string, s Style) {
	f := s.face()
	x -= float64(s.Align) * float64(f.Width(text))
	const capHeight = 0.72 // of Liberation Sans, relative to its size
	c.vg.SetColor(s.Color)
	c.vg.FillString(f, c.point(x, y+s.Size*capHeight/2), text)
}

// Upright writes one line that reads from bottom to top, centred at x, y.
func (c *Canvas) Upright(x, y float64, text string, s Style) {
	f := s.face()
	const capHeight = 0.72
	p := c.point(x+s.Size*capHeight/2, y)
	c.vg.Push()
	c.vg.Translate(p)
	c.vg.Rotate(math.Pi / 2)
	c.vg.SetColor(s.Color)
	c.vg.FillString(f, vg.Point{X: -f.Width(text) / 2}, text)
	c.vg.Pop()
}

// Paragraph writes text from y down, broken into lines no wider than width, and returns the y
// below it. The line spacing is 1.35 times the size.
func (c *Canvas) Paragraph(x, y, width float64, text string, s Style) float64 {
	for _, line := range s.Wrap(text, width) {
		c.Text(x, y+s.leading()/2, line, s)
		y += s.leading()
	}
	return y
}

func (s Style) leading() float64 { return 1.35 * s.Size }

// height is the height of a paragraph, in points.
func (s Style) height(text string, width float64) float64 {
	return float64(len(s.Wrap(text, width))) * s.leading()
}

// Wrap breaks a text at its spaces into lines no wider than width points. A wider word gets its
// own line.
func (s Style) Wrap(text string, width float64) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := ""
		for word := range strings.FieldsSeq(paragraph) {
			switch {
			case line == "":
				line = word
			case s.Width(line+" "+word) <= width:
				line += " " + word
			default:
				lines = append(lines, line)
				line = word
			}
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// Fit removes the middle of a text until it is no wider than width points.
func (s Style) Fit(text string, width float64) string {
	if s.Width(text) <= width {
		return text
	}
	r := []rune(text)
	for keep := len(r) - 1; keep > 1; keep-- {
		tail := keep / 2
		short := string(r[:keep-tail]) + "…" + string(r[len(r)-tail:])
		if s.Width(short) <= width {
			return short
		}
	}
	return "…"
}

// Break breaks a name without spaces into at most the given number of lines no wider than width
// points, after a '-', '_', '.' or ':' where possible. The last line is shortened to fit.
func (s Style) Break(name string, width float64, lines int) []string {
	var out []string
	for name != "" && len(out) < lines-1 && s.Width(name) > width {
		cut := 0
		for i, r := range name {
			if strings.ContainsRune("-_.:", r) && s.Width(name[:i+1]) <= width {
				cut = i + 1
			}
		}
		if cut == 0 || cut == len(name) {
			break
		}
		out, name = append(out, name[:cut]), name[cut:]
	}
	return append(out, s.Fit(name, width))
}
