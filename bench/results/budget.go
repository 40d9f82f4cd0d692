package results

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/scenario"
)

// OverBudget returns how many of a strategy's tasks failed in the measured trials of a
// scenario, and why, if that exceeds the scenario's error budget, else "". The strategy has
// then failed, because it did less work.
func (r *Run) OverBudget(s scenario.Scenario, strategy string) string {
	failed, tasks := 0, 0
	var causes []string
	for _, t := range r.Measured(s.Name, strategy) {
		if t.Died() {
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
	return fmt.Sprintf("%d of %d tasks failed, over the error budget of %g%% (--error-budget): %s", failed, tasks, 100*s.Measure.ErrorBudget, strings.Join(causes, "; "))
}

// overBudget has a line for each of a scenario's strategies that is over the error budget,
// except for those with a trial that another line reports.
func (r *Run) overBudget(s scenario.Scenario, told func(t Trial) bool) (lines []string) {
	for _, c := range s.Strategies {
		name := c.String()
		why := r.OverBudget(s, name)
		if why == "" || slices.ContainsFunc(r.Of(s.Name, name), told) {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %s: %s", s.Name, name, why))
	}
	return lines
}
