package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

const (
	// widest is the highest limit tried: hardly any server can serve more, and such a limit
	// hardly limits.
	widest = 1024
	// For work that keeps cores busy, limits beyond this multiple of the cores add nothing
	// to what the first of them shows.
	widestPerCPU = 4
	// For a target of known capacity, requests beyond this multiple only wait or are
	// refused.
	widestPerCapacity = 2
	// leastAdaptive is the number of tasks that an adaptive limit needs to settle.
	leastAdaptive = 256
)

// near are limits around a known capacity, as multiples of it. A server may reserve a part of
// its capacity for others, and a few more requests than workers keep them busy.
var near = []float64{0.5, 0.75, 0.9, 1, 1.25, 1.5, widestPerCapacity}

// candidates are the initial strategies: one built-in strategy of each kind (a library's pool
// is the same kind as fixed-pool), and those that the scenario names. Strategies that send
// requests twice (hedged) must be harmless for the target, so only the scenario can name
// them. capacity is the number of tasks that the target is known to do at once, 0 if
// unknown.
func candidates(s scenario.Scenario, cpus, capacity int) []strategies.Choice {
	n := s.Workload.Tasks
	high := min(n, widest)
	var limits []int
	switch {
	case s.Target.CPU != nil:
		high = min(n, max(widestPerCPU*cpus, 2))
		limits = append(limits, cpus)
	case capacity > 0:
		high = min(n, max(widestPerCapacity*capacity, 2))
		for _, part := range near {
			limits = append(limits, int(math.Round(part*float64(capacity))))
		}
	}
	for limit := 2; limit < high; limit *= 2 {
		limits = append(limits, limit)
	}
	limits = append(limits, high)
	slices.Sort(limits)
	list := parse("sequential")
	if high == n || s.Target.CPU != nil || n > widest && capacity == 0 {
		list = parse("sequential", "goroutine-per-task")
	}
	for _, limit := range slices.Compact(limits) {
		if limit > 1 && limit <= high && limit < n { // otherwise it is already in the list
			list = append(list, pool(limit))
		}
	}
	if n >= leastAdaptive && s.Target.CPU == nil && capacity == 0 {
		list = append(list, parse("adaptive-gradient")...)
	}
	return distinct(append(list, s.Strategies...))
}

// another is a strategy with a limit that is not implemented as a pool.
func another(limit, tasks int) strategies.Choice {
	if limit >= tasks {
		return parse("errgroup")[0]
	}
	return parse(fmt.Sprintf("errgroup:limit=%d", limit))[0]
}

// pool is the plainest strategy with a limit.
func pool(limit int) strategies.Choice {
	if limit == 1 {
		return parse("sequential")[0]
	}
	return parse(fmt.Sprintf("fixed-pool:workers=%d", limit))[0]
}

// parse parses strategies named in this package.
func parse(texts ...string) (list []strategies.Choice) {
	for _, text := range texts {
		c, err := strategies.Parse(text)
		if err != nil {
			panic("search: " + err.Error()) // a bug in this package
		}
		list = append(list, c)
	}
	return list
}

// distinct removes duplicates.
func distinct(list []strategies.Choice) (out []strategies.Choice) {
	for _, c := range list {
		if !contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func contains(list []strategies.Choice, c strategies.Choice) bool {
	return slices.ContainsFunc(list, func(o strategies.Choice) bool { return o.String() == c.String() })
}

// cheapest removes the slowest strategies until the total time of the rest is within the
// budget or only least are left. It keeps their order.
func cheapest(list []strategies.Choice, seconds func(c strategies.Choice) float64, budget float64, least int) []strategies.Choice {
	list = slices.Clone(list)
	for len(list) > least && sum(list, seconds) > budget {
		slowest := slices.MaxFunc(list, func(a, b strategies.Choice) int { return cmp.Compare(seconds(a), seconds(b)) })
		list = slices.DeleteFunc(list, func(c strategies.Choice) bool { return c.String() == slowest.String() })
	}
	return list
}

// first removes strategies from the end of the list until the total time of the rest is
// within the budget or only least are left.
func first(list []strategies.Choice, seconds func(c strategies.Choice) float64, budget float64, least int) []strategies.Choice {
	for len(list) > least && sum(list, seconds) > budget {
		list = list[:len(list)-1]
	}
	return list
}

func sum(list []strategies.Choice, seconds func(c strategies.Choice) float64) (total float64) {
	for _, c := range list {
		total += seconds(c)
	}
	return total
}
