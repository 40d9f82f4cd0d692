package cmd

import (
	"strings"
	"testing"
)

// A limit that batches share deadlocks when tasks fan out again, and one of each batch does not.
func TestNestedFanOuts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "s.yaml", `target: {mock: {latency: 20ms}}
workload: {tasks: 4, nested: 2}
strategies: ["errgroup:limit=2", "shared-pool:workers=2"]
measure: {rounds: 1, warmup: 0, trial_timeout: 1s}
`)
	r := call(t, dir, "run", "s.yaml", "--no-charts", "--format", "csv")
	if r.status != exitFailed || !strings.Contains(r.stdout, "hang after 0 of 4 tasks") {
		t.Errorf("status %d, want that a strategy hung\n%s%s", r.status, r.stdout, r.stderr)
	}
	if r := call(t, dir, "run", "s.yaml", "--no-charts", "--strategies", "errgroup:limit=2,goroutine-per-task"); !r.fine() || strings.Contains(r.stdout, "▓ lower bound") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	if r := call(t, dir, "run", "--nested", "-1"); r.status != exitUsage || !strings.Contains(r.stderr, "--nested: -1 is out of range: want 0 to 1000") {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
}
