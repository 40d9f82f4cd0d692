package summary

import (
	"fmt"
	"math"
)

// FailedTasks is the Failure of a strategy of which more tasks failed than had to.
const FailedTasks = "failed tasks"

// blameFailing marks the strategies whose tasks failed more often than those of the
// strategy that lost fewest: where a server turns requests away, asking too fast is the
// strategy's doing, and a batch of refusals is done sooner than one of answers. The
// scenario's margin is what counts as the same: a strategy that did so much less work has
// a makespan that is that much too short. Tasks that fail for everyone are nobody's fault.
func (s *Scenario) blameFailing() {
	least := math.Inf(1)
	for _, st := range s.Strategies {
		if st.Comparable > 0 && st.Failure == "" {
			least = math.Min(least, st.failing())
		}
	}
	for _, st := range s.Strategies {
		if st.Comparable > 0 && st.Failure == "" && st.failing() > least+s.Margin {
			st.Failure = FailedTasks
			others := "none"
			if least > 0 {
				others = fmt.Sprintf("only %.3g%%", 100*least)
			}
			st.Trouble = fmt.Sprintf("%d of %d tasks failed, of another strategy's %s", st.Failed, st.TaskCount, others)
			if len(st.Faults) > 0 {
				st.Trouble += ": " + st.Faults[0]
			}
			done := 1 - st.failing()
			st.Done = &done
		}
	}
}

// failing is the part of its tasks that failed.
func (s *Strategy) failing() float64 { return float64(s.Failed) / float64(max(s.TaskCount, 1)) }

// comparable reports whether the strategy's makespans are those of the same work as the
// others'.
func (s *Strategy) comparable() bool { return s.Comparable > 0 && s.Failure != FailedTasks }
