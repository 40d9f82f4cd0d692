package charts

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// capacity shows up to which rate each strategy keeps a promise.
var capacity = Chart{
	Name:    "capacity",
	Caption: "Up to which rate of arrivals does each strategy keep the promise?",
	ofRun: func(r *summary.Run, p Palette) (figure.Figure, bool) {
		var list []*summary.Strategy
		var of []summary.Capacity
		several := false
		for _, c := range r.Capacities {
			if c.Promise != r.Capacities[0].Promise {
				continue
			}
			several = several || len(c.Rates) > 1
			i := slices.IndexFunc(r.Scenarios, func(s *summary.Scenario) bool { return s.Find(c.Strategy) != nil })
			list, of = append(list, r.Scenarios[i].Find(c.Strategy)), append(of, c)
		}
		if !several {
			return figure.Figure{}, false
		}
		rows := newRows(list)
		return figure.Figure{
			Title:    capacityTitle(of),
			Subtitle: fmt.Sprintf("Highest rate of arrivals at which %s. %s", of[0].Promise, sweptTarget(r)),
			Note:     "Bars: from the highest rate at which the promise is shown to be kept to the lowest at which it is shown to be broken (95%); an open end is not known. Dots: rates that were tried; filled: most rounds kept the promise, hollow: most broke it, small: a first look.",
			Told:     told("Highest rate", list, func(st *summary.Strategy) string { return of[slices.Index(list, st)].String() }),
			Height:   rows.bodyHeight(),
			Draw:     func(c *figure.Canvas, box figure.Box) { drawCapacity(c, p, box, rows, of) },
		}, true
	},
}

func sweptTarget(r *summary.Run) string {
	scenarios := slices.DeleteFunc(slices.Clone(r.Scenarios), func(s *summary.Scenario) bool { return s.Promise == "" })
	return fmt.Sprintf("%s, %s", capital(sweptWork(scenarios)), scenarios[0].Target)
}

func capacityTitle(of []summary.Capacity) string {
	var best []string
	for _, c := range of {
		if c.Keeps != nil && *c.Keeps == *of[0].Keeps {
			best = append(best, c.Strategy)
		}
	}
	if len(best) == 0 {
		return fmt.Sprintf("No strategy is shown to keep %s", of[0].Promise)
	}
	return fmt.Sprintf("%s up to %.4g/s or more: %s", of[0].Promise, *of[0].Keeps, summary.Few(summary.Names(best)))
}

func drawCapacity(c *figure.Canvas, p Palette, box figure.Box, r rows, of []summary.Capacity) {
	least, most := of[0].Rates[0].Rate, 0.0
	for _, one := range of {
		least, most = min(least, one.Rates[0].Rate), max(most, one.Rates[len(one.Rates)-1].Rate)
	}
	row := func(st *summary.Strategy) int {
		return slices.IndexFunc(r.list, func(o *summary.Strategy) bool { return o == st })
	}
	inner := r.columns(c, p, box, func(st *summary.Strategy) string { return of[row(st)].String() })
	x := figure.Linear(least-(most-least)/20, most+(most-least)/20, inner.X0, inner.X1)
	if figure.Wide(least, most) {
		x = figure.Logarithmic(least, most, inner.X0+6, inner.X1-6)
	}
	values := slices.DeleteFunc(x.Ticks(7), func(v float64) bool { return v < x.Min })
	labels := make([]string, len(values))
	for i, v := range values {
		labels[i] = fmt.Sprintf("%g/s", v)
	}
	below(c, p, x, inner.Y0, inner.Y1, values, labels)
	for i, one := range of {
		y, half, color := r.middle(inner, i), r.height*0.22, p.Of(r.list[i])
		from, to := inner.X0, inner.X1
		if one.Keeps != nil {
			from = x.At(*one.Keeps)
		}
		if one.Breaks != nil {
			to = x.At(*one.Breaks)
		}
		if one.Keeps != nil || one.Breaks != nil {
			c.Rect(from, y-half, to, y+half, p.Tint(color, 0.3))
			for _, end := range []struct {
				known bool
				at    float64
			}{{one.Keeps != nil, from}, {one.Breaks != nil, to}} {
				if end.known {
					c.Line(figure.Stroke{Color: color, Width: 2}, figure.Point{X: end.at, Y: y - half}, figure.Point{X: end.at, Y: y + half})
				}
			}
		}
		for _, tried := range one.Rates {
			radius := 3.6
			if tried.Screening {
				radius = 2
			}
			if 2*tried.Of > tried.Rounds {
				c.Dot(x.At(tried.Rate), y, radius, color)
			} else {
				c.Dot(x.At(tried.Rate), y, radius, p.Background)
				c.Ring(x.At(tried.Rate), y, radius, figure.Stroke{Color: color, Width: 1.4})
			}
		}
	}
}
