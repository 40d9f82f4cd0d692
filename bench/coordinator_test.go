package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"golang.org/x/perf/benchfmt"

	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/strategies"
)

// fake is an executor that takes no time: every task takes its latency, in a schedule
// of the test's own.
type fake struct {
	scenario scenario.Scenario
	width    int
	server   *fakeServer
	// spoil may change the records and the report of a trial, or fail it.
	spoil func(round int, records []strategies.Record, rep *worker.Report) error
}

func (f *fake) Trial(_ context.Context, order worker.Order) (worker.Report, error) {
	records := make([]strategies.Record, f.scenario.Workload.Tasks)
	var rep worker.Report
	free := make([]int64, f.width)
	for i, p := range f.scenario.Latencies(order.Round) {
		slot := &free[i%f.width]
		records[i] = strategies.Record{Start: *slot, End: *slot + int64(p), Runs: 1, Outcome: strategies.OK, Bytes: 5}
		*slot += int64(p)
		rep.Returned = max(rep.Returned, time.Duration(*slot))
	}
	f.server.requests += len(records)
	if order.OnSample != nil {
		order.OnSample(machine.RuntimeSample{Goroutines: 9, GCs: 1})
	}
	rep.Usage = metric.Usage{CPU: time.Millisecond, PeakRSS: 1 << 20, Goroutines: 9}
	var err error
	if f.spoil != nil {
		err = f.spoil(order.Round, records, &rep)
	}
	return rep, errors.Join(err, os.WriteFile(order.Records, recordfile.Bytes(records), 0o644))
}

func (f *fake) Observe() (machine.ProcessSample, error) {
	return machine.ProcessSample{Threads: 7, RSS: 1 << 20, CPU: time.Second}, nil
}

func (f *fake) Close(time.Duration) error { return nil }

func (f *fake) Left() child.Leftovers { return child.Leftovers{} }

// fakeServer counts what fakes would have sent.
type fakeServer struct{ requests int }

func (f *fakeServer) url() string { return "http://127.0.0.1:1" }
func (f *fakeServer) account() (mockAccount, error) {
	return mockAccount{received: f.requests}, nil
}
func (f *fakeServer) reset() error { f.requests = 0; return nil }
func (f *fakeServer) close() error { return nil }

// spoil is what goes wrong, by strategy.
type spoil map[string]func(round int, records []strategies.Record, rep *worker.Report) error

// fakes are the seams of a measurement that takes no time.
func fakes(wrong spoil) seams {
	server := &fakeServer{}
	return seams{
		open: func(_ context.Context, o opening) (executor, error) {
			return &fake{o.scenario, o.job.Width, server, wrong[o.job.Strategy]}, nil
		},
		startMock: func([]string, config.Config, string) (mock, error) { return server, nil },
	}
}

// measureFake measures the scenario with fakes.
func measureFake(ctx context.Context, t *testing.T, s scenario.Scenario, wrong spoil) *results.Run {
	t.Helper()
	run, err := measure(ctx, []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")}, fakes(wrong))
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return reopen(t, run)
}

// measureFakeWith does so and tells of its progress.
func measureFakeWith(t *testing.T, s scenario.Scenario, wrong spoil, p Progress) *results.Run {
	t.Helper()
	run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Progress: p}, fakes(wrong))
	if err != nil {
		t.Fatal(err)
	}
	return reopen(t, run)
}

