package summary

import (
	"fmt"
	"math"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// FailedTasks is the Failure of a strategy with too many failed tasks: all of them, more than
// another strategy's, or more than the error budget allows.
const FailedTasks = "failed tasks"

// blameFailing marks strategies whose tasks failed more often than those of the strategy
// with the fewest failures. If a server refuses requests, asking too fast is the strategy's
// fault, and a batch of refusals is faster than one of answers. Differences within the
// scenario's margin do not count. If tasks fail equally often for all strategies, none is
// marked, unless all tasks fail: then there is nothing to compare.
func (s *Scenario) blameFailing() {
	least := math.Inf(1)
	for _, st := range s.Strategies {
		if st.Comparable > 0 && st.Failure == "" {
			least = math.Min(least, st.failing())
		}
	}
	for _, st := range s.Strategies {
		if st.Comparable == 0 || st.Failure != "" {
			continue
		}
		switch part := st.failing(); {
		case part == 1:
			st.Trouble = fmt.Sprintf("all %d tasks failed", st.TaskCount)
		case part <= least+s.Margin:
			continue
		case least > 0:
			st.Trouble = fmt.Sprintf("%d of %d tasks failed, but only %.3g%% of another strategy's", st.Failed, st.TaskCount, 100*least)
		default:
			st.Trouble = fmt.Sprintf("%d of %d tasks failed, but none of another strategy's", st.Failed, st.TaskCount)
		}
		if len(st.Faults) > 0 {
			st.Trouble += ": " + st.Faults[0]
		}
		done := 1 - st.failing()
		st.Failure, st.Done = FailedTasks, &done
	}
}

// blameOverBudget marks strategies whose failed tasks exceed the scenario's error budget,
// regardless of the others.
func (s *Scenario) blameOverBudget(run *results.Run, scenario scenario.Scenario) {
	for _, st := range s.Strategies {
		why := run.OverBudget(scenario, st.Strategy)
		if st.Comparable == 0 || st.Failure != "" || why == "" {
			continue
		}
		done := 1 - st.failing()
		st.Failure, st.Trouble, st.Done = FailedTasks, why, &done
	}
}

// failing is the proportion of the strategy's tasks that failed.
func (s *Strategy) failing() float64 { return float64(s.Failed) / float64(max(s.TaskCount, 1)) }

// comparable reports whether the strategy's makespans are for the same work as those of the
// others.
func (s *Strategy) comparable() bool { return s.Comparable > 0 && s.Failure != FailedTasks }
