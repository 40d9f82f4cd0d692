package worker

import (
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

// Each task has the strategy run a further batch, and ends after it. Further tasks are not in the
// records of the batch, but are counted, in a phase of load too.
func TestTasksFanOutAgain(t *testing.T) {
	for _, strategy := range []string{"sequential", "errgroup:limit=2", "goroutine-per-task"} {
		j := Job{Strategy: strategy, Tasks: 4, Timeout: patient, Sleep: "constant:2ms", Nested: 3}
		records, rep := taskTrial(t.Context(), t, j)
		if rep.Error != "" || rep.Extra != 12 {
			t.Errorf("%s: %q, %d further tasks", strategy, rep.Error, rep.Extra)
		}
		for i, r := range records {
			if r.Outcome != strategies.OK || r.Runs != 1 || r.End-r.Start < 4e6 {
				t.Errorf("%s: task %d: %+v; its own work and that of the further tasks take 4 ms", strategy, i, r)
			}
		}
	}
	// A further task that fails is an error of the task that it was for.
	j := Job{Strategy: "sequential", Tasks: 2, Timeout: patient, Function: "test-notes", Nested: 1}
	records, rep := taskTrial(t.Context(), t, j)
	if records[0].Outcome != strategies.OK || records[1].Outcome != strategies.Failed || rep.Extra != 1 {
		t.Errorf("%+v, %d further tasks", records, rep.Extra)
	}
}
