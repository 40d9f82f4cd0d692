package summary

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/quantity"
)

// TimesBest is the strategy's median makespan relative to the pick's, NaN if either is
// unknown.
func (s *Scenario) TimesBest(st *Strategy) float64 {
	best := s.Find(s.Best)
	if best == nil || st.Makespan == nil || best.Makespan.Median <= 0 {
		return math.NaN()
	}
	return st.Makespan.Median / best.Makespan.Median
}

// LikeBest reports whether the strategy is in the leading group but is not the pick: there is
// no significant difference.
func (s *Scenario) LikeBest(st *Strategy) bool { return st.Leads && st.Strategy != s.Best }

// Note is a short remark on a strategy beside its makespan or failure: "98%", its efficiency;
// "14% done", for one that failed; "3.0% err", for failed tasks.
func (s *Strategy) Note() string {
	var parts []string
	switch {
	case s.Failure != "" && s.Done != nil:
		if l := s.Load; l != nil && l.Batches > 0 && l.Goodput != nil {
			return quantity.Percent(float64(l.Good)/float64(l.Batches)) + " good"
		}
		return quantity.Percent(*s.Done) + " done"
	case s.Efficiency != nil:
		parts = append(parts, quantity.Percent(*s.Efficiency))
	}
	if s.Failed > 0 {
		parts = append(parts, quantity.Percent(s.failing())+" err")
	}
	return strings.Join(parts, ", ")
}

// pick is the strategy with the least median makespan among the leading ones that never
// failed, "" if there is none.
func (s *Scenario) pick() string {
	for _, st := range s.Strategies {
		if st.Leads && st.Makespan != nil && st.Failure == "" {
			return st.Strategy
		}
	}
	return ""
}

// Concluded are the scenarios with conclusions: all except screenings.
func (r *Run) Concluded() []*Scenario {
	return slices.DeleteFunc(slices.Clone(r.Scenarios), func(s *Scenario) bool { return s.Screening })
}

// ByStanding returns the names of all strategies in a run's concluded scenarios. Those that
// failed in fewer scenarios come first, and among them those nearest to the best over all
// scenarios (geometric mean of TimesBest).
func ByStanding(r *Run) []string {
	type standing struct {
		name     string
		failures int
		log      float64
		counted  int
	}
	var list []*standing
	for _, sc := range r.Concluded() {
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
