package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/reports/quantity"
)

// verdict is what came out of the scenario, in a few sentences, the pick first.
func (s *Scenario) verdict() string {
	if s.RoundsHeld == 0 {
		return "No trial was measured."
	}
	best := s.Find(s.Best)
	if best == nil {
		return "No strategy came through: each crashed, hung, stopped at an error or lost work, so there is none to pick."
	}
	text := fmt.Sprintf("%s is the fastest of %d: %s for %s tasks", best.Strategy, len(s.Strategies),
		quantity.Seconds(best.Makespan.Median), quantity.Count(float64(s.Tasks)))
	if len(s.Strategies) == 1 {
		text = fmt.Sprintf("%s takes %s over %s tasks", best.Strategy, quantity.Seconds(best.Makespan.Median), quantity.Count(float64(s.Tasks)))
	}
	if best.Efficiency != nil {
		text += fmt.Sprintf(", at %s efficiency", quantity.Percent(*best.Efficiency))
	}
	return text + ". " + strings.Join(s.qualifications(best), " ")
}

// qualifications are what must be said beside the pick.
func (s *Scenario) qualifications(best *Strategy) []string {
	var out []string
	if c := best.VsBaseline; c != nil {
		switch c.Verdict {
		case stat.Faster:
			out = append(out, fmt.Sprintf("It takes %s of the time of %s.", quantity.Ratio(c), s.Baseline))
		case stat.Slower: // of one that failed, or by a hair that keeps no other from leading
			out = append(out, fmt.Sprintf("It takes %s times as long as %s.", quantity.Ratio(c), s.Baseline))
		case stat.Same:
			out = append(out, fmt.Sprintf("It is the same as %s within %g%%.", s.Baseline, 100*c.Margin))
		default:
			out = append(out, fmt.Sprintf("Against %s it is undecided after %d rounds%s.", s.Baseline, c.Rounds, more(c)))
		}
	}
	var like []string
	for _, st := range s.Strategies {
		// The baseline has a sentence of its own.
		if st.Failure == "" && s.LikeBest(st) && st.Strategy != s.Baseline {
			like = append(like, st.Strategy)
		}
	}
	if len(like) > 0 {
		out = append(out, fmt.Sprintf("Not to be told from it: %s.", Few(Names(like))))
	}
	if failed := s.failed(); len(failed) > 0 {
		out = append(out, fmt.Sprintf("Failed: %s.", strings.Join(failed, "; ")))
	}
	return out
}

// Names are strategies' names in a shorter form: those that differ in the value of their
// only parameter share one, which stands where the first of them does:
// "fixed-pool:workers=16/32/64".
func Names(list []string) []string {
	var heads []string
	values := map[string][]string{} // by what comes before them
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

// failed are the strategies that failed, by what they failed of.
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

// Few writes some of the names, or what is said of each, and how many more there are.
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
