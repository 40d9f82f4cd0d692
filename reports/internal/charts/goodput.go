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
	color func(p Palette, st *summary.Strategy) figure.Color
}

// fates are the parts of a bar, from the left.
func fates(deadline bool) []fate {
	strong := func(p Palette, st *summary.Strategy) figure.Color { return p.Of(st) }
	pale := func(p Palette, st *summary.Strategy) figure.Color { return p.Tint(p.Of(st), 0.4) }
	list := []fate{{"completed", func(l *summary.Load) int { return l.Done }, strong}}
	if deadline {
		list = []fate{
			{"completed within the deadline", func(l *summary.Load) int { return l.Good }, strong},
			{"completed late", func(l *summary.Load) int { return l.Done - l.Good }, pale},
		}
	}
	return append(
		list,
		fate{"failed", func(l *summary.Load) int { return l.Batches - l.Done - l.Rejected - l.Unfinished }, func(p Palette, _ *summary.Strategy) figure.Color { return p.Ink }},
		fate{"rejected", func(l *summary.Load) int { return l.Rejected }, func(p Palette, _ *summary.Strategy) figure.Color { return p.Tint(p.Muted, 0.55) }},
		fate{"not done", func(l *summary.Load) int { return l.Unfinished }, func(p Palette, _ *summary.Strategy) figure.Color { return p.Alarm }},
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
		c.Rect(x, inner.Y0-15, x+9, inner.Y0-6, f.color(p, r.list[0]))
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
				c.Rect(scale.At(from), y-half, math.Max(scale.At(to), scale.At(from)+0.8), y+half, f.color(p, st))
			}
			from = to
		}
	}
}
