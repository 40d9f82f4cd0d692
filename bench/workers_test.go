package bench

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
)

func init() {
	scenario.RegisterFunc("test-called", func(_ context.Context, _, task int) error {
		if task == 1 {
			return errors.New("task 1 does not like it")
		}
		return nil
	})
}

// Targets without a server reach worker processes, which are this program.
func TestTargetsReachWorkers(t *testing.T) {
	worker, err := SelfWorker()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	for _, target := range []string{"sleep: {latency: 1ms}", "cpu: {work: 10us}", "func: test-called"} {
		s, err := scenario.Decode("t.yaml", []byte("target: {"+target+"}\nworkload: {tasks: 20}\nstrategies: [goroutine-per-task, errgroup]\n"))
		if err != nil {
			t.Fatal(err)
		}
		s.Measure.Rounds, s.Measure.Warmup, s.Measure.ErrorBudget = 1, 0, 1
		s.Workload.Stack, s.Workload.Alloc = 8<<10, 64<<10
		run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: worker})
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range run.Trials {
			if !tr.Comparable() || (tr.Bound != nil) != (s.Target.Sleep != nil) {
				t.Errorf("%s: %+v", target, tr)
			}
			if least := s.Workload.Alloc * int64(s.Workload.Tasks); tr.Usage.AllocBytes < least {
				t.Errorf("%s: %d bytes allocated, want %d at least", target, tr.Usage.AllocBytes, least)
			}
		}
	}
}
