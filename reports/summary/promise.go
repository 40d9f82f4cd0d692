package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
)

// Capacity is the highest rate at which a strategy keeps a promise: at least Keeps, less than
// Breaks, with 95% confidence. Rates are batches per second.
type Capacity struct {
	Strategy string   `json:"strategy"`
	Promise  string   `json:"promise"`
	Keeps    *float64 `json:"keeps"`  // the highest rate at which it is shown to keep the promise, nil if at none
	Breaks   *float64 `json:"breaks"` // the lowest rate at which it is shown to break it, nil if at none
	Scope    string   `json:"scope"`  // of its limit: batch, process or none

	Rates []CapacityRate `json:"rates"` // that were tried, the lowest first
}

// CapacityRate is a rate that was tried.
type CapacityRate struct {
	Rate float64 `json:"rate"`
	results.Promised
	Screening bool `json:"screening,omitempty"` // a first look, which decides nothing
}

// String is the interval in words.
func (c Capacity) String() string {
	switch {
	case c.Keeps == nil && c.Breaks == nil:
		return "not decided"
	case c.Keeps == nil:
		return fmt.Sprintf("less than %.4g/s", *c.Breaks)
	case c.Breaks == nil:
		return fmt.Sprintf("at least %.4g/s", *c.Keeps)
	}
	return fmt.Sprintf("%.4g to %.4g/s", *c.Keeps, *c.Breaks)
}

// capacities returns those of all strategies of the run, the highest first; none without a
// promise. A rate at which a strategy breaks its promise, below one at which it keeps it, limits
// it all the same.
func capacities(r *Run) (list []Capacity) {
	for _, sc := range r.Scenarios {
		for _, st := range sc.Strategies {
			if st.Promised == nil {
				continue
			}
			i := slices.IndexFunc(list, func(c Capacity) bool { return c.Strategy == st.Strategy && c.Promise == sc.Promise })
			if i < 0 {
				i = len(list)
				list = append(list, Capacity{Strategy: st.Strategy, Promise: sc.Promise, Scope: st.Scope})
			}
			list[i].Rates = append(list[i].Rates, CapacityRate{Rate: sc.Rate, Promised: *st.Promised, Screening: sc.Screening})
		}
	}
	for i := range list {
		list[i].conclude()
	}
	slices.SortStableFunc(list, func(a, b Capacity) int {
		return cmp.Or(strings.Compare(a.Promise, b.Promise), cmp.Compare(number(b.Keeps), number(a.Keeps)), cmp.Compare(orBig(b.Breaks), orBig(a.Breaks)))
	})
	return list
}

func (c *Capacity) conclude() {
	slices.SortStableFunc(c.Rates, func(a, b CapacityRate) int { return cmp.Compare(a.Rate, b.Rate) })
	for i := range c.Rates {
		at := &c.Rates[i]
		switch {
		case at.Screening:
		case at.Kept == results.Breaks && c.Breaks == nil:
			c.Breaks = &at.Rate
		case at.Kept == results.Keeps && c.Breaks == nil:
			c.Keeps = &at.Rate
		}
	}
}

func number(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func orBig(v *float64) float64 {
	if v == nil {
		return 1e300
	}
	return *v
}
