package charts

import (
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// goodput shows what became of the batches of a phase of load.
var goodput = Chart{
	Name:    "goodput",
	Caption: "How many batches are completed in time, and how many are late, rejected or not done?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.Load == nil || st.Load.Batches == 0 })
		deadline := slices.ContainsFunc(list, func(st *summary.Strategy) bool { return st.Load.Goodput != nil })
		lost := slices.ContainsFunc(list, func(st *summary.Strategy) bool { return st.Load.Done < st.Load.Batches })
		if len(list) == 0 || !deadline && !lost {
			return figure.Figure{}, false
		}
		slices.SortStableFunc(list, func(a, b *summary.Strategy) int { return b.Load.Good - a.Load.Good })
		r := newRows(list)
		return figure.Figure{
			Title:    goodputTitle(list, deadline),
			Subtitle: "Batches that arrived in the window, over all rounds. " + batch(s),
			Note:     goodputNote(s, deadline),
			Told:     told("Completed", list, goodShare),
			Height:   r.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawGoodput(c, p, box, r, deadline) },
		}, true
	},
}

// goodputNote says what the percentages are.
func goodputNote(s *summary.Scenario, deadline bool) string {
	switch {
	case !deadline:
		return "The percentage is the share of batches that were completed."
	case s.Deadline == 0: // tenants have their own
		return "The percentage is goodput: the share of batches that were completed within their deadlines."
	}
	return fmt.Sprintf("The percentage is goodput: the share of batches that were completed within the deadline, %s.", quantity.Seconds(s.Deadline))
}

func goodputTitle(list []*summary.Strategy, deadline bool) string {
	share := func(st *summary.Strategy) float64 {
		if deadline {
			return float64(st.Load.Good) / float64(st.Load.Batches)
		}
		return float64(st.Load.Done) / float64(st.Load.Batches)
	}
	what := "Completed batches"
	if deadline {
		what = "Goodput"
	}
	first, last := list[0], list[len(list)-1]
	if share(first) == share(last) {
		return fmt.Sprintf("%s: %s with every strategy", what, quantity.Percent(share(first)))
	}
	return fmt.Sprintf("%s: from %s (%s) to %s (%s)", what, quantity.Percent(share(last)), last.Strategy, quantity.Percent(share(first)), first.Strategy)
}

// fate is what became of a part of the batches.
type fate struct {
	name  string
	count func(l *summary.Load) int
	fill  func(c *figure.Canvas, p Palette, st *summary.Strategy, b figure.Box)
}

// fates are the parts of a bar, from the left. What was not completed is hatched, so that it
// is not taken for a part of another strategy's colour.
func fates(deadline bool) []fate {
	plain := func(part float64) func(c *figure.Canvas, p Palette, st *summary.Strategy, b figure.Box) {
		return func(c *figure.Canvas, p Palette, st *summary.Strategy, b figure.Box) {
			c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(p.Of(st), part))
		}
	}
	hatched := func(color func(p Palette) figure.Color, rising, falling bool) func(c *figure.Canvas, p Palette, st *summary.Strategy, b figure.Box) {
		return func(c *figure.Canvas, p Palette, _ *summary.Strategy, b figure.Box) {
			c.Rect(b.X0, b.Y0, b.X1, b.Y1, p.Tint(color(p), 0.2))
			c.Hatch(figure.Stroke{Color: color(p), Width: 1}, b, rising, falling)
		}
	}
	list := []fate{{"completed", func(l *summary.Load) int { return l.Done }, plain(1)}}
	if deadline {
		list = []fate{
			{"completed within the deadline", func(l *summary.Load) int { return l.Good }, plain(1)},
			{"completed late", func(l *summary.Load) int { return l.Done - l.Good }, plain(0.4)},
		}
	}
	return append(
		list,
		fate{"failed", func(l *summary.Load) int { return l.Batches - l.Done - l.Rejected - l.Unfinished }, hatched(func(p Palette) figure.Color { return p.Ink }, true, true)},
		fate{"rejected", func(l *summary.Load) int { return l.Rejected }, hatched(func(p Palette) figure.Color { return p.Muted }, true, false)},
		fate{"not done", func(l *summary.Load) int { return l.Unfinished }, hatched(func(p Palette) figure.Color { return p.Alarm }, false, true)},
	)
}

// goodShare is the goodput or, without a deadline, the share of batches that were completed.
func goodShare(st *summary.Strategy) string {
	if st.Load.Goodput == nil {
		return quantity.Percent(float64(st.Load.Done) / float64(st.Load.Batches))
	}
	return quantity.Percent(float64(st.Load.Good) / float64(st.Load.Batches))
}

func drawGoodput(c *figure.Canvas, p Palette, box figure.Box, r rows, deadline bool) {
	list := slices.DeleteFunc(fates(deadline), func(f fate) bool {
		return !slices.ContainsFunc(r.list, func(st *summary.Strategy) bool { return f.count(st.Load) > 0 })
	})
	inner := r.columns(c, p, box, goodShare)
	style := ticks(p, figure.Left)
	x := inner.X0
	for _, f := range list {
		f.fill(c, p, r.list[0], figure.Box{X0: x, Y0: inner.Y0 - 15, X1: x + 9, Y1: inner.Y0 - 6})
		c.Text(x+13, inner.Y0-10, f.name, style)
		x += 13 + style.Width(f.name) + 16
	}
	scale := figure.Linear(0, 1, inner.X0, inner.X1)
	values := []float64{0, 0.25, 0.5, 0.75, 1}
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = fmt.Sprintf("%.0f%%", 100*v)
	}
	scale.Max = 1
	below(c, p, scale, inner.Y0, inner.Y1, values, labels)
	for i, st := range r.list {
		y, half, from := r.middle(inner, i), r.height*0.28, 0.0
		for _, f := range list {
			to := from + float64(f.count(st.Load))/float64(st.Load.Batches)
			if to > from {
				f.fill(c, p, st, figure.Box{X0: scale.At(from), Y0: y - half, X1: math.Max(scale.At(to), scale.At(from)+0.8), Y1: y + half})
			}
			from = to
		}
	}
}
