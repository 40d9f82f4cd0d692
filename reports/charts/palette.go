package charts

import (
	"cmp"
	"slices"

	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// Palette gives every strategy of a run the colour that it has in all of its charts.
type Palette struct {
	figure.Theme
	colors map[string]figure.Color
}

// NewPalette gives each strategy a colour of its own while there are enough. If there
// are not, the variants of one strategy share a colour in shades, the widest darkest.
func NewPalette(run *summary.Run, theme figure.Theme) Palette {
	p := Palette{Theme: theme, colors: map[string]figure.Color{}}
	var all []*summary.Strategy
	var families []string
	for _, sc := range run.Scenarios {
		for _, st := range sc.Strategies {
			if !slices.ContainsFunc(all, func(o *summary.Strategy) bool { return o.Strategy == st.Strategy }) {
				all = append(all, st)
			}
		}
	}
	// By name and width, not by rank: the colours of two runs of the same strategies
	// are alike.
	slices.SortStableFunc(all, func(a, b *summary.Strategy) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Strategy, b.Strategy))
	})
	variants := map[string]int{}
	for _, st := range all {
		if variants[st.Family]++; variants[st.Family] == 1 {
			families = append(families, st.Family)
		}
	}
	seen := map[string]int{}
	for i, st := range all {
		if len(all) <= theme.SeriesCount() {
			p.colors[st.Strategy] = theme.Series(i)
			continue
		}
		const palest = 0.55
		part := 1.0
		if n := variants[st.Family]; n > 1 {
			part = palest + (1-palest)*float64(seen[st.Family])/float64(n-1)
		}
		seen[st.Family]++
		p.colors[st.Strategy] = theme.Tint(theme.Series(slices.Index(families, st.Family)), part)
	}
	return p
}

// Of is the colour of a strategy.
func (p Palette) Of(st *summary.Strategy) figure.Color { return p.colors[st.Strategy] }

func plural(n int, noun string) string { return quantity.Counted(float64(n), noun) }
