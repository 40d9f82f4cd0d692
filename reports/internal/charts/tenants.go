package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// tenants compares the response times of the tenants of a phase of load.
var tenants = Chart{
	Name:    "tenants",
	Caption: "How does each strategy treat the tenants: does one wait for the other?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool {
			return st.Load == nil || !slices.ContainsFunc(st.Load.Tenants, func(t summary.TenantLoad) bool { return t.P50 != nil })
		})
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		r := newRows(list)
		return figure.Figure{
			Title:    tenantsTitle(list),
			Subtitle: "Response times of each tenant's batches. " + batch(s),
			Note:     "Bars from the median (dot) to p99 (tick), medians over the rounds. A bar without a tick has no p99: too few batches, or too many were rejected or not done. The percentage is goodput.",
			Told:     told("Median and p99", list, toldTenants),
			Height:   r.bodyHeight() + 4,
			Draw:     func(c *figure.Canvas, box figure.Box) { drawTenants(c, p, box, r) },
		}, true
	},
}

// toldTenants are the figures of a strategy's tenants.
func toldTenants(st *summary.Strategy) string {
	var parts []string
	for _, t := range st.Load.Tenants[:min(shownTenants, len(st.Load.Tenants))] {
		parts = append(parts, fmt.Sprintf("%s %s and %s", t.Name, quantity.Optional(t.P50, quantity.Seconds), quantity.Optional(t.P99, quantity.Seconds)))
	}
	return "(" + strings.Join(parts, "; ") + ")"
}

// shownTenants is the maximum number of panels.
const shownTenants = 4

// tenantsTitle names the strategies that are best and worst for the first tenant.
func tenantsTitle(list []*summary.Strategy) string {
	name := list[0].Load.Tenants[0].Name
	figure := func(st *summary.Strategy) *float64 {
		if t := st.Load.Tenants[0]; t.P99 != nil {
			return t.P99
		}
		return st.Load.Tenants[0].P50
	}
	known := slices.DeleteFunc(slices.Clone(list), func(st *summary.Strategy) bool { return st.Load.Tenants[0].P99 == nil })
	what := "p99"
	if len(known) == 0 {
		known = slices.DeleteFunc(slices.Clone(list), func(st *summary.Strategy) bool { return st.Load.Tenants[0].P50 == nil })
		what = "median"
	}
	if len(known) == 0 {
		return "Response times by tenant"
	}
	order := func(a, b *summary.Strategy) int { return compareShares(*figure(a), *figure(b)) }
	best, worst := slices.MinFunc(known, order), slices.MaxFunc(known, order)
	if best == worst {
		return fmt.Sprintf("%s: %s %s with %s", name, what, quantity.Seconds(*figure(best)), best.Strategy)
	}
	return fmt.Sprintf("%s: %s from %s (%s) to %s (%s)", name, what, quantity.Seconds(*figure(best)), best.Strategy, quantity.Seconds(*figure(worst)), worst.Strategy)
}

func drawTenants(c *figure.Canvas, p Palette, box figure.Box, r rows) {
	names := r.list[0].Load.Tenants
	n := min(len(names), shownTenants)
	inner := r.columns(c, p, box, func(*summary.Strategy) string { return "" })
	least, most := 0.0, 0.0
	for _, st := range r.list {
		for _, t := range st.Load.Tenants[:n] {
			for _, v := range []*float64{t.P50, t.P99} {
				if v == nil {
					continue
				}
				most = max(most, *v)
				if least == 0 || *v < least {
					least = *v
				}
			}
		}
	}
	const gap = 26.0
	width := (inner.X1 - inner.X0 - gap*float64(n-1)) / float64(n)
	for i := range n {
		x0 := inner.X0 + float64(i)*(width+gap)
		head := figure.Style{Size: labelSize, Bold: true, Color: p.Ink}
		c.Text(x0, inner.Y0-10, head.Fit(names[i].Name, width), head)
		x := fromZero(least, most, x0+6, x0+width-44)
		values := x.Ticks(int((x.To - x.From) / 36))
		below(c, p, x, inner.Y0, inner.Y1, values, quantity.Ticks(values, x.Log))
		for row, st := range r.list {
			drawTenant(c, p, x, st, st.Load.Tenants[i], r.middle(inner, row), r.height*0.2, x0+width)
		}
	}
}

func drawTenant(c *figure.Canvas, p Palette, x figure.Scale, st *summary.Strategy, t summary.TenantLoad, y, half, right float64) {
	if t.Goodput != nil {
		c.Text(right, y, quantity.Percent(*t.Goodput), ticks(p, figure.Right))
	}
	if t.P50 == nil {
		c.Text(x.From, y, "no figure", figure.Style{Size: tickSize, Color: p.Alarm})
		return
	}
	at := x.At(*t.P50)
	if t.P99 != nil {
		end := x.At(*t.P99)
		c.Rect(at, y-half*0.5, end, y+half*0.5, p.Tint(p.Of(st), 0.55))
		c.Line(figure.Stroke{Color: p.Of(st), Width: 2}, figure.Point{X: end, Y: y - half}, figure.Point{X: end, Y: y + half})
	}
	c.Dot(at, y, 3.6, p.Of(st))
}
