package reports

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// conclusions are what follows from a scenario's figures, one line each: the leading
// group, unless it is all of them, and what became of the assertions.
func conclusions(sc *summary.Scenario) []string {
	var lines []string
	var leading []string
	for _, st := range sc.Strategies {
		if st.Leads {
			leading = append(leading, st.Strategy)
		}
	}
	if n := len(leading); n > 0 && n < len(sc.Strategies) {
		lines = append(lines, fmt.Sprintf("leading: %s (no other is shown to beat it)", strings.Join(leading, ", ")))
	}
	for _, a := range sc.Assertions {
		about := ""
		if !strings.Contains(a.Text, a.Strategy) {
			about = a.Strategy + ": "
		}
		lines = append(lines, fmt.Sprintf("assert: %s: %s: %s%s", a.Outcome, a.Text, about, a.Why))
	}
	return lines
}
