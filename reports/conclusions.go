package reports

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// conclusions are what several machines say, and the outcomes of a scenario's assertions, one
// line each.
func conclusions(sc *summary.Scenario) []string {
	lines := slices.Clone(sc.AcrossMachines)
	for _, a := range sc.Assertions {
		about := ""
		if !strings.Contains(a.Text, a.Strategy) {
			about = a.Strategy + ": "
		}
		lines = append(lines, fmt.Sprintf("assert: %s: %s: %s%s", a.Outcome, a.Text, about, a.Why))
	}
	return lines
}
