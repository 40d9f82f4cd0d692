package figure

import (
	"fmt"
	"image/color"
	"math"
)

// Theme has the colours of a figure.
type Theme struct {
	Name       string
	Background color.NRGBA
	Ink        color.NRGBA // titles, labels
	Muted      color.NRGBA // axes, notes
	Faint      color.NRGBA // grid lines, bands
	Alarm      color.NRGBA // failures
	series     []color.NRGBA
}

// Okabe and Ito's colours ("Color Universal Design", 2008), which people with any of the common
// forms of colour blindness can distinguish. Yellow is left out on white and black on dark,
// where they would be invisible; vermilion marks failures.
var (
	okabeOrange  = rgb(0xE69F00)
	okabeSky     = rgb(0x56B4E9)
	okabeGreen   = rgb(0x009E73)
	okabeYellow  = rgb(0xF0E442)
	okabeBlue    = rgb(0x0072B2)
	okabeVermil  = rgb(0xD55E00)
	okabePurple  = rgb(0xCC79A7)
	okabeBlack   = rgb(0x000000)
	charcoal     = rgb(0x1F2328)
	paleCharcoal = rgb(0xE6EDF3)
)

// Light is the theme for paper and projectors.
var Light = Theme{
	Name:       "light",
	Background: rgb(0xFFFFFF),
	Ink:        charcoal,
	Muted:      rgb(0x59636E),
	Faint:      rgb(0xE4E7EB),
	Alarm:      okabeVermil,
	series:     []color.NRGBA{okabeBlue, okabeOrange, okabeGreen, okabePurple, okabeSky, okabeBlack},
}

// Dark is the theme for dark slides and pages.
var Dark = Theme{
	Name:       "dark",
	Background: rgb(0x14181D),
	Ink:        paleCharcoal,
	Muted:      rgb(0x9BA7B4),
	Faint:      rgb(0x2D343C),
	Alarm:      okabeVermil,
	series:     []color.NRGBA{okabeSky, okabeOrange, okabeGreen, okabePurple, okabeYellow, okabeBlue},
}

// ThemeNamed returns the theme of that name, or an error if there is none.
func ThemeNamed(name string) (Theme, error) {
	for _, t := range []Theme{Light, Dark} {
		if t.Name == name {
			return t, nil
		}
	}
	return Theme{}, fmt.Errorf("no theme %q: want light or dark", name)
}

// Series is the i-th colour of the theme. The colours repeat after the last one.
func (t Theme) Series(i int) color.NRGBA { return t.series[i%len(t.series)] }

// Shade is a shade of the i-th colour, from the weakest (0) to the colour itself (1). A weaker
// shade is nearer to the background if that leaves it visible, and nearer to the ink otherwise.
func (t Theme) Shade(i int, part float64) color.NRGBA {
	const (
		weakest = 0.6
		visible = 3 // contrast of graphics with their background, WCAG 2.1, 1.4.11
	)
	full := t.Series(i)
	part = weakest + (1-weakest)*part
	if contrast(t.Tint(full, weakest), t.Background) >= visible {
		return t.Tint(full, part)
	}
	return Mix(full, t.Ink, part)
}

// contrast is the contrast ratio of two colours (WCAG 2.1), from 1 to 21.
func contrast(a, b color.NRGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// luminance is the relative luminance of a colour (WCAG 2.1).
func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// SeriesCount is the number of colours before they repeat.
func (t Theme) SeriesCount() int { return len(t.series) }

// Mix is a on top of b with the given opacity, 0..1.
func Mix(a, b color.NRGBA, part float64) color.NRGBA {
	part = min(max(part, 0), 1)
	mix := func(x, y uint8) uint8 { return uint8(part*float64(x) + (1-part)*float64(y) + 0.5) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// Tint is c on the theme's background with the given opacity, 0..1.
func (t Theme) Tint(c color.NRGBA, part float64) color.NRGBA { return Mix(c, t.Background, part) }

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}
