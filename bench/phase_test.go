package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// A phase of load from the file to the run on disk, for real but short.
func TestAPhaseOfLoadIsMeasured(t *testing.T) {
	s, err := scenario.Decode("load.yaml", []byte(`name: load
target: {sleep: {latency: 3ms}}
workload: {tasks: 4, arrivals: {rate: 60/s, process: constant, for: 1s, warmup: 200ms}, deadline: 1s}
strategies: [goroutine-per-task, "shared-pool:workers=4", "bulkhead:limit=1,queue=3,wait=0s"]
measure: {rounds: 1, warmup: 0, figure: median}
`))
	if err != nil {
		t.Fatal(err)
	}
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Trials) != 3 {
		t.Fatalf("%d trials", len(run.Trials))
	}
	for _, trial := range run.Trials {
		p := trial.Phase
		if p == nil || p.Batches < 59 || p.Batches > 61 || p.Arrived < 71 || p.Arrived > 73 || p.Missed > 0 {
			t.Fatalf("%s: %+v", trial.Strategy, p)
		}
		if n := trial.Audit.Tasks(); n != 4*p.Arrived {
			t.Errorf("%s: %d tasks of %d batches", trial.Strategy, n, p.Arrived)
		}
		if p.Done+p.Rejected+p.Unfinished+p.Failed != p.Batches {
			t.Errorf("%s: %+v do not add up", trial.Strategy, p)
		}
		if strings.HasPrefix(trial.Strategy, "bulkhead") {
			continue // whether it rejects depends on how busy the machine is
		}
		if !trial.Comparable() || trial.Makespan <= 0 || p.Median == nil || *p.Median != trial.Makespan || p.Done != p.Batches {
			t.Errorf("%s: makespan %v, %s, %+v", trial.Strategy, trial.Makespan, trial.Trouble(), p)
		}
	}
	again, err := results.Open(run.Dir)
	if err != nil || len(again.Findings) > 0 || len(again.Trials) != 3 || again.Trials[0].Phase == nil {
		t.Fatalf("%v: %+v", err, again.Findings)
	}

	// A digit of a batch's arrival is another.
	file := filepath.Join(run.Dir, filepath.FromSlash(run.Trials[0].Batches))
	batches, err := recordfile.Read(file) // it is packed, but what is not is read first
	if err != nil {
		t.Fatal(err)
	}
	raw := recordfile.Bytes(batches)
	raw[64] ^= 1
	if err := os.WriteFile(file, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	again, err = results.Open(run.Dir)
	if err != nil || again.Status != results.RunInvalid || !strings.Contains(strings.Join(again.Reasons, "\n"), run.Trials[0].Batches) {
		t.Errorf("%v: %s, %q", err, again.Status, again.Reasons)
	}
}
