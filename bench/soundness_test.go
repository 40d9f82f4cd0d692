package bench

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// told has every record carry the server's account, off by so much.
func told(s scenario.Scenario, off time.Duration) func(int, []strategies.Record, *worker.Report) error {
	return func(round int, records []strategies.Record, rep *worker.Report) error {
		rep.Returned += max(0, off)
		for i, p := range s.Latencies(round) {
			records[i].Service = int64(p + off)
			records[i].End += int64(max(0, off))
		}
		return nil
	}
}

func TestUnsoundTrialsMakeARunInvalid(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	for name, c := range map[string]struct {
		spoil  func(round int, records []strategies.Record, rep *worker.Report) error
		reason string
	}{
		"a task that ended before it began": {func(_ int, r []strategies.Record, _ *worker.Report) error {
			r[7].End = r[7].Start - 1
			return nil
		}, "task records have times that cannot be (1)"},
		"a server that worked longer than its client waited": {func(_ int, r []strategies.Record, _ *worker.Report) error {
			r[7].Service = r[7].End - r[7].Start + int64(time.Second)
			return nil
		}, "times that cannot be"},
		"times in another unit": {func(_ int, r []strategies.Record, rep *worker.Report) error {
			for i := range r {
				r[i].Start, r[i].End = r[i].Start/1000, r[i].End/1000
			}
			return nil
		}, "the batch took less than its longest latency"},
		"latencies that were not injected": {told(s, 40*time.Millisecond), "the server did not achieve the latencies asked for: off by 40ms in the median"},
	} {
		run := measureFake(t.Context(), t, s, spoil{"errgroup": c.spoil})
		got := strings.Join(run.Reasons, "\n")
		if run.Status != results.RunInvalid || !strings.Contains(got, c.reason) || !strings.Contains(got, "first in round 1 of errgroup") {
			t.Errorf("%s: status %s, %s", name, run.Status, got)
		}
	}
}

func TestLatenciesThatWereInjected(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	run := measureFake(t.Context(), t, s, spoil{"errgroup": told(s, 100*time.Microsecond), "sequential": told(s, -200*time.Microsecond)})
	if run.Status != results.RunComplete {
		t.Fatal(run.Reasons)
	}
	for _, tr := range run.Trials {
		in := tr.Sound.Injected
		if in == nil || in.Tasks != 20 || in.Off || in.Median < 90*time.Microsecond || in.Median > 210*time.Microsecond || in.P99 != in.Median {
			t.Errorf("%+v", in)
		}
		if tr.Sound.LittleOff() || tr.Sound.InFlight <= 0 || tr.Sound.Impossible > 0 || tr.Sound.TooFast {
			t.Errorf("%+v", tr.Sound)
		}
	}
}

// One trial in twelve is a neighbour's doing: a warning.
func TestATrialThatIsOffIsTolerated(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	late := told(s, 40*time.Millisecond)
	run := measureFake(t.Context(), t, s, spoil{"errgroup": func(round int, r []strategies.Record, rep *worker.Report) error {
		if round != 2 {
			return nil
		}
		return late(round, r, rep)
	}})
	if run.Status != results.RunComplete || !strings.Contains(strings.Join(run.Warnings, "\n"), "did not achieve the latencies asked for in 1 trials") {
		t.Errorf("status %s %q, warnings %q", run.Status, run.Reasons, run.Warnings)
	}
}

// Where the target does other things with the latencies, service is no measure.
func TestServiceThatIsNotTheLatency(t *testing.T) {
	for _, target := range []string{
		"{latency: constant:20ms, slots: 2, discipline: ps}",
		"{latency: constant:20ms, faults: [{kind: status, status: 500, probability: 0.001}]}",
	} {
		s, err := scenario.Decode("fake.yaml", []byte("target: {mock: "+target+"}\nworkload: {tasks: 20}\nstrategies: [errgroup]\n"))
		if err != nil {
			t.Fatal(err)
		}
		run := measureFake(t.Context(), t, s, spoil{"errgroup": told(s, 90*time.Millisecond)})
		if run.Status != results.RunComplete || run.Trials[3].Sound.Injected != nil {
			t.Errorf("%s: %s %v %+v", target, run.Status, run.Reasons, run.Trials[3].Sound)
		}
	}
}

func TestLittlesLawIsHeldAgainstTheHarnessClock(t *testing.T) {
	s := scenarioOf(t, "sequential")
	records := make([]strategies.Record, 20)
	for i := range records {
		records[i] = strategies.Record{Start: int64(i) * 1e6, End: int64(i+1) * 1e6, Runs: 1, Outcome: strategies.OK}
	}
	sound := results.NewSoundness(s, s.Latencies(1), results.Trial{Returned: 20 * time.Millisecond}, records)
	if sound.InFlight != 1 || sound.Little != 1 || sound.LittleOff() {
		t.Errorf("%+v", sound)
	}
	records[19].End += 5e6 // after Run returned
	if sound := results.NewSoundness(s, s.Latencies(1), results.Trial{Returned: 20 * time.Millisecond}, records); !sound.LittleOff() {
		t.Errorf("%+v", sound)
	}
	if sound := results.NewSoundness(s, s.Latencies(1), results.Trial{}, records[:12]); sound.Missing != 8 {
		t.Errorf("%+v", sound)
	}
}

func TestASaturatedGenerator(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	busy := func(factor float64) func(int, []strategies.Record, *worker.Report) error {
		return func(_ int, r []strategies.Record, rep *worker.Report) error {
			for i := range r {
				r[i].Start, r[i].End = 4*r[i].Start, 4*r[i].End
			}
			rep.Returned *= 4
			rep.Usage.CPU = time.Duration(factor * float64(results.Makespan(r)))
			return nil
		}
	}
	measure := func(wrong spoil) *results.Run {
		run, err := measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: []string{"fake"}}, fakes(wrong))
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	cpus := float64(machine.ReadEnvironment().GOMAXPROCS)
	run := measure(spoil{"sequential": busy(cpus), "errgroup": busy(cpus)})
	if run.Status != results.RunInvalid || !strings.Contains(run.Reasons[0], "the generator is saturated") {
		t.Errorf("status %s %q", run.Status, run.Reasons)
	}
	run = measure(spoil{"errgroup": busy(cpus)})
	if run.Status != results.RunComplete || !strings.Contains(strings.Join(run.Warnings, "\n"), "used nearly all its CPU time, so part of the makespan is its own: errgroup (100%, efficiency 0.25)") {
		t.Errorf("one strategy: status %s %q %q", run.Status, run.Reasons, run.Warnings)
	}
}

func TestDriftIsAWarning(t *testing.T) {
	s := scenarioOf(t, "sequential")
	s.Measure.Rounds = 12
	run := measureFake(context.Background(), t, s, spoil{"sequential": func(round int, r []strategies.Record, rep *worker.Report) error {
		clear(r)
		for i := range r {
			r[i] = strategies.Record{End: int64(time.Second) + int64(round)*1e7, Runs: 1, Outcome: strategies.OK}
		}
		rep.Returned = time.Minute
		return nil
	}})
	if run.Status != results.RunComplete || !strings.Contains(strings.Join(run.Warnings, "\n"), "so the warm-up had not ended") {
		t.Errorf("status %s %q %q", run.Status, run.Reasons, run.Warnings)
	}
}
