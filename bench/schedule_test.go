package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// hold plays a schedule to its end, with makespans that a function of the round and the
// strategy gives; below 0 the strategy is not there.
func hold(t *testing.T, s scenario.Scenario, makespan func(round, strategy int) float64) (*schedule, []results.Trial) {
	t.Helper()
	sc, run := newSchedule(s, results.Whole), &results.Run{}
	for range 1000 {
		r, ok := sc.next(run)
		if !ok {
			return sc, run.Trials
		}
		for _, i := range r.Order {
			if m := makespan(r.Number, i); m > 0 {
				run.Trials = append(run.Trials, results.Trial{
					Scenario: s.Name, Strategy: s.Strategies[i].String(), Round: r.Number, Status: results.StatusOK,
					Makespan: time.Duration(m * 1e9), Audit: results.Audit{Done: 1},
				})
			}
		}
	}
	t.Fatal("it never ends")
	return nil, nil
}

// noise is the same for a round and strategy whenever it is asked.
func noise(round, strategy int, sigma float64) float64 {
	random := rand.New(rand.NewPCG(uint64(round+1000), uint64(strategy)))
	return math.Exp(sigma * random.NormFloat64())
}

func adaptive(t *testing.T, until float64, least, most int) scenario.Scenario {
	s := scenarioOf(t, "sequential, errgroup, waves")
	s.Measure.Until, s.Measure.Rounds, s.Measure.MaxRounds, s.Measure.Warmup = until, least, most, 0
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRoundsAreAddedUntilTheIntervalIsNarrow(t *testing.T) {
	for name, c := range map[string]struct {
		sigma   float64
		from    int // rounds
		to      int
		warning string
	}{
		"quiet":       {0.001, 10, 10, ""},
		"noisy":       {0.03, 15, 80, ""},
		"noisier yet": {0.5, 100, 100, "after 100 rounds the interval was not yet within 2% of errgroup, waves"},
	} {
		s := adaptive(t, 0.02, 10, 100)
		sc, _ := hold(t, s, func(round, strategy int) float64 { return noise(round, strategy, c.sigma) })
		if sc.rounds < c.from || sc.rounds > c.to {
			t.Errorf("%s: %d rounds", name, sc.rounds)
		}
		if got := strings.Join(sc.warnings, "\n"); (got == "") != (c.warning == "") || !strings.Contains(got, c.warning) {
			t.Errorf("%s: warnings %q", name, got)
		}
		// It ends at a look, and is judged as a run that stops by itself.
		if looks := s.Measure.StoppingRule().Looks(); !slices.Contains(looks, sc.rounds) || !s.Measure.Statistics().Until {
			t.Errorf("%s: %d rounds, looks at %v, judged by %+v", name, sc.rounds, looks, s.Measure.Statistics())
		}
	}
}

func TestAStrategyThatIsGoneIsNotWaitedFor(t *testing.T) {
	sc, _ := hold(t, adaptive(t, 0.02, 10, 100), func(round, strategy int) float64 {
		if strategy == 2 && round > 4 {
			return -1
		}
		return noise(round, strategy, 0.001)
	})
	if sc.rounds != 10 || len(sc.warnings) > 0 {
		t.Errorf("%d rounds, %q", sc.rounds, sc.warnings)
	}
	// Nor is a baseline.
	sc, _ = hold(t, adaptive(t, 0.02, 10, 100), func(round, strategy int) float64 {
		if strategy == 0 && round > 4 {
			return -1
		}
		return noise(round, strategy, 0.5)
	})
	if sc.rounds != 10 {
		t.Errorf("%d rounds", sc.rounds)
	}
}

func TestWarmupEndsWhenDriftIsGone(t *testing.T) {
	auto := func(makespan func(round, strategy int) float64) *schedule {
		s := scenarioOf(t, "sequential, errgroup")
		s.Measure.AutoWarmup = true
		sc, _ := hold(t, s, makespan)
		if sc.rounds != s.Measure.Rounds {
			t.Errorf("%d measured rounds", sc.rounds)
		}
		return sc
	}
	steady := auto(func(round, strategy int) float64 { return noise(round, strategy, 0.01) })
	if steady.warmups < scenario.LeastWarmup || steady.warmups > 14 || len(steady.warnings) > 0 {
		t.Errorf("steady: %d rounds, %q", steady.warmups, steady.warnings)
	}
	cold := auto(func(round, strategy int) float64 {
		return noise(round, strategy, 0.01) * (1 + math.Exp(float64(round)/2)) // warm after some eight
	})
	if cold.warmups <= scenario.LeastWarmup || cold.warmups >= scenario.MostWarmup || len(cold.warnings) > 0 {
		t.Errorf("cold: %d rounds, %q", cold.warmups, cold.warnings)
	}
	never := auto(func(round, strategy int) float64 {
		if strategy == 0 {
			return 1
		}
		return noise(round, strategy, 0.01) * (10 - float64(round))
	})
	if never.warmups != scenario.MostWarmup || len(never.warnings) != 1 || !strings.Contains(never.warnings[0], "had not ended after 24 rounds: the makespans of errgroup still drift") {
		t.Errorf("never: %d rounds, %q", never.warmups, never.warnings)
	}
	dead := auto(func(round, strategy int) float64 {
		if strategy == 1 && round < -3 {
			return -1
		}
		return 1
	})
	if dead.warmups != scenario.LeastWarmup {
		t.Errorf("a strategy that died: %d rounds", dead.warmups)
	}
}

// The plan in run.json grows with the run, and the run can be read and judged again.
func TestARunWithRoundsAdded(t *testing.T) {
	s := scenarioOf(t, "sequential, errgroup")
	s.Measure.Until, s.Measure.Rounds, s.Measure.MaxRounds, s.Measure.AutoWarmup = 0.01, 6, 20, true
	progress := &lastProgress{}
	run := measureFakeWith(t, s, spoil{"errgroup": func(round int, r []strategies.Record, rep *worker.Report) error {
		for i := range r { // noise that no 20 rounds overcome
			r[i].End = r[i].Start + int64(float64(r[i].End-r[i].Start)*noise(round, 1, 0.5))
		}
		rep.Returned = time.Hour
		return nil
	}}, progress)
	if run.PlannedRounds("fake") != 20 || len(run.Measured("fake", "errgroup")) != 20 {
		t.Errorf("%d rounds planned, %d held", run.PlannedRounds("fake"), len(run.Measured("fake", "errgroup")))
	}
	if m := run.Scenarios[0].Scenario.Measure; m.Until != 0.01 || m.MaxRounds != 20 || !m.AutoWarmup {
		t.Errorf("run.json has %+v", m)
	}
	if progress.Over != progress.All || progress.Over != len(run.Trials) || math.Abs(progress.Part-1) > 1e-9 {
		t.Errorf("progress ended at %+v of %d trials", progress, len(run.Trials))
	}
	plan := run.Scenarios[0].Plan.Rounds
	for i, tr := range run.Trials {
		if plan[i/2].Number != tr.Round {
			t.Fatalf("trial %d is of round %d, planned was %d", i, tr.Round, plan[i/2].Number)
		}
	}
}

// lastProgress keeps what it was told last.
type lastProgress struct{ Position }

func (p *lastProgress) Trial(_ results.Trial, at Position) { p.Position = at }

func TestUntilNeedsAnOther(t *testing.T) {
	s := scenarioOf(t, "sequential")
	s.Measure.Until, s.Measure.MaxRounds = 0.02, 3
	err := s.Validate()
	for _, want := range []string{"measure.max_rounds: 3 is out of range: want 6 to", "measure.until: it is about differences"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
}
