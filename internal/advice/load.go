package advice

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// Load is the part of an advice that is about batches that arrive: which strategy keeps the
// promise at the rate, and up to which rate.
type Load struct {
	Promise  string             `json:"promise"`
	Rate     float64            `json:"rate"` // that was asked for, batches per second
	Work     string             `json:"work"` // the batches in a few words
	Decided  []LoadCandidate    `json:"decided"`
	Capacity []summary.Capacity `json:"capacity"`
}

// LoadCandidate is a strategy that was decided about at the rate. Times are in seconds.
type LoadCandidate struct {
	Strategy string            `json:"strategy"`
	Scope    string            `json:"scope"` // of its limit: batch, process or none
	Promised *results.Promised `json:"promised"`
	Median   *float64          `json:"response_p50"`
	P99      *float64          `json:"response_p99"`
	Goodput  *float64          `json:"goodput"`
	InSystem float64           `json:"in_system"`
	Rejected int               `json:"rejected"`
	Capacity string            `json:"highest_rate"` // in words
	keeps    float64
}

// ofLoad is the advice of a run under load with a promise: about the first scenario that is not
// a screening, or, without one, none.
func ofLoad(r *summary.Run, sc *summary.Scenario) *Advice {
	a := &Advice{
		Schema: Schema, Run: r.Run, Status: r.Status, Reasons: r.Reasons, Warnings: warnings(r),
		Scenario: sc.Name, Target: sc.Target, Tasks: sc.Tasks, Rounds: sc.RoundsHeld, Planned: sc.Rounds, Tolerance: sc.Margin,
		Candidates: []*Candidate{}, Excluded: []Excluded{}, Screenings: []Screening{}, Untried: []string{},
		Slots: sc.Slots, HTTP: sc.HTTP,
		Load: &Load{Promise: sc.Promise, Rate: sc.Rate, Work: sc.Work, Capacity: r.Capacities},
	}
	if !sc.Screening {
		for _, st := range sc.Strategies {
			if st.Load == nil || st.Promised == nil {
				continue
			}
			c := LoadCandidate{
				Strategy: st.Strategy, Scope: st.Scope, Promised: st.Promised, Median: st.Load.P50, P99: st.Load.P99,
				Goodput: st.Load.Goodput, InSystem: st.Load.InSystem, Rejected: st.Load.Rejected,
			}
			if i := slices.IndexFunc(r.Capacities, func(o summary.Capacity) bool { return o.Strategy == st.Strategy }); i >= 0 {
				c.Capacity = r.Capacities[i].String()
				if k := r.Capacities[i].Keeps; k != nil {
					c.keeps = *k
				}
			}
			a.Load.Decided = append(a.Load.Decided, c)
		}
	}
	if use := a.Load.use(); use != nil {
		a.Use = use.Strategy
	}
	a.Summary = a.loadSentence()
	return a
}

// use is the strategy that keeps the promise up to the highest rate; of several, the fastest at
// the rate that was asked for. It is nil if none is shown to keep the promise.
func (l *Load) use() *LoadCandidate {
	var best *LoadCandidate
	for i := range l.Decided {
		c := &l.Decided[i]
		if c.Promised.Kept == results.Keeps && (best == nil || c.keeps > best.keeps) {
			best = c
		}
	}
	return best
}

var scopes = map[string]string{
	"process": "one limit for the process",
	"batch":   "a limit for each batch",
	"none":    "no limit",
}

func (a *Advice) loadSentence() string {
	l := a.Load
	use := l.use()
	if use == nil {
		for _, c := range l.Capacity {
			if c.Keeps != nil {
				return fmt.Sprintf("Nothing is shown to keep %s at %.4g/s. %s keeps it up to %.4g/s.", l.Promise, l.Rate, c.Strategy, *c.Keeps)
			}
		}
		if len(l.Decided) == 0 {
			return "Nothing can be recommended: the run ended before anything was decided."
		}
		return fmt.Sprintf("Nothing is shown to keep %s at %.4g/s, or at a lower rate that was tried.", l.Promise, l.Rate)
	}
	text := fmt.Sprintf("Use %s (%s): it keeps %s at %.4g/s", use.Strategy, scopes[use.Scope], l.Promise, l.Rate)
	i := slices.IndexFunc(l.Capacity, func(c summary.Capacity) bool { return c.Strategy == use.Strategy })
	c := l.Capacity[i]
	switch {
	case c.Keeps != nil && *c.Keeps > l.Rate && c.Breaks != nil:
		return fmt.Sprintf("%s, and up to %.4g/s (headroom %s); at %.4g/s it breaks it.", text, *c.Keeps, quantity.Percent(*c.Keeps/l.Rate-1), *c.Breaks)
	case c.Keeps != nil && *c.Keeps > l.Rate:
		return fmt.Sprintf("%s, and up to %.4g/s at least (headroom %s).", text, *c.Keeps, quantity.Percent(*c.Keeps/l.Rate-1))
	case c.Breaks != nil:
		return fmt.Sprintf("%s; at %.4g/s it breaks it. No headroom is shown.", text, *c.Breaks)
	}
	return text + ". Its headroom was not measured."
}

// loadSections are the sections of an advice under load before its table.
func (a *Advice) loadSections() []Section {
	l := a.Load
	use := l.use()
	if use == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("%d of %d rounds kept the promise; %s of all batches broke it.", use.Promised.Of, use.Promised.Rounds, quantity.Percent(use.Promised.Broken))}
	for _, c := range l.Decided {
		if c.Strategy != use.Strategy {
			lines = append(lines, fmt.Sprintf("%s (%s): promise %s; highest rate %s.", c.Strategy, scopes[c.Scope], c.Promised, c.Capacity))
		}
	}
	var looked []string
	for _, c := range l.Capacity {
		decided := slices.ContainsFunc(l.Decided, func(d LoadCandidate) bool { return d.Strategy == c.Strategy })
		if !decided {
			kept := 0
			rounds := 0
			for _, r := range c.Rates {
				if r.Rate == l.Rate {
					kept, rounds = kept+r.Of, rounds+r.Rounds
				}
			}
			looked = append(looked, fmt.Sprintf("%s %d of %d", c.Strategy, kept, rounds))
		}
	}
	if len(looked) > 0 {
		lines = append(lines, "Not better in the first look (rounds that kept the promise): "+strings.Join(looked, ", ")+".")
	}
	return []Section{{"Why", lines}}
}
