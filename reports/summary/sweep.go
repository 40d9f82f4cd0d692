package summary

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Sweep is one strategy at several values of one parameter, with all others equal.
type Sweep struct {
	Family string      `json:"strategy"` // its name, with the equal parameters
	Param  string      `json:"param"`
	Points []*Strategy `json:"-"`      // by ascending width; all have a makespan
	Enough int         `json:"enough"` // the lowest limit that no other is shown to beat; 0 if no limit is shown to beat the lowest
	Fit    *Fit        `json:"fit"`
}

// leastSweep is the minimum number of limits in a sweep. The fitted law has three unknowns,
// and a fit can be checked only with one point more.
const leastSweep = 4

// sweeps finds the sweeps among a scenario's strategies.
func sweeps(list []*Strategy, tasks int, m scenario.Measurement) []*Sweep {
	type key struct{ family, param string }
	found := map[key][]*Strategy{}
	for _, st := range list {
		if st.Makespan == nil || st.Makespan.Median <= 0 || st.Failure == FailedTasks {
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
		w := &Sweep{Family: k.family, Param: k.param, Points: points, Fit: fitRounds(throughputs(points, tasks), m.Seed)}
		w.Enough = w.enough(m.Statistics())
		w.checkKnee(m.Statistics())
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *Sweep) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Param, b.Param))
	})
	return out
}

// enough is the lowest limit in the leading group of the sweep. It is 0 if that is the lowest
// of all: then there are too few data, or there is nothing to gain.
func (w *Sweep) enough(o stat.Options) int {
	metric := make([][]float64, len(w.Points))
	for i, st := range w.Points {
		byRound := results.Makespans(st.Trials)
		for _, round := range held(w.Points) {
			metric[i] = append(metric[i], byRound[round]) // 0 has no ratio and does not count
		}
	}
	i := slices.Index(stat.Leaders(metric, o), true)
	if i <= 0 {
		return 0
	}
	return w.Points[i].Width
}

// undecide removes the conclusions for which a scenario has too few rounds.
func (w *Sweep) undecide() {
	w.Enough = 0
	if w.Fit != nil {
		w.Fit.Knee = nil
	}
}

// checkKnee removes the knee if throughput is not shown to fall beyond it. The law has a bend
// in any case. If a server's workers or the longest task are the limit, throughput merely
// stops rising, but the law fits a knee there.
func (w *Sweep) checkKnee(o stat.Options) {
	if w.Fit == nil || w.Fit.Knee == nil {
		return
	}
	nearest := slices.MinFunc(w.Points, func(a, b *Strategy) int {
		off := func(st *Strategy) float64 { return math.Abs(float64(st.Width) - *w.Fit.Knee) }
		return cmp.Compare(off(a), off(b))
	})
	widest := w.Points[len(w.Points)-1]
	p := stat.PairRounds(results.Makespans(nearest.Trials), results.Makespans(widest.Trials))
	if stat.Compare(p.Base, p.Head, o).Verdict != stat.Slower {
		w.Fit.Knee = nil
	}
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
			if t.Counts() && t.Makespan > 0 {
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
