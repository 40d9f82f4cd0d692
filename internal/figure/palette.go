package figure

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"slices"
)

// colours is how many colours a PNG can have with one byte for each pixel.
const colours = 256

// exact is how many of the commonest colours are as they were drawn: areas have them, in which a
// difference would be seen.
const exact = colours / 2

// mostOff is by how much a channel of a pixel may differ from what was drawn, of 255. Smoothed
// edges have more colours than a palette; nobody sees such a difference in them.
const mostOff = 28

// encodePNG encodes an image, with a palette if that shows what was drawn: a chart has few
// colours, and takes a third of the bytes.
func encodePNG(img image.Image) ([]byte, error) {
	if rgba, ok := img.(*image.RGBA); ok {
		if p := paletted(rgba); p != nil {
			img = p
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	err := encoder.Encode(&out, img)
	return out.Bytes(), err
}

// paletted returns an image in which every pixel has the nearest of the colours of a palette; nil
// if one would be too far off.
func paletted(img *image.RGBA) *image.Paletted {
	counts := map[color.RGBA]int{}
	eachRun(img, func(c color.RGBA, n int) { counts[c] += n })
	all := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int { // the same image has the same bytes
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B), cmp.Compare(a.A, b.A))
	})
	var palette color.Palette
	var index map[color.RGBA]uint8
	for off := 0; index == nil && off <= mostOff; off += 2 {
		palette, index = cover(all, off)
	}
	if index == nil {
		return nil
	}
	out := image.NewPaletted(img.Bounds(), palette)
	at := 0
	eachRun(img, func(c color.RGBA, n int) {
		i := index[c]
		for range n {
			out.Pix[at] = i
			at++
		}
	})
	return out
}

// cover chooses a palette of which a colour is near each of the given ones, the first of them
// first, and returns which; nil if that takes too many.
func cover(all []color.RGBA, off int) (palette color.Palette, index map[color.RGBA]uint8) {
	index = make(map[color.RGBA]uint8, len(all))
	var chosen []color.RGBA
	for _, c := range all {
		nearest, best := 0, off+1
		for i, p := range chosen {
			if d := distance(c, p); d < best {
				nearest, best = i, d
			}
		}
		if best > off || len(chosen) < exact && best > 0 {
			if len(chosen) == colours {
				return nil, nil
			}
			nearest = len(chosen)
			chosen, palette = append(chosen, c), append(palette, c)
		}
		index[c] = uint8(nearest)
	}
	return palette, index
}

// eachRun calls f for every run of equal pixels in a row, in the order of the pixels, with its
// length.
func eachRun(img *image.RGBA, f func(c color.RGBA, n int)) {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	for y := range height {
		row := img.Pix[y*img.Stride : y*img.Stride+4*width]
		from := 0
		for x := 4; x <= len(row); x += 4 {
			if x < len(row) && row[x] == row[x-4] && row[x+1] == row[x-3] && row[x+2] == row[x-2] && row[x+3] == row[x-1] {
				continue
			}
			f(color.RGBA{row[x-4], row[x-3], row[x-2], row[x-1]}, x/4-from)
			from = x / 4
		}
	}
}

// distance is the largest difference of two colours in any channel.
func distance(a, b color.RGBA) int {
	off := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(off(a.R, b.R), off(a.G, b.G), off(a.B, b.B), off(a.A, b.A))
}
