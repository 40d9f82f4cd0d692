package summary

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
)

// verdict is the result of the scenario in a few sentences, the pick first.
func (s *Scenario) verdict() string {
	if s.RoundsHeld == 0 {
		return "No trial was measured."
	}
	if s.TooFewRounds {
		return strings.Join(append([]string{s.tooFew()}, s.failures()...), " ")
	}
	best := s.Find(s.Best)
	if best == nil {
		return strings.Join(append([]string{"No strategy succeeded, so there is nothing to compare."}, s.failures()...), " ")
	}
	of := s.work()
	text := fmt.Sprintf("%s is the fastest of %d: %s for %s", best.Strategy, len(s.Strategies), quantity.Seconds(best.Makespan.Median), of)
	if s.RoundsNeeded == 0 { // a single strategy: nothing to compare with
		text = fmt.Sprintf("%s takes %s for %s", best.Strategy, quantity.Seconds(best.Makespan.Median), of)
	}
	if best.Efficiency != nil {
		text += fmt.Sprintf(", at %s efficiency", quantity.Percent(*best.Efficiency))
	}
	return text + ". " + strings.Join(s.qualifications(best), " ")
}

// tooFew says that there are too few rounds to compare the strategies, and gives the known
// results.
func (s *Scenario) tooFew() string {
	least, most, n := math.Inf(1), 0.0, 0
	for _, st := range s.Strategies {
		if st.Failure == "" && st.Makespan != nil {
			least, most, n = min(least, st.Makespan.Median), max(most, st.Makespan.Median), n+1
		}
	}
	medians := "Median makespans"
	if s.Rate > 0 {
		medians = "Medians"
	}
	return fmt.Sprintf("Too few rounds to compare %s: %s, and at least %d are needed. %s for %s: %s to %s.",
		quantity.Counted(float64(n), "strategy"), quantity.Counted(float64(s.RoundsHeld), "round"), s.RoundsNeeded, medians,
		s.work(), quantity.Seconds(least), quantity.Seconds(most))
}

// work says what the compared figure is of.
func (s *Scenario) work() string {
	if s.Rate == 0 {
		return quantity.Counted(float64(s.Tasks), "task")
	}
	return fmt.Sprintf("the %s of %s", s.Metric, s.Work)
}

// qualifications are the statements to add to the pick.
func (s *Scenario) qualifications(best *Strategy) []string {
	var out []string
	if c := best.VsBaseline; c != nil {
		switch c.Verdict {
		case stat.Faster:
			out = append(out, fmt.Sprintf("It takes %s of the time of %s.", quantity.Ratio(c), s.Baseline))
		case stat.Slower: // if the baseline failed, or if the difference is too small to exclude others from the leading group
			out = append(out, fmt.Sprintf("It takes %s times as long as %s.", quantity.Ratio(c), s.Baseline))
		case stat.Same:
			out = append(out, fmt.Sprintf("It is the same as %s within %g%%.", s.Baseline, 100*c.Margin))
		case stat.TooFew:
			out = append(out, fmt.Sprintf("There are too few rounds to compare it with %s.", s.Baseline))
		default:
			out = append(out, fmt.Sprintf("Against %s it is undecided after %d rounds%s.", s.Baseline, c.Rounds, more(c)))
		}
	}
	var like []string
	for _, st := range s.Strategies {
		// The baseline has its own sentence.
		if st.Failure == "" && s.LikeBest(st) && st.Strategy != s.Baseline {
			like = append(like, st.Strategy)
		}
	}
	if len(like) > 0 {
		out = append(out, fmt.Sprintf("No significant difference from it: %s.", Few(Names(like))))
	}
	return append(out, s.failures()...)
}

// failures is the sentence about failed strategies, empty if there are none.
func (s *Scenario) failures() []string {
	failed := s.failed()
	if len(failed) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Failed: %s.", strings.Join(failed, "; "))}
}

// Names shortens a list of strategies. Those that differ only in the value of their single
// parameter share one name at the position of the first: "fixed-pool:workers=16/32/64".
func Names(list []string) []string {
	var heads []string
	values := map[string][]string{} // by the text before the value
	for _, name := range list {
		head, value, _ := strings.Cut(name, "=")
		if strings.Count(name, "=") != 1 {
			heads = append(heads, name)
			continue
		}
		if values[head] == nil {
			heads = append(heads, head)
		}
		values[head] = append(values[head], value)
	}
	for i, head := range heads {
		if v := values[head]; v != nil {
			slices.SortFunc(v, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
			heads[i] = head + "=" + strings.Join(v, "/")
		}
	}
	return heads
}

// failed returns the failed strategies, grouped by kind of failure.
func (s *Scenario) failed() (out []string) {
	byFailure := map[string][]string{}
	var failures []string
	for _, st := range s.Strategies {
		if st.Failure == "" {
			continue
		}
		if byFailure[st.Failure] == nil {
			failures = append(failures, st.Failure)
		}
		byFailure[st.Failure] = append(byFailure[st.Failure], st.Strategy)
	}
	for _, f := range failures {
		out = append(out, fmt.Sprintf("%s (%s)", Few(Names(byFailure[f])), f))
	}
	return out
}

// Few joins some of the items and adds the number of further ones.
func Few(names []string) string {
	const most = 4
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}

func more(c *stat.Comparison) string {
	if c.MoreRounds <= 0 {
		return ""
	}
	return fmt.Sprintf("; about %s more would probably decide it", quantity.Count(float64(c.MoreRounds)))
}
