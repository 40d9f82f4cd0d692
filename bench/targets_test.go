package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// taskTrial holds one trial of a job in this process.
func taskTrial(ctx context.Context, t *testing.T, j job) ([]strategies.Record, report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.rec")
	if err := createRecords(path, j.tasks); err != nil {
		t.Fatal(err)
	}
	l, err := openLocal(j)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.trial(ctx, trialOrder{round: 3, records: path})
	if err := errors.Join(err, l.close(patience)); err != nil {
		t.Fatal(err)
	}
	records, err := ReadRecords(path)
	if err != nil {
		t.Fatal(err)
	}
	return records, rep
}

func TestSleepsTakeTheirLatency(t *testing.T) {
	latency := parseScenario(t, "target: {sleep: {latency: 'lognormal:p50=2ms,p99=9ms'}}").Latencies(3)
	records, rep := taskTrial(t.Context(), t, job{strategy: "goroutine-per-task", tasks: 20, timeout: patient, seed: 1, sleep: "lognormal:p50=2ms,p99=9ms"})
	for i, r := range records {
		if r.Outcome != strategies.OK || time.Duration(r.End-r.Start) < latency[i] {
			t.Errorf("task %d: %s after %d ns; its latency is %v", i, r.Outcome, r.End-r.Start, latency[i])
		}
	}
	if rep.err != "" || rep.usage.Connections != 0 {
		t.Errorf("got %+v", rep)
	}
}

func TestWorkIsCountedInSteps(t *testing.T) {
	if a, b := spin(spin(7, 1000), 234), spin(7, 1234); a != b || b == 7 {
		t.Errorf("%d, %d", a, b)
	}
	records, _ := taskTrial(t.Context(), t, job{strategy: "fixed-pool:workers=2", tasks: 5, timeout: patient, cpu: "constant:120us"})
	if a := NewAudit(records, patient); a != (Audit{Done: 5, Starts: 5}) {
		t.Errorf("%+v", a)
	}
}

func TestTasksWithoutAServerEndInTime(t *testing.T) {
	for _, j := range []job{{sleep: "constant:1h"}, {cpu: "constant:1h"}, {function: "test-waits"}} {
		j.strategy, j.tasks, j.timeout = "goroutine-per-task", 2, time.Millisecond
		records, rep := taskTrial(t.Context(), t, j)
		for _, r := range records {
			if r.Outcome != strategies.TimedOut || rep.faults[r.Error-1] != "not done within 1ms" {
				t.Errorf("%+v: %s, %q", j, r.Outcome, rep.faults)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		j.timeout = patient
		records, _ = taskTrial(ctx, t, j)
		for _, r := range records {
			if r.Outcome != strategies.Canceled {
				t.Errorf("%+v, cancelled: %s", j, r.Outcome)
			}
		}
	}
}

// called are the calls of the function test-notes, by round and task.
var called struct {
	sync.Mutex
	count map[string]int
}

func init() {
	RegisterFunc("test-notes", func(_ context.Context, round, task int) error {
		called.Lock()
		defer called.Unlock()
		if called.count == nil {
			called.count = map[string]int{}
		}
		called.count[fmt.Sprint(round, "/", task)]++
		if task == 1 {
			return errors.New("task 1 does not like it")
		}
		return nil
	})
	RegisterFunc("test-waits", func(ctx context.Context, _, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	})
}

func TestAFunctionIsCalledOnceATask(t *testing.T) {
	records, rep := taskTrial(t.Context(), t, job{strategy: "errgroup", tasks: 3, timeout: patient, function: "test-notes"})
	if len(called.count) != 3 || called.count["3/0"] != 1 || called.count["3/2"] != 1 {
		t.Errorf("calls %v", called.count)
	}
	if records[1].Outcome != strategies.Failed || records[1].Error != 1 || len(rep.faults) != 1 || rep.faults[0] != "task 1 does not like it" {
		t.Errorf("%+v %q", records[1], rep.faults)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	RegisterFunc("test-waits", nil)
}

// Targets without a server reach worker processes, which are this program.
func TestTargetsReachWorkers(t *testing.T) {
	worker, err := SelfWorker()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	for _, target := range []string{"sleep: {latency: 1ms}", "cpu: {work: 10us}", "func: test-notes"} {
		s := parseScenario(t, "target: {"+target+"}")
		s.Measure.Rounds, s.Measure.Warmup, s.Measure.ErrorBudget = 1, 0, 1
		s.Workload.Stack, s.Workload.Alloc = 8<<10, 64<<10
		run, err := Measure(t.Context(), []Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: worker})
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

func TestBurdenedTasksAreDeep(t *testing.T) {
	depth := 0
	callers := make([]uintptr, 1000)
	descend(100<<10, func() { depth = runtime.Callers(0, callers) })
	if depth < 100 {
		t.Errorf("%d calls deep, want one for each KiB", depth)
	}
}

// parseScenario is a scenario of 20 tasks and two strategies with the given target.
func parseScenario(t *testing.T, target string) Scenario {
	t.Helper()
	s, err := DecodeScenario("t.yaml", []byte(target+"\nworkload: {tasks: 20}\nstrategies: [goroutine-per-task, errgroup]\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryTargetIsWrittenBack(t *testing.T) {
	for _, target := range []string{
		"mock: {latency: constant:1ms, seed: 0, size: 'constant:0B'}", "url: http://127.0.0.1/", "sleep: {latency: constant:2ms}",
		"cpu: {work: 'uniform:min=1ms,max=2ms'}", "func: test-notes",
	} {
		s := parseScenario(t, "target: {"+target+"}")
		s.Workload.Stack, s.Workload.Alloc, s.Workload.Panics = 64<<10, 1<<20, []latency.TaskRange{{First: 3, Last: 3}, {First: 5, Last: 9}}
		s.Measure.MemoryLimit, s.Measure.ThreadLimit = 1<<30, 50
		text, err := yaml.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		again, err := DecodeScenario("again.yaml", text)
		if err != nil {
			t.Fatal(err)
		}
		if again.Target.String() != s.Target.String() || !reflect.DeepEqual(again.Workload, s.Workload) || again.Measure != s.Measure {
			t.Errorf("%s was written as\n%s", target, text)
		}
	}
}

func TestTargetsThatCannotBe(t *testing.T) {
	for target, want := range map[string]string{
		"sleep: {}":                          "t.yaml:1:17: sleep: latency is missing, such as sleep: {latency: 2ms}",
		"cpu: {work: much}":                  "unknown distribution",
		"cpu: {latency: 1ms}":                `unknown key "latency"`,
		"cpu: {work: 1ms}, func: test-notes": "name exactly one of mock, url, urls, sleep, cpu and func",
	} {
		s, _ := DecodeScenario("t.yaml", []byte("target: {"+target+"}\nworkload: {tasks: 2}\nstrategies: [sequential]\n"))
		err := s.Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
	s := parseScenario(t, "target: {func: test-note}")
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), `unknown function "test-note"; did you mean "test-notes"?`) {
		t.Errorf("got %v", err)
	}
	if _, err := openLocal(job{strategy: "sequential", tasks: 1}); err == nil {
		t.Error("a worker went on without a target")
	}
}
