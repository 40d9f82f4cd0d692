package strategytest

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/strategies"
)

// judge compares what was seen with what is required and declared.
func judge(c strategies.Choice, seen map[string][]observation) []string {
	var problems []string
	report := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	for _, o := range seen["each once"] {
		if o.End != returned {
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
	width := last(seen["width"])
	switch declared := c.Width(width.Tasks); {
	case width.Peak > declared:
		report("declared width %d: exceeded, %d of %d tasks ran at once", declared, width.Peak, width.Tasks)
	case width.Peak < declared && !c.Spec.Traits.Adaptive:
		report("declared width %d: never reached, at most %d of %d tasks ran at once", declared, width.Peak, width.Tasks)
	}

	t := c.Spec.Traits
	compare := func(trait string, declared, found any) {
		if declared != found {
			report("%s: declared %v, found %v", trait, declared, found)
		}
	}
	compare("KeepsOrder", t.KeepsOrder, keepsOrder(last(seen["order"])))
	compare("ClosedOnly", t.ClosedOnly, last(seen["arrivals"]).Early > 0)
	compare("ReturnsEarly", t.ReturnsEarly, last(seen["error"]).Running+last(seen["cancel"]).Running+last(seen["slow"]).Running > 0)
	compare("Reports", t.Reports, reports(last(seen["error"])))
	compare("OnError", t.OnError, onError(last(seen["error"])))
	compare("OnCancel", t.OnCancel, onCancel(last(seen["cancel"])))
	compare("OnGoexit", t.OnGoexit, onEnd(last(seen["goexit"])))
	compare("OnPanic", t.OnPanic, onEnd(last(seen["panic"])))
	return problems
}

func last(seen []observation) observation { return seen[len(seen)-1] }

// keepsOrder judges by the errors that Run returned, if it returned every task's;
// else by the order in which tasks ended.
func keepsOrder(o observation) bool {
	if len(o.Reported) == o.Tasks {
		return slices.IsSorted(o.Reported)
	}
	return slices.IsSorted(o.Ended)
}

func reports(o observation) strategies.Report {
	switch len(o.Reported) {
	case 0:
		return strategies.ReportsNone
	case 1:
		return strategies.ReportsFirst
	}
	return strategies.ReportsAll
}

func onError(o observation) strategies.Reaction {
	switch {
	case o.End != returned:
		return strategies.Reaction(o.End)
	case o.NeverStarted > 0:
		return strategies.StopsAtFirst
	case o.Canceled > 0:
		return strategies.CancelsRest
	}
	return strategies.RunsAll
}

func onCancel(o observation) strategies.Reaction {
	switch {
	case o.End != returned:
		return strategies.Reaction(o.End)
	case o.NeverStarted > 0:
		return strategies.StopsStarting
	}
	return strategies.IgnoresCancel
}

// onEnd judges what became of a panic or Goexit.
func onEnd(o observation) strategies.Reaction {
	switch {
	case o.End != returned:
		return strategies.Reaction(o.End)
	case o.Err != "":
		return strategies.BecomesError
	case o.NeverStarted > 0:
		return strategies.LosesTasks
	}
	return strategies.Swallowed
}