// reopen reads the run from disk.
func reopen(t *testing.T, run *results.Run) *results.Run {
	t.Helper()
	again, err := results.Open(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func scenarioOf(t *testing.T, strategies string) scenario.Scenario {
	t.Helper()
	s, err := scenario.Decode("fake.yaml", []byte(`
target: {mock: {latency: {dist: lognormal, p50: 20ms, p99: 200ms}}}
workload: {tasks: 20, timeout: 1s}
strategies: [`+strategies+`]
measure: {rounds: 6, warmup: 1}
`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMeasureWritesAWholeRun(t *testing.T) {
	s := scenarioOf(t, `sequential, "fixed-pool:workers=4", errgroup`)
	run := measureFake(t.Context(), t, s, nil)
	if run.Status != results.RunComplete || len(run.Reasons) > 0 || run.Ended.IsZero() {
		t.Errorf("status %s %v", run.Status, run.Reasons)
	}
	if len(run.Trials) != 3*7 {
		t.Fatalf("%d trials", len(run.Trials))
	}
	for i, tr := range run.Trials {
		round := run.Scenarios[0].Plan.Rounds[i/3]
		if tr.Seq != i || tr.Round != round.Number || tr.Slot != i%3 || tr.Strategy != s.Strategies[round.Order[i%3]].String() {
			t.Errorf("trial %d was not held as planned: %+v", i, tr)
		}
		// A fake is as fast as the latencies allow: sequential and errgroup meet the
		// bound, and the pool, which deals tasks out, lies above it.
		if e := tr.Efficiency(); e > 1+1e-9 || e <= 0 || !strings.HasPrefix(tr.Strategy, "fixed") && e < 1-1e-6 {
			t.Errorf("%s: efficiency %v", tr.Strategy, e)
		}
		records, err := run.Records(tr)
		if err != nil || len(records) != 20 || records[19].Bytes != 5 {
			t.Errorf("records %v %v", len(records), err)
		}
	}
	// Every strategy of a round met the same latencies.
	for r := range 7 {
		sum := map[int64]bool{}
		for _, tr := range run.Trials[3*r : 3*r+3] {
			records, _ := run.Records(tr)
			total := int64(0)
			for _, rec := range records {
				total += rec.End - rec.Start
			}
			sum[total] = true
		}
		if len(sum) != 1 {
			t.Errorf("round %d had several batches: %v", r, sum)
		}
	}
}

func TestBenchTextIsWhatBenchstatReads(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, `sequential, "fixed-pool:workers=4"`), nil)
	text, err := os.ReadFile(filepath.Join(run.Dir, results.BenchFile))
	if err != nil {
		t.Fatal(err)
	}
	r := benchfmt.NewReader(bytes.NewReader(text), results.BenchFile)
	lines := 0
	for r.Scan() {
		switch rec := r.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(rec)
		case *benchfmt.Result:
			lines++
			if first := "/strategy=sequential"; lines == 1 && !strings.Contains(string(rec.Name), first) {
				t.Errorf("benchstat would compare with %s, not with the baseline", rec.Name)
			}
			base, parts := rec.Name.Parts()
			var tail []string
			for _, p := range parts {
				tail = append(tail, string(p))
			}
			name := string(base) + strings.Join(tail[:2], "")
			if name != "Fanout/scenario=fake/tasks=20" {
				t.Errorf("name %q", name)
			}
			if s := tail[2]; s != "/strategy=sequential" && s != "/strategy=fixed-pool:workers=4" {
				t.Errorf("strategy %q", s)
			}
			if len(tail) != 4 {
				t.Errorf("no GOMAXPROCS in %q", rec.Name)
			}
			if v, ok := rec.Value("sec/op"); !ok || v <= 0 {
				t.Errorf("sec/op %v", v)
			}
			if _, ok := rec.Value("p99-sec"); ok {
				t.Error("a p99 of 20 tasks")
			}
			if e, ok := rec.Value("efficiency"); !ok || e > 1+1e-9 {
				t.Errorf("efficiency %v", e)
			}
		}
	}
	if lines != 12 {
		t.Errorf("%d lines, want one a measured trial", lines)
	}
	if m := r.Units().GetBetter("tasks/s"); m != 1 {
		t.Errorf("tasks/s: better %d", m)
	}
}

func TestAStrategyThatDiesIsRetiredAndTheOthersGoOn(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		status results.Status
	}{
		"panic":    {&crashError{results.StatusPanic, "exit status 2", "panic: boom"}, results.StatusPanic},
		"memory":   {&crashError{results.StatusOutOfMemory, "signal: killed", "too much"}, results.StatusOutOfMemory},
		"hang":     {&overdueError{after: time.Second}, results.StatusHang},
		"no signs": {fmt.Errorf("not ready: %w", child.ErrOverdue), results.StatusHang},
		"slow":     {&overdueError{after: time.Minute, signs: signs{started: 9, done: 5, idle: 20 * time.Millisecond}}, results.StatusOutOfTime},
		"refused":  {errors.New("starting the worker: no"), results.StatusFatal},
	} {
		t.Run(name, func(t *testing.T) {
			run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
				"errgroup": func(round int, records []strategies.Record, _ *worker.Report) error {
					if round < 3 {
						return nil
					}
					clear(records[8:])
					return tc.err
				},
			})
			if n := len(run.Measured("fake", "sequential")); n != 6 {
				t.Errorf("the other strategy has %d rounds", n)
			}
			trials := run.Measured("fake", "errgroup")
			if len(trials) != 3 {
				t.Fatalf("%d trials", len(trials))
			}
			last := trials[2]
			if last.Status != tc.status || last.Audit.Done != 8 || last.Audit.Lost != 12 || last.Comparable() {
				t.Errorf("got %+v", last)
			}
			if run.Status != results.RunComplete {
				t.Errorf("status %s %v", run.Status, run.Reasons)
			}
			if f := run.Failures(); len(f) != 1 || !strings.HasPrefix(f[0], "fake: errgroup, round 3: "+string(tc.status)+" after 8 of 20 tasks") {
				t.Errorf("failures %q", f)
			}
		})
	}
}

