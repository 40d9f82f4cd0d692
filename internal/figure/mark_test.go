package figure

import (
	"bytes"
	"image/png"
	"testing"
)

// Marks differ in shape, not only in colour: drawn in black, any two share at most nine tenths of
// the pixels that either of them blackens.
func TestMarksDiffer(t *testing.T) {
	const size, radius = 64, 20.0
	var inks []map[[2]int]bool
	for i := range Marks {
		f := Figure{Title: "x", Height: size, Draw: func(c *Canvas, box Box) {
			c.Mark(i, box.X0+size/2, box.Y0+size/2, radius, okabeBlack)
		}}
		data, err := f.Encode(Light, "png", 72)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		ink := map[[2]int]bool{}
		for y := img.Bounds().Max.Y - margin - size; y < img.Bounds().Max.Y; y++ {
			for x := range 2 * size {
				if r, _, _, _ := img.At(x, y).RGBA(); r < 0x8000 {
					ink[[2]int{x, y}] = true
				}
			}
		}
		if len(ink) == 0 {
			t.Fatalf("mark %d draws nothing", i)
		}
		for j, other := range inks {
			both, either := 0, len(other)
			for at := range ink {
				if other[at] {
					both++
				} else {
					either++
				}
			}
			if 10*both > 9*either {
				t.Errorf("marks %d and %d look the same: %d of %d pixels", j, i, both, either)
			}
		}
		inks = append(inks, ink)
	}
}
