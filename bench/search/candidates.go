package search

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/strategies"
)

const (
	// widest is the highest limit that is tried: beyond, hardly a server answers, and a
	// limit hardly limits.
	widest = 1024
	// Of work that keeps cores busy, limits beyond so many times the cores bring nothing
	// that the first of them does not show.
	widestPerCPU = 4
	// An adaptive limit needs some hundred tasks to find its place.
	leastAdaptive = 256
)

// candidates are the strategies that are considered: of each kind one that comes along
// (a library's pool is the same kind as fixed-pool), and those that the scenario names.
// Those that send requests twice (hedged) are considered only if the scenario names them,
// since that must be harmless.
func candidates(s bench.Scenario, cpus int) []strategies.Choice {
	n := s.Workload.Tasks
	high := min(n, widest)
	if s.Target.CPU != nil {
		high = min(n, max(widestPerCPU*cpus, 2))
	}
	texts := []string{"sequential", "goroutine-per-task", "errgroup"}
	if high > 1 {
		texts = append(texts, fmt.Sprintf("fixed-pool:workers=1..%d", high))
	} else {
		texts = append(texts, "fixed-pool:workers=1")
	}
	if s.Target.CPU != nil && cpus <= high {
		texts = append(texts, fmt.Sprintf("fixed-pool:workers=%d", cpus))
	}
	if n >= leastAdaptive && s.Target.CPU == nil {
		texts = append(texts, "adaptive-gradient")
	}
	return distinct(append(parse(texts...), s.Strategies...))
}

// kinds are strategies that keep a limit in another way than fixed-pool does.
func kinds(limit int) []strategies.Choice {
	return parse(fmt.Sprintf("errgroup:limit=%d", limit), fmt.Sprintf("atomic-index:workers=%d", limit))
}

// pool is the plainest strategy with a limit.
func pool(limit int) strategies.Choice {
	return parse(fmt.Sprintf("fixed-pool:workers=%d", limit))[0]
}

// parse reads strategies that this package names, all of them of package strategies.
func parse(texts ...string) (list []strategies.Choice) {
	for _, text := range texts {
		choices, err := strategies.ParseSweep(text)
		if err != nil {
			panic("search: " + err.Error()) // a mistake in this package
		}
		list = append(list, choices...)
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

func sum(list []strategies.Choice, seconds func(c strategies.Choice) float64) (total float64) {
	for _, c := range list {
		total += seconds(c)
	}
	return total
}
