package bench

import (
	"fmt"
	"slices"
	"strings"
)

// Invalid returns the reasons why a scenario's measured trials are not to be trusted
// as a comparison, none if they are.
func Invalid(s Scenario, trials []Trial) []string {
	var reasons []string
	for _, c := range s.Strategies {
		if r := overBudget(s, c.String(), trials); r != "" {
			reasons = append(reasons, r)
		}
	}
	if r := unaccounted(s, trials); r != "" {
		reasons = append(reasons, r)
	}
	return reasons
}

// overBudget says by how much the tasks of a strategy failed more often than the
// scenario's error budget allows, and of what.
func overBudget(s Scenario, strategy string, trials []Trial) string {
	failed, tasks := 0, 0
	var causes []string
	for _, t := range trials {
		if t.Scenario != s.Name || t.Strategy != strategy || t.Warmup() || t.Died() {
			continue
		}
		failed += t.Audit.Failed
		tasks += t.Audit.Done
		for _, f := range t.Faults {
			if !slices.Contains(causes, f) {
				causes = append(causes, f)
			}
		}
	}
	if tasks == 0 || float64(failed) <= s.Measure.ErrorBudget*float64(tasks) {
		return ""
	}
	const most = 5
	if more := len(causes) - most; more > 0 {
		causes = append(causes[:most], fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("%s: %d of %d tasks of %s failed, over the error budget of %g%%: %s",
		s.Name, failed, tasks, strategy, 100*s.Measure.ErrorBudget, strings.Join(causes, "; "))
}

// unaccounted compares the requests that tasks made with those the server counted, in
// trials where every task reached it.
func unaccounted(s Scenario, trials []Trial) string {
	off := 0
	var first Trial
	for _, t := range trials {
		if t.Scenario != s.Name || t.Warmup() || t.Received == nil || t.Audit.Failed+t.Audit.Lost > 0 || t.accounted() {
			continue
		}
		if off == 0 {
			first = t
		}
		off++
	}
	if off == 0 {
		return ""
	}
	return fmt.Sprintf("%s: in %d trials the server counted another number of requests than the tasks made, first in round %d of %s: %d for %d",
		s.Name, off, first.Round, first.Strategy, *first.Received, first.Sent())
}

// accounted reports whether the server counted the requests that the tasks made. A
// further attempt at a task may be given up before it is sent.
func (t Trial) accounted() bool {
	return *t.Received >= t.Audit.Starts && *t.Received <= t.Sent()
}
