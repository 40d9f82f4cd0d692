package bench

import (
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// A rate limit that one trial has used up is not the next one's.
func TestTheServerBeginsAnewWithEveryTrial(t *testing.T) {
	s, err := scenario.Decode("r.yaml", []byte(`
target: {mock: {latency: constant:1ms, faults: [{kind: rate-limit, rate: 0.001, burst: 5}]}}
workload: {tasks: 5}
strategies: [sequential, errgroup]
measure: {rounds: 2, warmup: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range run.Trials {
		if tr.Status != results.StatusOK || *tr.Received != 5 {
			t.Errorf("round %d of %s: %s, %d requests", tr.Round, tr.Strategy, tr.Status, *tr.Received)
		}
	}
}
