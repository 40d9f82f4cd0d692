package advice

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// whyNot says which part of its work a strategy did not do, "" if it did all.
func whyNot(sc *summary.Scenario, st *summary.Strategy) string {
	switch {
	case st.Failure != "":
		return cmp.Or(st.Trouble, st.Failure)
	case st.Makespan == nil:
		return "no trial was measured"
	}
	return ""
}

// fastestOf is the fastest strategy that did its work, by the ratios of the rounds, nil if
// there is none. It is in the leading group unless none of that group did its work.
func fastestOf(sc *summary.Scenario) *summary.Strategy {
	base := slices.IndexFunc(sc.Strategies, func(st *summary.Strategy) bool { return whyNot(sc, st) == "" })
	if base < 0 {
		return nil
	}
	against := sc.Against(sc.Strategies[base])
	fastest, least, leads := sc.Strategies[base], 1.0, sc.Strategies[base].Leads
	for i, st := range sc.Strategies {
		if whyNot(sc, st) != "" || against[i] == nil {
			continue
		}
		if st.Leads && !leads || st.Leads == leads && against[i].Ratio < least {
			fastest, least, leads = st, against[i].Ratio, st.Leads
		}
	}
	return fastest
}

// ratio is the candidate's makespan relative to the fastest's, paired by round. It is
// steadier than the ratio of medians, which varies with the rounds.
func (c *Candidate) ratio() float64 {
	if c.VsFastest == nil {
		return 1
	}
	return c.VsFastest.Ratio
}

// heavier is the memory ratio that still counts as the same: a tenth more, which exceeds the
// variation of the runtime itself.
const heavier = 1.1

// choose applies the rule from line 2 on and marks the candidate to use.
func choose(list []*Candidate, tolerance float64) string {
	left := slices.DeleteFunc(slices.Clone(list), func(c *Candidate) bool {
		return !(c.Shown || c.Standing == Undecided && c.ratio() <= 1+tolerance && c.VsFastest.Interval.Low <= 1)
	})
	if len(left) == 0 {
		return ""
	}
	width := slices.MinFunc(left, func(a, b *Candidate) int { return cmp.Compare(a.Width, b.Width) }).Width
	left = slices.DeleteFunc(left, func(c *Candidate) bool { return c.Width > width })
	memory := 0.0
	for _, c := range left {
		if c.PeakRSS != nil && (memory == 0 || *c.PeakRSS < memory) {
			memory = *c.PeakRSS
		}
	}
	left = slices.DeleteFunc(left, func(c *Candidate) bool { return memory > 0 && c.PeakRSS != nil && *c.PeakRSS > heavier*memory })
	pick := slices.MinFunc(left, func(a, b *Candidate) int { return cmp.Compare(plainness(a), plainness(b)) })
	pick.Standing = ToUse
	return pick.Strategy
}

// plain are the strategies that need the least code and explanation, the plainest first. All
// others come after them, the fastest first.
var plain = []string{"sequential", "goroutine-per-task", "errgroup", "fixed-pool", "semaphore", "atomic-index"}

func plainness(c *Candidate) int {
	name, _, _ := strings.Cut(c.Strategy, ":")
	if i := slices.Index(plain, name); i >= 0 {
		return i
	}
	return len(plain)
}
