package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/strategies"
)

const (
	// leastFinalists are kept even if that means fewer rounds.
	leastFinalists = 3
	// mostFinalists is the maximum for the decision, without the one that limits in another
	// way than a pool: each finalist takes rounds from the others.
	mostFinalists = 5
	// mostContenders is the maximum that get more rounds of screening.
	mostContenders = 6
	// A gap between limits is narrowed until they differ by less than closeEnough. It is
	// divided at these fractions in this order, because the middle is most informative.
	closeEnough = 1.06
)

var parts = []float64{0.5, 0.25, 0.75}

// limiting are the strategies that differ only in their concurrency limit.
var limiting = []string{"sequential", "goroutine-per-task", "fixed-pool"}

func limits(r *result) bool { return plain(r.choice.String()) }

// plain reports whether a strategy is one of them, by its whole name.
func plain(strategy string) bool {
	name, _, _ := strings.Cut(strategy, ":")
	return slices.Contains(limiting, name)
}

// contenders may be the best or as good as the best, the best first.
func (p *Search) contenders(e *evidence) (list []*result) {
	working := e.working()
	for _, r := range working {
		if e.contends(r, working[0], p.Tolerance) {
			list = append(list, r)
		}
	}
	return list
}

// lowest is the contender with the lowest limit, the better one of two.
func lowest(list []*result) *result {
	low := list[0]
	for _, r := range list {
		if r.width < low.width {
			low = r
		}
	}
	return low
}

// near returns the strategies that deserve more rounds of screening, the best first, and
// untried limits between the contenders and worse or failed ones.
func (p *Search) near(e *evidence) (contenders, between []strategies.Choice) {
	list := p.contenders(e)
	low := lowest(list)
	for _, r := range append([]*result{list[0], low}, list...) {
		if len(contenders) < mostContenders && !contains(contenders, r.choice) {
			contenders = append(contenders, r.choice)
		}
	}
	if p.Only != nil {
		for _, c := range p.Only { // those that were postponed
			if e.find(c) == nil {
				between = append(between, c)
			}
		}
		return contenders, between
	}

	// Between the lowest contender and the next lower limit there may be one that is as
	// good. If nothing wider than the best contends, there may be a better one between the
	// best and the next wider limit, which is worse or fails.
	best := list[0]
	above, below := math.MaxInt, 0
	for _, r := range e.results {
		if !limits(r) {
			continue
		}
		if r.width > best.width {
			above = min(above, r.width)
		}
		if r.width < low.width {
			below = max(below, r.width)
		}
	}
	try := func(limit int) {
		if c := pool(limit); e.find(c) == nil && !contains(between, c) && !p.hopeless(e, c) {
			between = append(between, c)
		}
	}
	add := func(from, to int) {
		if float64(to) < closeEnough*float64(from) {
			return
		}
		for _, part := range parts {
			limit := from + int(math.Round(part*float64(to-from)))
			if limit > from && limit < to {
				try(limit)
			}
		}
	}
	wider := slices.ContainsFunc(list, func(r *result) bool { return r.width > best.width })
	if above < math.MaxInt && !wider {
		add(best.width, above)
	}
	if low.width > 1 {
		if below == 0 { // nothing lower was tried: if all limits are alike, a large step finishes soonest
			for _, part := range []int{4, 2} {
				below = max(1, low.width/part)
				try(below)
			}
		}
		add(below, low.width)
	}
	return contenders, between
}

// finalists are the candidates of the decision, the most important first: the lowest limit
// that is as good by the screening's estimate; the best; the next lower working limit (the
// advice shows that it is slower, or falls back on it if the others fail); the widest
// contender; and the other contenders, those with the nearest limits first.
func (p *Search) finalists(e *evidence) []strategies.Choice {
	list := p.contenders(e)
	best := list[0]
	likely, widestOne := best, best
	for _, r := range list {
		if r.width < likely.width && r.level <= best.level+math.Log1p(p.Tolerance) {
			likely = r
		}
		if r.width > widestOne.width {
			widestOne = r
		}
	}
	out := []strategies.Choice{likely.choice, best.choice}
	var lower *result
	for _, r := range e.working() {
		if r.width < likely.width && (lower == nil || r.width > lower.width) {
			lower = r
		}
	}
	if lower != nil {
		out = append(out, lower.choice)
	}
	out = append(out, widestOne.choice)
	slices.SortStableFunc(list, func(a, b *result) int {
		return cmp.Compare(math.Abs(math.Log(float64(a.width)/float64(likely.width))), math.Abs(math.Log(float64(b.width)/float64(likely.width))))
	})
	for _, r := range list {
		out = append(out, r.choice)
	}
	out = distinct(out)
	return out[:min(len(out), mostFinalists)]
}

// anotherWay keeps the limit of the first finalist in another way than a pool does. It is nil
// if there is no limit to keep or such a strategy is already a finalist.
func (p *Search) anotherWay(list []strategies.Choice) *strategies.Choice {
	n := p.scenario.Workload.Tasks
	limit := list[0].Width(n)
	if c := another(limit, n); p.Only == nil && limit > 1 && !contains(list, c) {
		return &c
	}
	return nil
}

// decisionNote describes the decision and its expected time.
func decisionNote(list []strategies.Choice, rounds int, seconds, left float64) string {
	text := fmt.Sprintf("decision: %s, %s, about %.0f s", counted(len(list), "finalist"), counted(rounds, "round"), seconds)
	switch {
	case len(list) > 1 && rounds < enough(len(list)):
		text += fmt.Sprintf(": too few to decide in the remaining %.0f s; increase --time", max(left, 0))
	case seconds > 1.1*left:
		text += fmt.Sprintf(", more than the remaining %.0f s", max(left, 0))
	}
	return text
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
