package bench

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
)

func TestWhyAProcessEnded(t *testing.T) {
	for name, tc := range map[string]struct {
		state, said string
		reaped      bool
		want        results.Status
		text        string
	}{
		"a Go panic":           {"exit status 2", "log\npanic: boom\n\ngoroutine 1 [running]:\n", false, results.StatusPanic, "panic: boom"},
		"a fatal error":        {"exit status 2", "runtime: goroutine stack exceeds 1000000000-byte limit\nfatal error: stack overflow\n", false, results.StatusFatal, "fatal error: stack overflow"},
		"Go has no memory":     {"exit status 2", "fatal error: runtime: out of memory\n", false, results.StatusOutOfMemory, "out of memory"},
		"Rust has no memory":   {"signal: aborted", "memory allocation of 4096 bytes failed\n", false, results.StatusOutOfMemory, "memory allocation"},
		"Node has no memory":   {"signal: aborted", "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n", false, results.StatusOutOfMemory, "heap"},
		"no thread, with C":    {"exit status 2", "runtime/cgo: pthread_create failed: Resource temporarily unavailable\nSIGABRT: abort\n\ngs     0x0\n", false, results.StatusFatal, "the system refused it another thread"},
		"no thread, without C": {"exit status 2", "runtime: failed to create new OS thread (have 5 already; errno=11)\nfatal error: newosproc\n", false, results.StatusFatal, "the system refused it another thread"},
		"an exit":              {"exit status 7", "", false, results.StatusFatal, "exit status 7"},
		"the kernel's doing":   {"signal: killed", "busy\n", true, results.StatusOutOfMemory, "the system ran out of memory"},
		"somebody's kill -9":   {"signal: killed", "busy\n", false, results.StatusFatal, "signal: killed: busy"},
		"a segmentation fault": {"signal: segmentation fault", "", true, results.StatusFatal, "segmentation fault"},
	} {
		e := explain(tc.state, tc.said, tc.reaped)
		if e.status != tc.want || !strings.Contains(e.Error(), tc.text) {
			t.Errorf("%s: %s, %q", name, e.status, e)
		}
	}
}

// Whatever one strategy does to its process, it is classified, what it had done is
// kept, and the others go on.
func TestEveryWayToDieIsClassifiedAndTheOthersFinish(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("memory and threads are limited on Linux only")
	}
	s, err := scenario.Decode("deaths.yaml", []byte(`
target: {mock: {latency: constant:1ms}}
workload: {tasks: 10, timeout: 1m}
strategies: [sequential, test-panics, test-exits, test-hangs, test-exhausts-memory, test-exhausts-threads, test-loses, test-returns-early, errgroup]
measure: {rounds: 2, warmup: 0, trial_timeout: 5s, memory_limit: 600MiB, thread_limit: 60}
`))
	if err != nil {
		t.Fatal(err)
	}
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: workerCommand(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		strategy string
		trials   int
		status   results.Status
		done     int
		text     string
	}{
		{"sequential", 2, results.StatusOK, 10, ""},
		{"errgroup", 2, results.StatusOK, 10, ""},
		{"test-panics", 1, results.StatusPanic, 5, "panic: test-panics panics"},
		{"test-exits", 1, results.StatusFatal, 5, "exit status 7"},
		{"test-hangs", 1, results.StatusHang, 5, "did not end within 5s"},
		{"test-exhausts-memory", 1, results.StatusOutOfMemory, 5, "exceeded the limit of 600MiB"},
		{"test-exhausts-threads", 1, results.StatusFatal, 5, "thread"},
		{"test-loses", 2, results.StatusIncomplete, 5, ""},
		{"test-returns-early", 2, results.StatusIncomplete, 10, ""},
	} {
		trials := run.Measured(s.Name, want.strategy)
		if len(trials) != want.trials {
			t.Errorf("%s: %d trials, want %d", want.strategy, len(trials), want.trials)
			continue
		}
		for _, tr := range trials {
			if tr.Status != want.status || tr.Audit.Done != want.done || !strings.Contains(tr.Error, want.text) {
				t.Errorf("%s: %s after %d tasks: %q; want %+v", want.strategy, tr.Status, tr.Audit.Done, tr.Error, want)
			}
			if tr.Died() != (want.trials == 1) {
				t.Errorf("%s: died: %v", want.strategy, tr.Died())
			}
			if records, err := run.Records(tr); err != nil || results.NewAudit(records, tr.Returned).Done != want.done {
				t.Errorf("%s: its records: %v", want.strategy, err)
			}
		}
	}
}

func TestLimitsThatCannotBeKeptAreRefused(t *testing.T) {
	s := scenarioOf(t, "sequential")
	s.Measure.MemoryLimit, s.Measure.ThreadLimit = 1, 1
	err := Check([]scenario.Scenario{s}, Options{})
	for _, want := range []string{
		"measure.memory_limit: 1B is out of range", "measure.thread_limit: 1 is out of range",
		"measure.memory_limit: needs each strategy in its own process",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	s = scenarioOf(t, "sequential")
	s.Target.Mock = &config.Config{}
	s.Measure.ThreadLimit = scenario.MinThreadLimit
	if err := Check([]scenario.Scenario{s}, Options{Worker: []string{"x"}}); runtime.GOOS == "linux" && err != nil {
		t.Error(err)
	}
}
