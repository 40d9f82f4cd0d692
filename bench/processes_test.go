package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// lives notes which fake processes were started and what each did.
type lives struct {
	seams
	began  int
	ended  atomic.Int32 // they are closed at the same time
	rounds [][]int      // by process, of its trials
}

func newLives(wrong spoil) *lives {
	l := &lives{seams: fakes(wrong)}
	open := l.open
	l.open = func(ctx context.Context, o opening) (executor, error) {
		e, err := open(ctx, o)
		l.began++
		l.rounds = append(l.rounds, nil)
		return &life{fake: e.(*fake), all: l, number: l.began - 1}, err
	}
	return l
}

type life struct {
	*fake
	all    *lives
	number int
}

func (l *life) Trial(ctx context.Context, order worker.Order) (worker.Report, error) {
	l.all.rounds[l.number] = append(l.all.rounds[l.number], order.Round)
	rep, err := l.fake.Trial(ctx, order)
	rep.Usage.Construct = time.Duration(l.number)
	return rep, err
}

func (l *life) Close(time.Duration) error { l.all.ended.Add(1); return nil }

// freshly measures the scenario with a fresh fake process for every measured trial.
func freshly(ctx context.Context, t *testing.T, s scenario.Scenario, wrong spoil) (*results.Run, *lives) {
	t.Helper()
	s.Measure.Processes = scenario.ProcessesFresh
	l := newLives(wrong)
	run, err := measure(ctx, []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: []string{"worker"}}, l.seams)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if l.began != int(l.ended.Load()) {
		t.Errorf("%d processes were started, %d ended", l.began, l.ended.Load())
	}
	_ = filepath.WalkDir(run.Dir, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".first") {
			t.Errorf("%s was left behind", path)
		}
		return err
	})
	return reopen(t, run), l
}

func TestEveryMeasuredTrialHasAFreshProcess(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Warmup = 2
	run, l := freshly(t.Context(), t, s, nil)
	if run.Status != results.RunComplete || len(run.Trials) != 2*(2+6) {
		t.Fatalf("status %s %v, %d trials", run.Status, run.Reasons, len(run.Trials))
	}
	// One process a strategy for the warm-up rounds, and one for each measured trial, which
	// does a batch before it that nothing is kept of.
	if l.began != 2+2*6 {
		t.Errorf("%d processes", l.began)
	}
	for i, rounds := range l.rounds {
		if warm := slices.Equal(rounds, []int{-1, -2}); warm != (i < 2) {
			t.Errorf("process %d did rounds %v", i, rounds)
		}
		if i >= 2 && (len(rounds) != 2 || rounds[0] != freshRound || rounds[1] != (i-2)/2+1) {
			t.Errorf("process %d did rounds %v", i, rounds)
		}
	}
	for _, tr := range run.Trials {
		if tr.Received == nil || *tr.Received != 20 {
			t.Errorf("round %d of %s: received %v", tr.Round, tr.Strategy, tr.Received)
		}
		if (tr.UsageFile != "") != tr.Warmup() {
			t.Errorf("round %d of %s: recording %q", tr.Round, tr.Strategy, tr.UsageFile)
		}
		if p := int(tr.Usage.Construct); tr.Round != l.rounds[p][len(l.rounds[p])-1] && !tr.Warmup() {
			t.Errorf("round %d of %s has the figures of process %d, which did %v", tr.Round, tr.Strategy, p, l.rounds[p])
		}
	}
}

func TestAKeptProcessDoesAllRounds(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Processes = scenario.ProcessesKept
	l := newLives(nil)
	if _, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: []string{"worker"}}, l.seams); err != nil {
		t.Fatal(err)
	}
	want := []int{-1, 1, 2, 3, 4, 5, 6}
	if len(l.rounds) != 2 || !slices.Equal(l.rounds[0], want) || !slices.Equal(l.rounds[1], want) || l.ended.Load() != 2 {
		t.Errorf("processes did %v, %d ended", l.rounds, l.ended.Load())
	}
}

// A process that dies in its first batch is the outcome of the trial, with the records of
// that batch.
func TestAFreshProcessThatDiesInItsFirstBatch(t *testing.T) {
	first := 0
	run, l := freshly(t.Context(), t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(round int, records []strategies.Record, _ *worker.Report) error {
			if round != freshRound {
				return nil
			}
			if first++; first < 3 {
				return nil
			}
			clear(records[8:])
			return &crashError{results.StatusPanic, "exit status 2", "panic: boom"}
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
	if last.Status != results.StatusPanic || last.Audit.Done != 8 || last.Audit.Lost != 12 || !strings.Contains(last.Error, "panic: boom") {
		t.Errorf("got %+v", last)
	}
	if records, err := run.Records(last); err != nil || len(records) != 20 || !records[7].Done() || records[8].Done() {
		t.Errorf("records %v, %v", records, err)
	}
	if last := l.rounds[len(l.rounds)-1]; slices.Equal(last, []int{freshRound}) {
		t.Error("the process that died was the last: the other strategy did not go on")
	}
	if run.Status != results.RunComplete {
		t.Errorf("status %s %v", run.Status, run.Reasons)
	}
}

func TestAFreshProcessThatDoesNotStart(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Processes = scenario.ProcessesFresh
	l := newLives(nil)
	open, starts := l.open, 0
	l.open = func(ctx context.Context, o opening) (executor, error) {
		if starts++; starts == 5 { // the second for the first trials measured
			return nil, errors.New("starting the worker: no")
		}
		return open(ctx, o)
	}
	run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: []string{"worker"}}, l.seams)
	if err != nil {
		t.Fatal(err)
	}
	var died []results.Trial
	for _, tr := range run.Trials {
		if tr.Died() {
			died = append(died, tr)
		}
	}
	if len(died) != 1 || died[0].Status != results.StatusFatal || died[0].Round != 2 || died[0].Error != "starting the worker: no" || died[0].Audit.Unstarted != 20 {
		t.Errorf("got %+v", died)
	}
}

