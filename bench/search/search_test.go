package search

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
	"github.com/fanbench/fanbench/strategies"
)

func init() { bench.RegisterFunc("search-test", nil) }

func latency(t *testing.T, text string) *mockserver.Latency {
	t.Helper()
	l, err := mockserver.ParseLatency(text)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

// scenario is one of so many tasks that sleep.
func scenario(t *testing.T, tasks int, sleep string, names ...string) bench.Scenario {
	t.Helper()
	list, err := bench.ParseStrategies(names)
	if err != nil {
		t.Fatal(err)
	}
	return bench.Scenario{
		Name: "made", Target: bench.Target{Sleep: latency(t, sleep)}, Strategies: list,
		Workload: bench.Workload{Tasks: tasks, Timeout: time.Second}, Measure: bench.DefaultMeasure,
	}
}

// world is a run that takes no time: what a strategy takes follows from its name.
type world struct {
	run   bench.Run
	clock time.Time
	takes func(s bench.Scenario, c strategies.Choice) (seconds float64, failed bool)
}

// measure holds every round of a scenario.
func (w *world) measure(s bench.Scenario) {
	w.run.Scenarios = append(w.run.Scenarios, bench.Planned{Scenario: s})
	for r := 1 - s.Measure.Warmup; r <= s.Measure.Rounds; r++ {
		round := r
		if r < 1 {
			round = r - 1
		}
		for _, c := range s.Strategies {
			seconds, failed := w.takes(s, c)
			took := time.Duration(seconds * float64(time.Second))
			w.clock = w.clock.Add(took)
			t := bench.Trial{Scenario: s.Name, Strategy: c.String(), Round: round, Makespan: took, Status: bench.StatusOK, Audit: bench.Audit{Done: s.Workload.Tasks, Starts: s.Workload.Tasks}}
			if failed {
				t.Status, t.Audit = bench.StatusPanic, bench.Audit{Lost: s.Workload.Tasks}
			}
			w.run.Trials = append(w.run.Trials, t)
		}
	}
}

// carryOut measures all that a search asks for.
func (w *world) carryOut(t *testing.T, p *Search) (asked []bench.Scenario) {
	t.Helper()
	p.now = func() time.Time { return w.clock }
	s := p.First()
	for {
		if err := s.Validate(); err != nil {
			t.Fatalf("%s cannot be measured: %v", s.Name, err)
		}
		asked = append(asked, s)
		w.measure(s)
		next := p.Next(&w.run)
		if next == nil {
			return asked
		}
		s = *next
		if len(asked) > 3 {
			t.Fatal("the search does not end")
		}
	}
}

func names(list []strategies.Choice) string {
	var out []string
	for _, c := range list {
		out = append(out, c.String())
	}
	return strings.Join(out, " ")
}

// slots is a server that serves so many at once: 1 s of service in all.
func slots(k int) func(bench.Scenario, strategies.Choice) (float64, bool) {
	return func(s bench.Scenario, c strategies.Choice) (float64, bool) {
		return 1 / float64(min(c.Width(s.Workload.Tasks), k)), false
	}
}

func TestSearchFindsTheKneeAndItsNeighbours(t *testing.T) {
	w := &world{takes: slots(8)}
	s := scenario(t, 64, "constant:15ms", "semaphore:limit=4")
	asked := w.carryOut(t, New(s, Options{Time: 2 * time.Minute, Tolerance: 0.05, CPUs: 2}))
	if len(asked) != 2 {
		t.Fatalf("%d scenarios, want a screening and a decision", len(asked))
	}
	look, decision := asked[0], asked[1]
	if want := "sequential goroutine-per-task errgroup fixed-pool:workers=1 fixed-pool:workers=2 fixed-pool:workers=4 fixed-pool:workers=8 fixed-pool:workers=16 fixed-pool:workers=32 fixed-pool:workers=64 semaphore:limit=4"; names(look.Strategies) != want {
		t.Errorf("screened %s\nwant     %s", names(look.Strategies), want)
	}
	if !look.Measure.Screening || look.Name != "made-screening" || look.Measure.Seed == decision.Measure.Seed {
		t.Errorf("the screening is %+v", look.Measure)
	}
	for _, want := range []string{"fixed-pool:workers=6", "fixed-pool:workers=8", "fixed-pool:workers=12", "errgroup:limit=8", "goroutine-per-task"} {
		if !strings.Contains(" "+names(decision.Strategies)+" ", " "+want+" ") {
			t.Errorf("%s is not decided about: %s", want, names(decision.Strategies))
		}
	}
	if strings.Contains(names(decision.Strategies), "workers=4") || decision.Measure.Screening || decision.Name != "made" || decision.Measure.Seed != s.Measure.Seed || decision.Measure.Margin != 0.05 {
		t.Errorf("the decision is between %s, measured by %+v", names(decision.Strategies), decision.Measure)
	}
}

func TestSearchLeavesOutWhatFails(t *testing.T) {
	w := &world{takes: func(s bench.Scenario, c strategies.Choice) (float64, bool) {
		v, _ := slots(64)(s, c)
		return v, c.Width(s.Workload.Tasks) > 16 // the server rejects more
	}}
	asked := w.carryOut(t, New(scenario(t, 64, "constant:15ms"), Options{Time: time.Minute, Tolerance: 0.05, CPUs: 2}))
	decision := asked[len(asked)-1]
	for _, c := range decision.Strategies {
		if c.Width(64) > 16 {
			t.Errorf("%s is measured again, though more than 16 at once fail", c)
		}
	}
	if decision.Strategies[0].Width(64) != 16 {
		t.Errorf("the first finalist is %s", decision.Strategies[0])
	}
}

func TestSearchEndsWhenAllFail(t *testing.T) {
	w := &world{takes: func(bench.Scenario, strategies.Choice) (float64, bool) { return 0, true }}
	if asked := w.carryOut(t, New(scenario(t, 8, "constant:1ms"), Options{Time: time.Minute, CPUs: 2})); len(asked) != 1 {
		t.Errorf("%d scenarios, want the screening only", len(asked))
	}
}

func TestSearchConsidersOnlyWhatIsAsked(t *testing.T) {
	w := &world{takes: slots(8)}
	s := scenario(t, 64, "constant:15ms", "fixed-pool:workers=4..16+4", "sequential")
	for _, asked := range w.carryOut(t, New(s, Options{Only: s.Strategies, Time: time.Minute, CPUs: 2})) {
		for _, c := range asked.Strategies {
			if !contains(s.Strategies, c) {
				t.Errorf("%s measures %s", asked.Name, c)
			}
		}
	}
}

// Where nothing tells how long a trial takes, a single one is held first, and what would
// take too long is not screened.
func TestSearchHoldsAPilot(t *testing.T) {
	w := &world{takes: func(s bench.Scenario, c strategies.Choice) (float64, bool) {
		return 200 / float64(c.Width(s.Workload.Tasks)), false
	}}
	s := scenario(t, 400, "constant:1ms")
	s.Target = bench.Target{URL: "http://127.0.0.1:1/"}
	asked := w.carryOut(t, New(s, Options{Time: 5 * time.Minute, Tolerance: 0.05, CPUs: 2}))
	if len(asked) != 3 || names(asked[0].Strategies) != "fixed-pool:workers=8" || asked[0].Measure.Rounds != 1 {
		t.Fatalf("%d scenarios, the first measures %s", len(asked), names(asked[0].Strategies))
	}
	if strings.Contains(names(asked[1].Strategies), "sequential") || !strings.Contains(names(asked[1].Strategies), "goroutine-per-task") {
		t.Errorf("screened: %s", names(asked[1].Strategies))
	}
}

func TestSearchOfWorkThatKeepsCoresBusy(t *testing.T) {
	s := scenario(t, 100, "constant:1ms")
	s.Target = bench.Target{CPU: latency(t, "constant:1ms")}
	list := names(candidates(s, 6))
	for _, want := range []string{"workers=6", "workers=24"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s among %s", want, list)
		}
	}
	if strings.Contains(list, "workers=100") || strings.Contains(list, "adaptive") {
		t.Errorf("too much: %s", list)
	}
}

