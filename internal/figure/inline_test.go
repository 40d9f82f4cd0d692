package figure

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample is a figure of every shape, in a theme.
func sample(t Theme) Figure {
	return Figure{
		Title: "A <title> & more", Subtitle: "s", Note: "n", Height: 100,
		Draw: func(c *Canvas, b Box) {
			c.Rect(10, 20, 30, 40, t.Ink)
			c.Rect(50, 20, 70, 40, t.Ink)
			c.Dot(5, 6, 2, t.Series(0))
			c.Ring(5, 6, 2, Stroke{Color: t.Muted, Width: 1})
			c.Line(Stroke{Color: t.Muted, Width: 1, Dash: []float64{2, 1}}, Point{0, 0}, Point{10, 0}, Point{20, 0}, Point{20, 10.5})
			c.Upright(100, 50, "up", Style{Size: 10, Color: t.Ink})
			for i := range Marks {
				c.Mark(i, 10*float64(i), 80, 4, t.Series(i))
			}
		},
	}
}

func TestInline(t *testing.T) {
	var colors Colors
	text, err := Inline(sample(Light), sample(Dark), &colors)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"A &lt;title&gt; &amp; more</text>", `d="M100 200h200v200h-200zM500 200h200v200h-200z"`, `d="M50 60h0"`, `stroke-width="10" stroke-dasharray="20 10" d="M0 0h200v105"`, "rotate(-90)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	css := colors.CSS()
	if light, dark := "--c0:"+hex(Light.Ink), "--c0:"+hex(Dark.Ink); !strings.Contains(css, light) || !strings.Contains(css, dark) || strings.Index(css, dark) < strings.Index(css, "prefers-color-scheme: dark") {
		t.Errorf("not the colours of both themes:\n%s", css)
	}
	other := sample(Dark)
	other.Title = "another"
	if _, err := Inline(sample(Light), other, &colors); err == nil {
		t.Error("figures that differ are one")
	}
}

func TestSimplify(t *testing.T) {
	if diff := cmp.Diff([][2]int{{0, 0}, {100, 0}, {100, 100}}, simplify([][2]int{{0, 0}, {0, 0}, {50, 1}, {100, 0}, {100, 50}, {100, 100}})); diff != "" {
		t.Error(diff)
	}
	// No point of a wild line is further from what is left than is allowed.
	var wild [][2]int
	for i := range 2000 {
		wild = append(wild, [2]int{i, int(300*math.Sin(float64(i)/50) + 20*math.Sin(float64(i*i)))})
	}
	rest := simplify(wild)
	if len(rest) >= len(wild) || rest[0] != wild[0] || rest[len(rest)-1] != wild[len(wild)-1] {
		t.Errorf("%d of %d points are left", len(rest), len(wild))
	}
	for _, p := range wild {
		nearest := math.Inf(1)
		for i := 1; i < len(rest); i++ {
			nearest = min(nearest, distanceTo(rest[i-1], rest[i], p))
		}
		if nearest > mostMoved {
			t.Fatalf("%v is %v from the line that is left", p, nearest)
		}
	}
}
