package figure

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"
)

// An image is what was drawn: exactly with few colours, nearly with many alike, and not by a
// palette if it would be too far off.
func TestPNGsShowWhatWasDrawn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for name, c := range map[string]struct {
		pixel    func(x, y int) color.RGBA
		off      int // at most, of a channel
		paletted bool
	}{
		"few colours":  {func(x, y int) color.RGBA { return color.RGBA{uint8(x / 50 * 80), uint8(y / 50 * 80), 7, 255} }, 0, true},
		"smooth edges": {func(x, y int) color.RGBA { return color.RGBA{uint8(x), uint8(x), uint8(200 + y/40), 255} }, mostOff, true},
		"a photograph": {func(int, int) color.RGBA {
			return color.RGBA{uint8(rng.IntN(256)), uint8(rng.IntN(256)), uint8(rng.IntN(256)), 255}
		}, 0, false},
		"a single dot":  {func(x, y int) color.RGBA { return color.RGBA{uint8(255 * (1 - min(1, abs(x-9)+abs(y-9)))), 0, 0, 255} }, 0, true},
		"a single line": {func(x, y int) color.RGBA { return color.RGBA{0, uint8(255 * (1 - min(1, abs(y-9)))), 0, 255} }, 0, true},
	} {
		img := image.NewRGBA(image.Rect(0, 0, 201, 151))
		for y := range 151 {
			for x := range 201 {
				img.SetRGBA(x, y, c.pixel(x, y))
			}
		}
		text, err := encodePNG(img)
		if err != nil {
			t.Fatal(err)
		}
		got, err := png.Decode(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := got.(*image.Paletted); ok != c.paletted {
			t.Errorf("%s: a palette: %v", name, ok)
		}
		for y := range 151 {
			for x := range 201 {
				is := color.RGBAModel.Convert(got.At(x, y)).(color.RGBA)
				if d := distance(is, img.RGBAAt(x, y)); d > c.off {
					t.Fatalf("%s: at %d,%d: %v, drawn %v", name, x, y, is, img.RGBAAt(x, y))
				}
			}
		}
		if again, err := encodePNG(img); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s: the same image has other bytes", name)
		}
	}
}

func abs(x int) int { return max(x, -x) }