// Whatever the batch and the time, what is asked for can be measured, ends, is decided
// with rounds enough, and takes no longer than was given, unless less would not decide.
func TestSearchKeepsToItsTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(r, "tasks")
		capacity := rapid.IntRange(1, 3000).Draw(r, "slots")
		total := rapid.Float64Range(0.001, 100).Draw(r, "seconds of service")
		budget := time.Duration(rapid.IntRange(1, 300).Draw(r, "seconds")) * time.Second
		w := &world{takes: func(s bench.Scenario, c strategies.Choice) (float64, bool) {
			return max(total/float64(n), total/float64(min(c.Width(n), capacity))), false
		}}
		s := scenario(t, n, "constant:1ms")
		s.Target = bench.Target{Func: "search-test"} // of which nobody knows how long it takes
		p := New(s, Options{Time: budget, Tolerance: 0.05, CPUs: 2})
		asked := w.carryOut(t, p)
		decision := asked[len(asked)-1]
		if k := len(decision.Strategies); decision.Measure.Rounds < stat.LeastRounds(k-1, stat.Options{}) || k > mostFinalists {
			t.Fatalf("%d rounds between %d", decision.Measure.Rounds, k)
		}
		spent := w.clock.Sub(time.Time{}).Seconds()
		if over := spent - budget.Seconds(); over > 0 && len(decision.Strategies) > 2 && decision.Measure.Rounds > enough(len(decision.Strategies)) {
			t.Fatalf("%.1f s more than %v: %d rounds of %d strategies", over, budget, decision.Measure.Rounds, len(decision.Strategies))
		}
	})
}

func TestCheapest(t *testing.T) {
	list := parse("fixed-pool:workers=1..16")
	seconds := func(c strategies.Choice) float64 { return 16 / float64(c.Width(100)) }
	if got := names(cheapest(list, seconds, 8, 2)); got != "fixed-pool:workers=4 fixed-pool:workers=8 fixed-pool:workers=16" {
		t.Errorf("within 8 s: %s", got)
	}
	if got := cheapest(list, seconds, 0, 2); len(got) != 2 {
		t.Errorf("%d are left, want 2", len(got))
	}
	if !slices.EqualFunc(cheapest(list, seconds, 100, 2), list, func(a, b strategies.Choice) bool { return a.String() == b.String() }) {
		t.Error("some were left out although there is time for all")
	}
}
