package summary

import (
	"cmp"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/stat"
)

// TimesBest is the strategy's median makespan as a multiple of the best's, NaN where
// either is not known.
func (s *Scenario) TimesBest(st *Strategy) float64 {
	best := s.Find(s.Best)
	if best == nil || st.Makespan == nil || best.Makespan.Median <= 0 {
		return math.NaN()
	}
	return st.Makespan.Median / best.Makespan.Median
}

// LikeBest reports whether the strategy is not the best and yet cannot be told from it:
// the same within the margin, or undecided.
func (s *Scenario) LikeBest(st *Strategy) bool {
	return st.Strategy != s.Best && st.Failure == "" && st.VsBest != nil &&
		(st.VsBest.Verdict == stat.Same || st.VsBest.Verdict == stat.Undecided)
}

// ByStanding are the names of all strategies of a run, the one first that is nearest to
// the best over all scenarios (geometric mean of TimesBest); those that failed in more
// scenarios come after those that failed in fewer.
func ByStanding(r *Run) []string {
	type standing struct {
		name     string
		failures int
		log      float64
		counted  int
	}
	var list []*standing
	for _, sc := range r.Scenarios {
		for _, st := range sc.Strategies {
			i := slices.IndexFunc(list, func(x *standing) bool { return x.name == st.Strategy })
			if i < 0 {
				i = len(list)
				list = append(list, &standing{name: st.Strategy})
			}
			if st.Failure != "" {
				list[i].failures++
			}
			if t := sc.TimesBest(st); t > 0 {
				list[i].log += math.Log(t)
				list[i].counted++
			}
		}
	}
	mean := func(x *standing) float64 {
		if x.counted == 0 {
			return math.Inf(1)
		}
		return x.log / float64(x.counted)
	}
	slices.SortStableFunc(list, func(a, b *standing) int {
		return cmp.Or(cmp.Compare(a.failures, b.failures), cmp.Compare(mean(a), mean(b)))
	})
	names := make([]string, len(list))
	for i, x := range list {
		names[i] = x.name
	}
	return names
}