// Errors over the budget are the strategy's failure: the run is valid, and the others are
// compared.
func TestAStrategyOverTheErrorBudgetFails(t *testing.T) {
	oneInTwenty := func(_ int, records []strategies.Record, rep *worker.Report) error {
		records[3].Outcome, records[3].Error = strategies.Failed, 1
		rep.Faults = []string{"HTTP 500 Internal Server Error"}
		rep.Error = "task 3: HTTP 500"
		return nil
	}
	s := scenarioOf(t, "sequential, errgroup")
	wrong := spoil{"errgroup": oneInTwenty}
	run := measureFake(t.Context(), t, s, wrong)
	want := "fake: errgroup: 6 of 120 tasks failed, over the error budget of 0% (--error-budget): HTTP 500 Internal Server Error"
	if f := run.Failures(); run.Status != results.RunComplete || len(run.Reasons) > 0 || len(f) != 1 || f[0] != want {
		t.Errorf("status %s %q, failures %q", run.Status, run.Reasons, f)
	}
	s.Measure.Screening = true
	if run := measureFake(t.Context(), t, s, wrong); len(run.Failures()) > 0 {
		t.Errorf("in a screening: failures %q", run.Failures())
	}
	s.Measure.Screening = false
	s.Measure.ErrorBudget = 0.05
	if run := measureFake(t.Context(), t, s, wrong); run.Status != results.RunComplete || len(run.Failures()) > 0 {
		t.Errorf("within the budget: status %s %q %q", run.Status, run.Reasons, run.Failures())
	}
}

func TestLostWorkIsNoSilentSuccess(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(_ int, records []strategies.Record, _ *worker.Report) error {
			clear(records[15:])
			return nil
		},
	})
	for _, tr := range run.Measured("fake", "errgroup") {
		if tr.Status != results.StatusIncomplete || tr.Comparable() {
			t.Errorf("got %+v", tr)
		}
	}
	text, _ := os.ReadFile(filepath.Join(run.Dir, results.BenchFile))
	if bytes.Contains(text, []byte("errgroup")) {
		t.Error("bench.txt has a makespan of half a batch")
	}
	if f := run.Failures(); len(f) != 1 || f[0] != "fake: errgroup, warm-up 1: 5 of 20 tasks never started" {
		t.Errorf("failures %q", f)
	}
}

func TestAnInterruptedRunIsKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	run := measureFake(ctx, t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(round int, _ []strategies.Record, _ *worker.Report) error {
			if round == 3 {
				cancel()
			}
			return nil
		},
	})
	if run.Status != results.RunPartial || !run.Interrupted() {
		t.Errorf("status %s %v", run.Status, run.Reasons)
	}
	if n := len(run.Measured("fake", "errgroup")); n != 2 {
		t.Errorf("%d whole trials", n)
	}
	for _, tr := range run.Trials {
		if _, err := run.Records(tr); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(run.Dir, results.RecordsPath("fake", "errgroup", 3))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a trial was kept: %v", err)
	}
}

func TestATrialCutShortByACrashIsNotRead(t *testing.T) {
	run := measureFake(t.Context(), t, scenarioOf(t, "sequential"), nil)
	path := filepath.Join(run.Dir, "trials.jsonl")
	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, text[:len(text)-20], 0o644); err != nil {
		t.Fatal(err)
	}
	again, err := results.Open(run.Dir)
	if err != nil || len(again.Trials) != len(run.Trials)-1 {
		t.Errorf("got %d of %d trials, %v", len(again.Trials), len(run.Trials), err)
	}
}

func TestRequestsThatTheServerDidNotCountMakeARunInvalid(t *testing.T) {
	s := scenarioOf(t, "sequential")
	outside := fakes(nil)
	open := outside.open
	outside.open = func(ctx context.Context, o opening) (executor, error) {
		e, err := open(ctx, o)
		e.(*fake).server = &fakeServer{} // one that nobody asks
		return e, err
	}
	run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")}, outside)
	if err != nil || run.Status != results.RunInvalid || !strings.Contains(run.Reasons[0], "first in round 1 of sequential: 0 for 20") {
		t.Errorf("got %v, status %s %q", err, run.Status, run.Reasons)
	}
}

// The disk is full, or the like: the run says so and is not taken for a result.
func TestARunThatCannotBeWritten(t *testing.T) {
	s := scenarioOf(t, "sequential")
	dir := filepath.Join(t.TempDir(), "run")
	run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: dir}, fakes(spoil{
		"sequential": func(round int, _ []strategies.Record, _ *worker.Report) error {
			if round != 2 {
				return nil
			}
			return os.WriteFile(filepath.Join(dir, filepath.FromSlash(results.RecordsPath("fake", "sequential", 3))), nil, 0o644)
		},
	}))
	if err == nil || !strings.Contains(err.Error(), "making a file for task records") {
		t.Errorf("got %v", err)
	}
	if run == nil || run.Status != results.RunPartial || run.Interrupted() || len(run.Trials) != 3 {
		t.Errorf("got %+v", run)
	}
}
