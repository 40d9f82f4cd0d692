package summary

import (
	"cmp"
	"maps"
	"slices"

	"github.com/fanbench/fanbench/strategies"
)

// Sweep is one strategy at several values of one parameter, the others being equal.
type Sweep struct {
	Family string      `json:"strategy"` // its name, with the parameters that are equal
	Param  string      `json:"param"`
	Points []*Strategy `json:"-"` // by ascending width; all have a makespan
	Fit    *Fit        `json:"fit"`
}

// leastSweep is how many widths make a sweep: the law that is fitted has three unknowns,
// and a fit needs one point more to be wrong.
const leastSweep = 4

// sweeps finds the sweeps among a scenario's strategies.
func sweeps(list []*Strategy, tasks int, seed uint64) []*Sweep {
	type key struct{ family, param string }
	found := map[key][]*Strategy{}
	for _, st := range list {
		if st.Makespan == nil || st.Makespan.Median <= 0 {
			continue
		}
		for param := range st.Params {
			k := key{rest(st, param), param}
			if !slices.ContainsFunc(found[k], func(o *Strategy) bool { return o.Width == st.Width }) {
				found[k] = append(found[k], st)
			}
		}
	}
	var out []*Sweep
	for k, points := range found {
		if len(points) < leastSweep {
			continue
		}
		slices.SortFunc(points, func(a, b *Strategy) int { return cmp.Compare(a.Width, b.Width) })
		out = append(out, &Sweep{Family: k.family, Param: k.param, Points: points, Fit: fitRounds(throughputs(points, tasks), seed)})
	}
	slices.SortFunc(out, func(a, b *Sweep) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Param, b.Param))
	})
	return out
}

// rest is a strategy's name without one of its parameters.
func rest(st *Strategy, param string) string {
	others := maps.Clone(st.Params)
	delete(others, param)
	return strategies.Choice{Spec: st.spec, Params: others}.String()
}

// throughputs are the tasks per second of every comparable trial, grouped by round.
func throughputs(points []*Strategy, tasks int) [][]observation {
	byRound := map[int][]observation{}
	for _, st := range points {
		for _, t := range st.Trials {
			if t.Comparable() && t.Makespan > 0 {
				byRound[t.Round] = append(byRound[t.Round], observation{float64(st.Width), float64(tasks) / t.Makespan.Seconds()})
			}
		}
	}
	var out [][]observation
	for _, round := range slices.Sorted(maps.Keys(byRound)) {
		out = append(out, byRound[round])
	}
	return out
}
