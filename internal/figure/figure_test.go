package figure

import (
	"bytes"
	"fmt"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		scale Scale
		count int
		want  []float64
	}{
		{Linear(0, 1, 0, 100), 5, []float64{0, 0.5, 1}},
		{Linear(0, 2.06, 0, 100), 5, []float64{0, 0.5, 1, 1.5, 2}},
		{Linear(0, 0, 0, 100), 2, []float64{0, 1}},
		{Logarithmic(0.1, 2, 0, 100), 6, []float64{0.1, 0.2, 0.5, 1, 2}},
		{Logarithmic(1e-6, 1, 0, 100), 6, []float64{1e-6, 1e-4, 1e-2, 1}},
		{Logarithmic(1, 1.2, 0, 100), 4, []float64{1, 1.1, 1.2}},
	} {
		got := c.scale.Ticks(c.count)
		near := slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) })
		if !near {
			t.Errorf("%+v.Ticks(%d) = %v, want %v", c.scale, c.count, got, c.want)
		}
	}
}

// For all values, a scale stays on the canvas, and its ticks are few.
func TestScalesAreFinite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.Float64Range(0, 1e9), rapid.Just(0.0), rapid.Float64Range(0, 1e-9))
		least, most, v := value.Draw(t, "least"), value.Draw(t, "most"), value.Draw(t, "v")
		for _, s := range []Scale{Linear(least, most, 10, 90), Logarithmic(least, most, 10, 90)} {
			if at := s.At(v); !(at >= 10 && at <= 90) {
				t.Fatalf("%+v.At(%g) = %g", s, v, at)
			}
			if n := len(s.Ticks(5)); n > 16 {
				t.Fatalf("%+v has %d ticks, asked for 5", s, n)
			}
		}
	})
}

func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 12).Draw(t, "places")
		const gap = 8
		got := Spread(places, gap, 0, 100)
		sorted := slices.Sorted(slices.Values(got))
		for i := range sorted {
			if sorted[i] < -1e-6 || sorted[i] > 100+1e-6 {
				t.Fatalf("%v: out of bounds", got)
			}
			if i > 0 && sorted[i]-sorted[i-1] < gap-1e-6 {
				t.Fatalf("%v: closer than %d", got, gap)
			}
		}
		for i := range places {
			for j := range places {
				if places[i] < places[j] && got[i] > got[j] {
					t.Fatalf("%v: order of %v lost", got, places)
				}
			}
		}
	})
}

func TestLabelsDoNotOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		within := Box{0, 0, 500, 300}
		var taken []Box
		labels := make([]Label, rapid.IntRange(1, 25).Draw(t, "labels"))
		for i := range labels {
			labels[i].At = Point{rapid.Float64Range(0, 500).Draw(t, "x"), rapid.Float64Range(0, 300).Draw(t, "y")}
		}
		for i := range labels {
			b, far, ok := free(labels, i, 90, 12, within, taken, taken)
			if !ok {
				continue
			}
			if !far && misleads(labels, i, b) {
				t.Fatalf("%+v is nearer to another point than to %v", b, labels[i].At)
			}
			if b.X0 < 0 || b.X1 > 500 || b.Y0 < 0 || b.Y1 > 300 || overlaps(b, taken) {
				t.Fatalf("%+v leaves the box or covers another", b)
			}
			taken = append(taken, b)
		}
	})
}

func TestWords(t *testing.T) {
	s := Style{Size: 10}
	const name = "fixed-pool:workers=16,buffer=64"
	if got := s.Fit(name, 80); s.Width(got) > 80 || !strings.Contains(got, "…") {
		t.Errorf("Fit = %q, %g points wide", got, s.Width(got))
	}
	if got := s.Fit(name, 1000); got != name {
		t.Errorf("Fit changed what fits: %q", got)
	}
	for _, line := range s.Wrap("The same 10,000 tasks: 1.03 s with goroutine-per-task, 368 ms with fixed-pool", 150) {
		if s.Width(line) > 150 {
			t.Errorf("%q is %g points wide", line, s.Width(line))
		}
	}
	if got := s.Break("limited_server_with_queue", 70, 3); len(got) < 2 || strings.Join(got, "") != "limited_server_with_queue" {
		t.Errorf("Break = %q", got)
	}
}

func TestEncode(t *testing.T) {
	f := Figure{Title: "A title", Subtitle: "of something", Note: "with a note", Height: 100, Draw: func(c *Canvas, b Box) {
		c.Rect(b.X0, b.Y0, b.X1, b.Y1, c.Series(1))
	}}
	first, err := f.Encode(Light, "png", DPI)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.Encode(Light, "png", DPI)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same figure, twice, differs (%v)", err)
	}
	img, err := png.DecodeConfig(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if want := int(math.Round(f.FullHeight() * DPI / 72)); img.Width != Width*2 || math.Abs(float64(img.Height-want)) > 1 {
		t.Errorf("%d x %d pixels, want %d x %d", img.Width, img.Height, Width*2, want)
	}
	svg, err := f.Encode(Dark, "svg", DPI)
	if err != nil || !bytes.Contains(svg, []byte("A title")) {
		t.Errorf("the SVG lacks its title (%v)", err)
	}
	if _, err := f.Encode(Light, "gif", DPI); err == nil {
		t.Error("an unknown format was accepted")
	}
}

// Lines of a hatch do not leave their box.
func TestHatchStaysInItsBox(t *testing.T) {
	f := Figure{Title: "t", Height: 100, Draw: func(c *Canvas, _ Box) {
		c.Hatch(Stroke{Color: c.Ink, Width: 1}, Box{100, 50, 112, 58}, true, true)
	}}
	lines := 0
	for _, s := range record(f, Light) {
		var x, y, dx, dy int
		if n, _ := fmt.Sscanf(strings.ReplaceAll(s.data, "-", " -"), "M%d %dl%d %d", &x, &y, &dx, &dy); n != 4 {
			continue
		}
		lines++
		if min(x, x+dx) < 1000 || max(x, x+dx) > 1120 || min(y, y+dy) < 500 || max(y, y+dy) > 580 {
			t.Errorf("%s leaves the box", s.data)
		}
	}
	if lines < 8 {
		t.Errorf("%d lines", lines)
	}
}
