package bench

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// A run's records are compressed at its end, and everything reads them as before. One that is
// altered is found.
func TestRecordsArePackedAtTheEndOfARun(t *testing.T) {
	s := scenarioOf(t, "errgroup")
	s.Workload.Tasks = 200
	run := measureFake(t.Context(), t, s, nil)
	if len(run.Findings) > 0 {
		t.Errorf("found: %v", run.Findings)
	}
	for _, trial := range run.Trials {
		file := filepath.Join(run.Dir, trial.Records)
		if _, err := os.Stat(file); err == nil {
			t.Errorf("%s is not packed", trial.Records)
		}
		if records, err := run.Records(trial); err != nil || len(records) != 200 || records[199].Outcome != strategies.OK {
			t.Errorf("%s: %d records, %v", trial.Records, len(records), err)
		}
	}
	broken := filepath.Join(run.Dir, run.Trials[1].Records) + ".zst"
	text, err := os.ReadFile(broken)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(broken, text, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := results.Open(run.Dir)
	if err != nil || len(again.Findings) != 1 || again.Findings[0].File != run.Trials[1].Records {
		t.Errorf("%v, found: %v", err, again.Findings)
	}
}
