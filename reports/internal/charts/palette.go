package charts

import (
	"cmp"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// Palette gives every strategy of a run its look in all charts: a unique colour, and a mark
// that distinguishes it from figure.Marks others without colour.
type Palette struct {
	figure.Theme
	looks map[string]look
}

type look struct {
	color figure.Color
	mark  int
}

// NewPalette gives each strategy a colour of the theme while there are enough. If there are
// not, variants of one strategy have shades of one colour, the widest the strongest. If there
// are more strategies than colours, those that share a colour differ in shade.
func NewPalette(run *summary.Run, theme figure.Theme) Palette {
	p := Palette{Theme: theme, looks: map[string]look{}}
	var all []*summary.Strategy
	for _, sc := range run.Scenarios {
		for _, st := range sc.Strategies {
			if !slices.ContainsFunc(all, func(o *summary.Strategy) bool { return o.Strategy == st.Strategy }) {
				all = append(all, st)
			}
		}
	}
	// Sort by name and width, not by rank, so that two runs of the same strategies look alike.
	slices.SortStableFunc(all, func(a, b *summary.Strategy) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Strategy, b.Strategy))
	})
	hues := make([]int, len(all))
	sharing := map[int]int{} // number of strategies by hue
	families := 0
	for i, st := range all {
		if i > 0 && st.Family != all[i-1].Family {
			families++
		}
		hues[i] = families % theme.SeriesCount()
		if len(all) <= theme.SeriesCount() {
			hues[i] = i
		}
		sharing[hues[i]]++
	}
	seen := map[int]int{}
	for i, st := range all {
		part := 1.0
		if n := sharing[hues[i]]; n > 1 {
			part = float64(seen[hues[i]]) / float64(n-1)
		}
		seen[hues[i]]++
		p.looks[st.Strategy] = look{theme.Shade(hues[i], part), i}
	}
	return p
}

// Of is the colour of a strategy.
func (p Palette) Of(st *summary.Strategy) figure.Color { return p.looks[st.Strategy].color }

// Mark is the index of a strategy's mark for figure.Canvas.
func (p Palette) Mark(st *summary.Strategy) int { return p.looks[st.Strategy].mark }

// dashes are the dash patterns of lines; the first has no gaps.
var dashes = [][]float64{nil, {7, 2.5}, {2.5, 2}, {8, 2.5, 2, 2.5}}

// Line is the stroke of a strategy's line.
func (p Palette) Line(st *summary.Strategy, width float64) figure.Stroke {
	l := p.looks[st.Strategy]
	return figure.Stroke{Color: l.color, Width: width, Dash: dashes[l.mark%len(dashes)]}
}

// along draws marks along a line, the i-th of n lines. Each line has them at different
// positions, so that marks of coinciding lines do not overlap.
func (p Palette) along(c *figure.Canvas, st *summary.Strategy, line []figure.Point, i, n int) {
	if len(line) == 0 {
		return
	}
	const marks = 3
	from, to := line[0].X, line[len(line)-1].X
	for k := range marks {
		x := from + (to-from)*(float64(k)+(float64(i)+0.5)/float64(n))/marks
		at := slices.IndexFunc(line, func(pt figure.Point) bool { return pt.X >= x })
		if at < 0 {
			continue
		}
		y := line[at].Y
		if at > 0 && line[at].X > line[at-1].X {
			part := (x - line[at-1].X) / (line[at].X - line[at-1].X)
			y = line[at-1].Y + part*(line[at].Y-line[at-1].Y)
		}
		p.on(c, st, x, y)
	}
}

// on draws the strategy's mark on a line.
func (p Palette) on(c *figure.Canvas, st *summary.Strategy, x, y float64) {
	c.Mark(p.Mark(st), x, y, 4.4, p.Background)
	c.Mark(p.Mark(st), x, y, 3.4, p.Of(st))
}

func plural(n int, noun string) string { return quantity.Counted(float64(n), noun) }
