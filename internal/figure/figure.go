package figure

import (
	"bytes"
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// DPI is the resolution of a PNG, dots per inch.
const DPI = 144

// Width is the width of every figure in points: 1600 pixels.
const Width = 800

// Figure is a chart before it is drawn.
type Figure struct {
	Title    string  // the finding, or the question
	Subtitle string  // what is shown, and its unit
	Note     string  // explanation below the body; "" for none
	Told     string  // what it shows, with figures, for readers who cannot see it
	Height   float64 // height of the body, points

	// Draw draws the body between the corners of the box.
	Draw func(c *Canvas, box Box)
}

// Box is a rectangle on a canvas.
type Box struct{ X0, Y0, X1, Y1 float64 }

const margin = 26 // around the whole figure, points

const (
	textWidth = Width - 2*margin
	bodyGap   = 12.0 // between the body and the text above and below it, points
)

func (f Figure) styles(t Theme) (title, subtitle, note Style) {
	return Style{Size: 17, Bold: true, Color: t.Ink}, Style{Size: 11, Color: t.Muted}, Style{Size: 9, Color: t.Muted}
}

// bodyTop is the top of the body, in points from the top of the figure.
func (f Figure) bodyTop() float64 {
	title, subtitle, _ := f.styles(Light)
	return margin + title.height(f.Title, textWidth) + subtitle.height(f.Subtitle, textWidth) + bodyGap
}

// FullHeight is the height of the whole figure, in points.
func (f Figure) FullHeight() float64 {
	height := f.bodyTop() + f.Height + margin
	if f.Note != "" {
		_, _, note := f.styles(Light)
		height += bodyGap + note.height(f.Note, textWidth)
	}
	return height
}

// Encode draws the figure in a format, "png" or "svg". dpi is the resolution of a PNG in dots
// per inch, normally DPI. It returns an error for any other format.
func (f Figure) Encode(theme Theme, format string, dpi int) ([]byte, error) {
	height := f.FullHeight()
	c := &Canvas{Theme: theme, Width: Width, Height: height}
	w, h := vg.Length(Width), vg.Length(height)
	var out bytes.Buffer
	var finish func() error
	switch format {
	case "png":
		img := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi), vgimg.UseBackgroundColor(theme.Background))
		c.vg = img
		finish = func() error {
			text, err := encodePNG(img.Image())
			out.Write(text)
			return err
		}
	case "svg":
		svg := vgsvg.New(w, h)
		c.vg = svg
		c.Rect(0, 0, Width, height, theme.Background)
		finish = func() error { _, err := svg.WriteTo(&out); return err }
	default:
		return nil, fmt.Errorf("drawing %q: no format %q: want png or svg", f.Title, format)
	}
	f.drawOn(c)
	if err := finish(); err != nil {
		return nil, fmt.Errorf("drawing %q: %w", f.Title, err)
	}
	return out.Bytes(), nil
}

// drawOn draws the texts and the body.
func (f Figure) drawOn(c *Canvas) {
	title, subtitle, note := f.styles(c.Theme)
	body := f.bodyTop()
	y := c.Paragraph(margin, margin, textWidth, f.Title, title)
	c.Paragraph(margin, y, textWidth, f.Subtitle, subtitle)
	f.Draw(c, Box{margin, body, Width - margin, body + f.Height})
	if f.Note != "" {
		c.Paragraph(margin, body+f.Height+bodyGap, textWidth, f.Note, note)
	}
}
