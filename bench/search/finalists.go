package search

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/strategies"
)

const (
	// nearBest is how far behind the best of the screening a finalist may be: so few rounds
	// are no more exact than that. The leading few are finalists in any case.
	nearBest = 1.25
	// leastSlack is how far behind it a limit may be to count as high enough, or twice
	// the tolerance if that is more.
	leastSlack = 0.1
	// mostFinalists are decided between: each more takes rounds from all.
	mostFinalists = 9
)

// finalists are the strategies that the decision is between, the most important first:
// the best of the screening, the least limit that was nearly as good, the second best, that
// limit's neighbours, another way to keep it, and whoever else was near. seconds is how long a
// trial of one takes.
func (p *Search) finalists(run *bench.Run, screening bench.Scenario) (list []strategies.Choice, seconds func(strategies.Choice) float64) {
	n := screening.Workload.Tasks
	looks := found(run)
	of := func(c strategies.Choice) float64 { // a multiple of what all took
		if f, ok := looks[c.String()]; ok {
			return math.Exp(f.score)
		}
		return math.Inf(1)
	}
	near := slices.DeleteFunc(slices.Clone(screening.Strategies), func(c strategies.Choice) bool { return math.IsInf(of(c), 1) })
	if len(near) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(near, func(a, b strategies.Choice) int { return cmp.Compare(of(a), of(b)) })
	best := near[0]
	for i, c := range near {
		if i >= leastCandidates && of(c) > nearBest*of(best) {
			near = near[:i]
			break
		}
	}

	slack := 1 + max(leastSlack, 2*p.Tolerance)
	low := leastWidth(near, func(c strategies.Choice) bool { return of(c) <= slack*of(best) }, n)
	list = append([]strategies.Choice{best, low}, near[:min(2, len(near))]...)
	var other []strategies.Choice
	if limit := low.Width(n); p.Only == nil && limit < n { // else no limit at all is as good
		list = append(list, p.neighbours(limit, screening, of)...)
		other = kinds(limit)
	}
	list = distinct(slices.Concat(list, other[:min(1, len(other))], near, other))
	list = list[:min(len(list), mostFinalists)]
	seconds = func(c strategies.Choice) float64 {
		if f, ok := looks[c.String()]; ok {
			return f.seconds + trialOverhead.Seconds()
		}
		// It was not screened: no longer than the next lower limit that was.
		width, took := 0, p.expected(c)
		for _, o := range screening.Strategies {
			if f, ok := looks[o.String()]; ok && o.Width(n) <= c.Width(n) && o.Width(n) > width {
				width, took = o.Width(n), f.seconds+trialOverhead.Seconds()
			}
		}
		return took
	}
	return list, seconds
}

// leastWidth is the first of the strategies of the least width among those that are good
// enough. The first of the list is.
func leastWidth(list []strategies.Choice, good func(strategies.Choice) bool, n int) strategies.Choice {
	low := list[0]
	for _, c := range list {
		if good(c) && c.Width(n) < low.Width(n) {
			low = c
		}
	}
	return low
}

// neighbours are limits between one and the next that were screened, a quarter below and
// half above. Between a limit that failed and one that did not, nothing is tried, nor just
// below the size of the batch, where a limit hardly limits.
func (p *Search) neighbours(limit int, screening bench.Scenario, of func(strategies.Choice) float64) (out []strategies.Choice) {
	n := screening.Workload.Tasks
	failed := slices.ContainsFunc(screening.Strategies, func(c strategies.Choice) bool {
		return c.Width(n) > limit && c.Width(n) <= 2*limit && math.IsInf(of(c), 1)
	})
	for _, v := range []int{limit - limit/4, limit + limit/2} {
		if v < limit || v > limit && !failed && v+v/4 < n {
			out = append(out, pool(v))
		}
	}
	return out
}

// screeningNote says what is screened and how long that takes.
func screeningNote(list, all []strategies.Choice, rounds int, seconds, left float64) string {
	text := fmt.Sprintf("screening: %s, %s, about %.0f s; then the leading ones, until %.0f s are over", counted(len(list), "candidate"), counted(rounds, "round"), seconds, left)
	if n := len(all) - len(list); n > 0 {
		text += fmt.Sprintf(" (for want of time, the %d slowest to try are left out; --time gives more)", n)
	}
	return text
}

// decisionNote says likewise of the decision.
func decisionNote(list []strategies.Choice, rounds int, seconds, left float64) string {
	text := fmt.Sprintf("decision: %d strategies, %s, about %.0f s", len(list), counted(rounds, "round"), seconds)
	if seconds > 1.1*left {
		text += fmt.Sprintf(", more than the %.0f s that are left: fewer rounds could not decide", left)
	}
	return text
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
