package worker

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// taskTrial holds one trial of a job in this process.
func taskTrial(ctx context.Context, t *testing.T, j Job) ([]strategies.Record, Report) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.rec")
	if err := recordfile.Create(path, j.Tasks); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLocal(j)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Trial(ctx, Order{Round: 3, Records: path})
	if err := errors.Join(err, l.Close(child.Patience)); err != nil {
		t.Fatal(err)
	}
	records, err := recordfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return records, rep
}

func TestSleepsTakeTheirLatency(t *testing.T) {
	latency, err := latency.Parse("lognormal:p50=2ms,p99=9ms")
	if err != nil {
		t.Fatal(err)
	}
	records, rep := taskTrial(t.Context(), t, Job{Strategy: "goroutine-per-task", Tasks: 20, Timeout: patient, Seed: 1, Sleep: "lognormal:p50=2ms,p99=9ms"})
	for i, r := range records {
		if r.Outcome != strategies.OK || r.End-r.Start < int64(latency.At(1, 3, i)) {
			t.Errorf("task %d: %s after %d ns; its latency is %v", i, r.Outcome, r.End-r.Start, latency.At(1, 3, i))
		}
	}
	if rep.Error != "" || rep.Usage.Connections != 0 {
		t.Errorf("got %+v", rep)
	}
}

func TestWorkIsCountedInSteps(t *testing.T) {
	if a, b := spin(spin(7, 1000), 234), spin(7, 1234); a != b || b == 7 {
		t.Errorf("%d, %d", a, b)
	}
	records, _ := taskTrial(t.Context(), t, Job{Strategy: "fixed-pool:workers=2", Tasks: 5, Timeout: patient, CPU: "constant:120us"})
	if a := results.NewAudit(records, patient); a != (results.Audit{Done: 5, Starts: 5}) {
		t.Errorf("%+v", a)
	}
}

func TestTasksWithoutAServerEndInTime(t *testing.T) {
	for _, j := range []Job{{Sleep: "constant:1h"}, {CPU: "constant:1h"}, {Function: "test-waits"}} {
		j.Strategy, j.Tasks, j.Timeout = "goroutine-per-task", 2, time.Millisecond
		records, rep := taskTrial(t.Context(), t, j)
		for _, r := range records {
			if r.Outcome != strategies.TimedOut || rep.Faults[r.Error-1] != "not done within 1ms" {
				t.Errorf("%+v: %s, %q", j, r.Outcome, rep.Faults)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		j.Timeout = patient
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
	scenario.RegisterFunc("test-notes", func(_ context.Context, round, task int) error {
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
	scenario.RegisterFunc("test-waits", func(ctx context.Context, _, _ int) error {
		<-ctx.Done()
		return ctx.Err()
	})
}

func TestAFunctionIsCalledOnceATask(t *testing.T) {
	called.Lock()
	called.count = nil // other tests call it too
	called.Unlock()
	records, rep := taskTrial(t.Context(), t, Job{Strategy: "errgroup", Tasks: 3, Timeout: patient, Function: "test-notes"})
	if len(called.count) != 3 || called.count["3/0"] != 1 || called.count["3/2"] != 1 {
		t.Errorf("calls %v", called.count)
	}
	if records[1].Outcome != strategies.Failed || records[1].Error != 1 || len(rep.Faults) != 1 || rep.Faults[0] != "task 1 does not like it" {
		t.Errorf("%+v %q", records[1], rep.Faults)
	}
	defer func() {
		if recover() == nil {
			t.Error("a name was registered twice")
		}
	}()
	scenario.RegisterFunc("test-waits", nil)
}

func TestBurdenedTasksAreDeep(t *testing.T) {
	depth := 0
	callers := make([]uintptr, 1000)
	descend(100<<10, func() { depth = runtime.Callers(0, callers) })
	if depth < 100 {
		t.Errorf("%d calls deep, want one for each KiB", depth)
	}
}

func TestAWorkerNeedsATarget(t *testing.T) {
	if _, err := OpenLocal(Job{Strategy: "sequential", Tasks: 1}); err == nil {
		t.Error("a worker went on without a target")
	}
}
