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
	// widest is the highest limit that is tried: beyond, hardly a server answers, and a
	// limit hardly limits.
	widest = 1024
	// For CPU work, limits above this multiple of the cores show nothing new.
	widestPerCPU = 4
	// The same for a target of known capacity: more requests than twice the capacity only
	// wait, or are refused.
	widestPerCapacity = 2
	// An adaptive limit needs some hundred tasks to find its place.
	leastAdaptive = 256
)

// near are limits around a known capacity, as parts of it: a server may keep some of it for
// others, and a few requests more than it has slots keep them busy on the way there.
var near = []float64{0.5, 0.75, 0.9, 1, 1.25, 1.5, widestPerCapacity}

// candidates are the strategies to begin with: of each kind one of the built-in ones (a
// library's pool is the same kind as fixed-pool), and those that the scenario names.
// Strategies that send requests twice (hedged) are considered only if the scenario names
// them, since that must be harmless. capacity is how many tasks the target is known to do at
// once, 0 if that is not known.
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
		if limit > 1 && limit <= high && limit < n { // else it is one of those above
			list = append(list, pool(limit))
		}
	}
	if n >= leastAdaptive && s.Target.CPU == nil && capacity == 0 {
		list = append(list, parse("adaptive-gradient")...)
	}
	return distinct(append(list, s.Strategies...))
}

// another is a strategy that keeps a limit in another way than a pool does.
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

// parse reads strategies that this package names, all of them of package strategies.
func parse(texts ...string) (list []strategies.Choice) {
	for _, text := range texts {
		c, err := strategies.Parse(text)
		if err != nil {
			panic("search: " + err.Error()) // a mistake in this package
		}
		list = append(list, c)
	}
	return list
}

// distinct leaves out what is named before.
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

// cheapest leaves out the strategies that take longest, until the time of all the others
// together is within the budget or no more than least are left. It keeps their order.
func cheapest(list []strategies.Choice, seconds func(c strategies.Choice) float64, budget float64, least int) []strategies.Choice {
	list = slices.Clone(list)
	for len(list) > least && sum(list, seconds) > budget {
		slowest := slices.MaxFunc(list, func(a, b strategies.Choice) int { return cmp.Compare(seconds(a), seconds(b)) })
		list = slices.DeleteFunc(list, func(c strategies.Choice) bool { return c.String() == slowest.String() })
	}
	return list
}

// first leaves out the strategies from the end of the list until the time of the others
// together is within the budget or no more than least are left.
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