func TestAnInterruptInTheFirstBatchOfAFreshProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	first := 0
	run, _ := freshly(ctx, t, scenarioOf(t, "sequential, errgroup"), spoil{
		"errgroup": func(round int, _ []strategies.Record, _ *worker.Report) error {
			if round != freshRound {
				return nil
			}
			if first++; first == 3 {
				cancel()
				return ctx.Err()
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
	if _, err := os.Stat(filepath.Join(run.Dir, results.RecordsPath("fake", "errgroup", 3))); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a trial was kept: %v", err)
	}
}

func TestAutoRenewsProcessesOfShortWork(t *testing.T) {
	own := Options{Worker: []string{"worker"}}
	for _, tc := range []struct {
		target, measure string
		options         Options
		want            scenario.Processes
	}{
		{"{cpu: {work: 500us}}", "", own, scenario.ProcessesFresh},
		{"{cpu: {work: 500us}}", "processes: auto", own, scenario.ProcessesFresh},
		{"{cpu: {work: 500us}}", "processes: kept", own, scenario.ProcessesKept},
		{"{cpu: {work: 500us}}", "screening: true", own, scenario.ProcessesKept},
		{"{cpu: {work: 500us}}", "", Options{}, scenario.ProcessesKept},
		{"{cpu: {work: 30ms}}", "", own, scenario.ProcessesKept},
		{"{cpu: {work: 30ms}}", "processes: fresh", own, scenario.ProcessesFresh},
		{"{mock: {latency: constant:2ms}}", "", own, scenario.ProcessesKept},
		{"{mock: {latency: constant:2ms}}", "processes: fresh", own, scenario.ProcessesFresh},
		{"{sleep: {latency: 2ms}}", "", own, scenario.ProcessesKept},
		{"{url: 'http://127.0.0.1:1'}", "", own, scenario.ProcessesKept},
		{"{url: 'http://127.0.0.1:1'}", "processes: fresh", own, scenario.ProcessesFresh},
	} {
		s, err := scenario.Decode("s.yaml", []byte("target: "+tc.target+"\nworkload: {tasks: 20}\nstrategies: [sequential, errgroup]\nmeasure: {"+tc.measure+"}\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Resolved(tc.options.Worker != nil).Measure.Processes; got != tc.want {
			t.Errorf("%s, %q: %s, want %s", tc.target, tc.measure, got, tc.want)
		}
	}
}

// What was decided is in run.json, and reads back as such.
func TestARunTellsWhetherProcessesWereRenewed(t *testing.T) {
	for work, want := range map[string]scenario.Processes{"500us": scenario.ProcessesFresh, "300ms": scenario.ProcessesKept} {
		s := scenarioOf(t, "errgroup")
		l, err := latency.Parse("constant:" + work)
		if err != nil {
			t.Fatal(err)
		}
		s.Target = scenario.Target{CPU: &l}
		own := Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: []string{"worker"}}
		run, err := measure(t.Context(), []scenario.Scenario{s}, own, fakes(nil))
		if err != nil {
			t.Fatal(err)
		}
		if got := reopen(t, run).Scenarios[0].Scenario.Measure.Processes; got != want {
			t.Errorf("%s: run.json says %s, want %s", work, got, want)
		}
	}
}

func TestFreshProcessesTakeAWorker(t *testing.T) {
	s := scenarioOf(t, "errgroup")
	s.Measure.Processes = scenario.ProcessesFresh
	err := Check([]scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")})
	if want := `fake.yaml:5:10: measure.processes: fresh needs each strategy in its own process`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// The time that is foretold has the batch that a new process does first, and its start.
func TestEstimateAndProgressKnowOfFreshProcesses(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Warmup = 2
	s.Measure.Processes = scenario.ProcessesKept
	own := Options{Worker: []string{"worker"}}
	trials, kept := scenario.Estimate([]scenario.Scenario{s}, true)
	s.Measure.Processes = scenario.ProcessesFresh
	again, fresh := scenario.Estimate([]scenario.Scenario{s}, true)
	if want := kept + kept*6/8 + 2*6*s.Renewal(0); trials != 16 || again != trials || fresh != want {
		t.Errorf("%d trials in %v, fresh %d in %v, want %v", trials, kept, again, fresh, want)
	}
	var parts partsOf
	l := newLives(nil)
	if _, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: own.Worker, Progress: &parts}, l.seams); err != nil {
		t.Fatal(err)
	}
	warmup := float64(kept) * 2 / 8 / float64(fresh)
	if got := fmt.Sprintf("%.6f %.6f", parts[3], parts[15]); got != fmt.Sprintf("%.6f 1.000000", warmup) {
		t.Errorf("after the warm-up and at the end %s of the time had passed, want %.6f and 1", got, warmup)
	}
}

// partsOf are those of the time that had passed after each trial.
type partsOf []float64

func (p *partsOf) Trial(_ results.Trial, at Position) { *p = append(*p, at.Part) }
