package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// standStill has a worker stand still in a trial, in the midst of its last task.
func standStill(records []strategies.Record, rep *worker.Report, d time.Duration) {
	records[len(records)-1].End += int64(d)
	rep.Returned = max(rep.Returned, time.Duration(records[len(records)-1].End))
	rep.Stood = d
}

// A trial in which a process stood still is named, and its times are in no figure; where
// there are too many, the run is invalid.
func TestStalledTrialsAreLeftOut(t *testing.T) {
	for _, tc := range []struct {
		name    string
		rounds  map[int]time.Duration // how long the worker stood still
		left    int                   // rounds that count, of six
		invalid string
	}{
		{"none", nil, 6, ""},
		{"one", map[int]time.Duration{3: 3 * time.Second}, 5, ""},
		{"a short one", map[int]time.Duration{3: 250 * time.Millisecond}, 6, ""},
		{"two", map[int]time.Duration{3: 3 * time.Second, 5: 2 * time.Second}, 4, "a process stood still in 2 of 6 trials of errgroup"},
		{"in the warm-up", map[int]time.Duration{-1: 3 * time.Second}, 6, ""},
	} {
		run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
			"errgroup": func(round int, records []strategies.Record, rep *worker.Report) error {
				if d := tc.rounds[round]; d > 0 {
					standStill(records, rep, d)
				}
				return nil
			},
		})
		if (run.Status == results.RunInvalid) != (tc.invalid != "") || !strings.Contains(strings.Join(run.Reasons, "\n"), tc.invalid) {
			t.Errorf("%s: %s %q", tc.name, run.Status, run.Reasons)
		}
		text, err := os.ReadFile(filepath.Join(run.Dir, results.BenchFile))
		if err != nil {
			t.Fatal(err)
		}
		makespans := results.Makespans(run.Measured("fake", "errgroup"))
		if n := strings.Count(string(text), "strategy=errgroup"); len(makespans) != tc.left || n != tc.left {
			t.Errorf("%s: %d makespans count, and bench.txt has %d; want %d", tc.name, len(makespans), n, tc.left)
		}
		told := strings.Join(run.Warnings, "\n")
		if tc.left < 6 && !strings.Contains(told, "fake: round 3 of errgroup is left out of makespans, percentiles and verdicts: the worker stood still for 3s") {
			t.Errorf("%s: warnings %q", tc.name, run.Warnings)
		}
		if tc.left == 6 && strings.Contains(told, "left out") {
			t.Errorf("%s: warnings %q", tc.name, run.Warnings)
		}
		if len(run.Failures()) > 0 {
			t.Errorf("%s: a stall is no failure of a strategy: %q", tc.name, run.Failures())
		}
	}
}

func TestWhoStoodStill(t *testing.T) {
	const long, short = 3 * time.Second, 20 * time.Millisecond
	for want, tc := range map[string]struct {
		makespan, worker, server, coordinator time.Duration
		stalled                               bool
	}{
		"the worker stood still for 3s":             {4 * time.Second, long, short, short, true},
		"the mock server stood still for 3s":        {4 * time.Second, short, long, short, true},
		"worker and mock server stood still for 3s": {4 * time.Second, long, long, short, true},
		"the machine stood still for 3s":            {4 * time.Second, long, long, long, true},
		"the machine stood still for 20ms":          {50 * time.Millisecond, short, 0, long, false}, // the coordinator only waits
		"the mock server stood still for 3.001s":    {40 * time.Second, 0, long + time.Millisecond, 0, false},
	} {
		o := new(results.Soundness)
		o.AddStandstill(results.Trial{Makespan: tc.makespan}, results.Standstill{Worker: tc.worker, Server: tc.server, Coordinator: tc.coordinator})
		if o.Stood.String() != want || o.Stalled != tc.stalled {
			t.Errorf("%q, stalled %v; want %q, %v", o.Stood, o.Stalled, want, tc.stalled)
		}
	}
}

// A server that is late for a single task, and has not stood still, is told of.
func TestOneVeryLateTaskIsTold(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(round int, records []strategies.Record, rep *worker.Report) error {
			for i := range records {
				records[i].Service = records[i].End - records[i].Start
			}
			if round == 4 {
				records[19].End += int64(time.Second)
				records[19].Service += int64(time.Second)
				rep.Returned = max(rep.Returned, time.Duration(records[19].End))
			}
			return nil
		},
	})
	if text := strings.Join(run.Warnings, "\n"); !strings.Contains(text, "very late for single tasks in 1 trials, which high percentiles show, first in round 4 of errgroup: off by 0s in the median") {
		t.Errorf("warnings %q", run.Warnings)
	}
}
