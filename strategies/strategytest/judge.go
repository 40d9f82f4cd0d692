package strategytest

import (
	"fmt"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// judge compares the observations with what is required and declared.
func judge(c strategies.Choice, seen map[string][]probe.Observation) []string {
	var problems []string
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	for _, o := range seen[probe.EachOnce] {
		if o.End != probe.Returned {
			report("%d tasks that all succeed: Run %s", o.Tasks, o.End)
		}
		if o.Err != "" {
			report("%d tasks that all succeed: Run returned %s", o.Tasks, o.Err)
		}
		if o.NeverStarted+o.Twice+o.NotOK > 0 {
			report("%d tasks that all succeed: %d never started, %d run twice, %d not done", o.Tasks, o.NeverStarted, o.Twice, o.NotOK)
		}
		if o.Leaked > 0 {
			report("%d goroutines are left after Close", o.Leaked)
		}
	}
	for _, width := range seen[probe.Width] {
		switch declared := c.Width(width.Tasks); {
		case width.Peak > declared:
			report("declared width %d: exceeded, %d of %d tasks ran at once", declared, width.Peak, width.Tasks)
		case width.Peak < declared && !c.Spec.Traits.Adaptive:
			report("declared width %d: never reached, at most %d of %d tasks ran at once", declared, width.Peak, width.Tasks)
		}
	}
	for _, o := range seen[probe.Together] {
		declared := c.InAll(probe.Batches, o.Tasks)
		switch {
		case !c.Spec.Traits.Concurrent || o.End != probe.Returned || o.Rejected > 0:
		case o.InAll > declared:
			report("declared limit of %d batches together %d: exceeded, %d tasks ran at once", probe.Batches, declared, o.InAll)
		case o.InAll < declared && !c.Spec.Traits.Adaptive && c.Spec.Traits.OnError != strategies.StopsAtFirst:
			report("declared limit of %d batches together %d: never reached, at most %d tasks ran at once", probe.Batches, declared, o.InAll)
		}
	}
	return append(problems, probe.Mismatches(c.Spec.Traits, probe.Found(seen, c.Spec.Traits))...)
}
