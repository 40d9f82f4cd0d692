package search

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"pgregory.net/rapid"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

func init() { scenario.RegisterFunc("search-test", nil) }

func mustLatency(t *testing.T, text string) *latency.Latency {
	t.Helper()
	l, err := latency.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

// newScenario returns a scenario of tasks that sleep.
func newScenario(t *testing.T, tasks int, sleep string, names ...string) scenario.Scenario {
	t.Helper()
	list, err := scenario.ParseStrategies(names)
	if err != nil {
		t.Fatal(err)
	}
	return scenario.Scenario{
		Name: "made", Target: scenario.Target{Sleep: mustLatency(t, sleep)}, Strategies: list,
		Workload: scenario.Workload{Tasks: tasks, Timeout: time.Second}, Measure: scenario.DefaultMeasure,
	}
}

// world simulates a run in no time: the name of a strategy determines its time.
type world struct {
	run   results.Run
	clock time.Time
	takes func(s scenario.Scenario, c strategies.Choice) (seconds float64, failed bool)
}

// measure simulates every round of a scenario.
func (w *world) measure(s scenario.Scenario) {
	w.run.Scenarios = append(w.run.Scenarios, results.Planned{Scenario: s})
	renewal := s.Resolved(true).Renewal
	for r := 1 - s.Measure.Warmup; r <= s.Measure.Rounds; r++ {
		round := r
		if r < 1 {
			round = r - 1
		}
		for i, c := range s.Strategies {
			seconds, failed := w.takes(s, c)
			took := time.Duration(seconds * float64(time.Second))
			if failed {
				took = time.Millisecond // refusals are quick
			}
			w.clock = w.clock.Add(took)
			if r >= 1 {
				w.clock = w.clock.Add(renewal(took))
			}
			t := results.Trial{Scenario: s.Name, Strategy: c.String(), Round: round, Makespan: took, Status: results.StatusOK, Audit: results.Audit{Done: s.Workload.Tasks, Starts: s.Workload.Tasks}}
			t.Bound = s.Bound(s.Latencies(max(round, 1)), i)
			if failed {
				t.Status, t.Audit = results.StatusPanic, results.Audit{Lost: s.Workload.Tasks}
			}
			w.run.Trials = append(w.run.Trials, t)
		}
	}
}

// carryOut measures every scenario that a search asks for.
func (w *world) carryOut(t *testing.T, p *Search) (asked []scenario.Scenario) {
	t.Helper()
	p.Now = func() time.Time { return w.clock }
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
		if len(asked) > 20 {
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

// last is the last scenario of a search: its decision.
func last(asked []scenario.Scenario) scenario.Scenario { return asked[len(asked)-1] }

// slots simulates a server with k workers: 1 s of service in total.
func slots(k int) func(scenario.Scenario, strategies.Choice) (float64, bool) {
	return func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		return 1 / float64(min(c.Width(s.Workload.Tasks), k)), false
	}
}

// refusing simulates a server that refuses batches with a limit above most. A task takes
// task seconds.
func refusing(most int, task float64) func(scenario.Scenario, strategies.Choice) (float64, bool) {
	return func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		n := s.Workload.Tasks
		w := c.Width(n)
		return task * float64((n+w-1)/w), w > most
	}
}

func TestSearchFindsTheKnee(t *testing.T) {
	w := &world{takes: slots(8)}
	s := newScenario(t, 64, "constant:15ms", "semaphore:limit=4")
	asked := w.carryOut(t, New(s, Options{All: true, Time: 4 * time.Minute, Tolerance: 0.05, CPUs: 2}))
	look, decision := asked[0], last(asked)
	if want := "sequential goroutine-per-task fixed-pool:workers=2 fixed-pool:workers=4 fixed-pool:workers=8 fixed-pool:workers=16 fixed-pool:workers=32 semaphore:limit=4"; names(look.Strategies) != want {
		t.Errorf("candidates %s\nwant       %s", names(look.Strategies), want)
	}
	for i, s := range asked[:len(asked)-1] {
		if !s.Measure.Screening || s.Measure.Seed == decision.Measure.Seed || i > 0 && s.Measure.Seed == asked[i-1].Measure.Seed {
			t.Errorf("%s is measured by %+v", s.Name, s.Measure)
		}
	}
	if look.Name != "made-screening" || asked[1].Name != "made-refinement" {
		t.Errorf("the screenings are named %s, %s", look.Name, asked[1].Name)
	}
	// The decision includes the lowest limit that is as good, and the next lower limit.
	for _, want := range []string{"fixed-pool:workers=8", "fixed-pool:workers=7", "errgroup:limit=8", "goroutine-per-task"} {
		if !strings.Contains(" "+names(decision.Strategies)+" ", " "+want+" ") {
			t.Errorf("%s is missing in the decision: %s", want, names(decision.Strategies))
		}
	}
	if strings.Contains(names(decision.Strategies), "workers=4") || decision.Measure.Screening || decision.Name != "made" || decision.Measure.Seed != s.Measure.Seed || decision.Measure.Margin != 0.05 {
		t.Errorf("the decision is between %s, measured by %+v", names(decision.Strategies), decision.Measure)
	}
}

// A server may get faster with every limit up to the highest that it does not refuse.
func TestSearchComesCloseToWhatIsRefused(t *testing.T) {
	w := &world{takes: refusing(29, 0.1)}
	s := newScenario(t, 128, "constant:1ms")
	s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
	decision := last(w.carryOut(t, New(s, Options{Time: time.Minute, Tolerance: 0.05, CPUs: 2})))
	most := 0
	for _, c := range decision.Strategies {
		if c.Width(128) > 29 {
			t.Errorf("%s is measured again, though more than 29 at once fail", c)
		}
		most = max(most, c.Width(128))
	}
	if most < 26 { // 26 is as good: the same number of waves
		t.Errorf("the widest finalist is %d at once", most)
	}
}

// A pilot that fails says nothing about the time of a task, so it is repeated at half the
// limit. If all tried limits fail, lower limits follow, down to one task at a time.
func TestSearchGoesDown(t *testing.T) {
	for most, want := range map[int]string{1: "sequential", 2: "fixed-pool:workers=2", 5: "fixed-pool:workers=5", 16: "fixed-pool:workers=16"} {
		w := &world{takes: refusing(most, 1)}
		s := newScenario(t, 64, "constant:1ms")
		s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
		asked := w.carryOut(t, New(s, Options{Time: 4 * time.Minute, Tolerance: 0.05, CPUs: 2}))
		if decision := last(asked); decision.Measure.Screening || !strings.Contains(names(decision.Strategies), want) {
			t.Errorf("at most %d at once: %s is between %s", most, decision.Name, names(decision.Strategies))
		}
		pilots := 0
		for _, s := range asked {
			if strings.HasPrefix(s.Name, "made-pilot") {
				pilots++
			}
		}
		if want := map[int]int{1: 4, 2: 3, 5: 2, 16: 1}[most]; pilots != want {
			t.Errorf("at most %d at once: %d pilots, want %d", most, pilots, want)
		}
	}
}

func TestSearchEndsWhenAllFail(t *testing.T) {
	w := &world{takes: func(scenario.Scenario, strategies.Choice) (float64, bool) { return 0, true }}
	tried := map[string]bool{}
	for _, s := range w.carryOut(t, New(newScenario(t, 8, "constant:1ms"), Options{Time: time.Minute, CPUs: 2})) {
		for _, c := range s.Strategies {
			tried[c.String()] = true
		}
		if !s.Measure.Screening {
			t.Errorf("%s is a decision, although nothing works", s.Name)
		}
	}
	for _, want := range []string{"sequential", "fixed-pool:workers=2", "fixed-pool:workers=4", "goroutine-per-task"} {
		if !tried[want] {
			t.Errorf("%s was not tried", want)
		}
	}
}

// If candidates that worked in the screening fail in the decision, lower limits replace them.
func TestSearchGoesBelowWhatFailsInTheDecision(t *testing.T) {
	w := &world{takes: func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		v, _ := slots(64)(s, c)
		return v, !s.Measure.Screening && c.Width(s.Workload.Tasks) > 8
	}}
	asked := w.carryOut(t, New(newScenario(t, 64, "constant:15ms"), Options{Time: time.Minute, Tolerance: 0.05, CPUs: 2}))
	decisions := 0
	for _, p := range w.run.Scenarios {
		if !p.Scenario.Measure.Screening {
			decisions++
		}
	}
	d := last(asked)
	of := gather(&results.Run{Manifest: results.Manifest{Scenarios: w.run.Scenarios[len(w.run.Scenarios)-1:]}, Trials: w.run.Trials}, 64, 0)
	if decisions != 1 || d.Measure.Screening || len(of.working()) == 0 {
		t.Errorf("%d decisions; the last, %s, is between %s", decisions, d.Name, names(d.Strategies))
	}
}

func TestSearchConsidersOnlyWhatIsAsked(t *testing.T) {
	w := &world{takes: slots(8)}
	s := newScenario(t, 64, "constant:15ms", "fixed-pool:workers=4..16+4", "sequential")
	for _, asked := range w.carryOut(t, New(s, Options{Only: s.Strategies, Time: time.Minute, CPUs: 2})) {
		for _, c := range asked.Strategies {
			if !contains(s.Strategies, c) {
				t.Errorf("%s measures %s", asked.Name, c)
			}
		}
	}
}

// If the time per task is unknown, a pilot comes first, and limits that would take too long
// are postponed.
func TestSearchHoldsAPilot(t *testing.T) {
	w := &world{takes: func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		n := s.Workload.Tasks
		return float64(n) / float64(c.Width(n)), false
	}}
	s := newScenario(t, 400, "constant:1ms")
	s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
	asked := w.carryOut(t, New(s, Options{Time: 5 * time.Minute, Tolerance: 0.05, CPUs: 2}))
	if p := asked[0]; names(p.Strategies) != "fixed-pool:workers=8" || p.Measure.Rounds != 1 || p.Workload.Tasks != 8 || !p.Measure.Screening {
		t.Fatalf("the first is %s of %d tasks, %d rounds", names(p.Strategies), p.Workload.Tasks, p.Measure.Rounds)
	}
	if strings.Contains(names(asked[1].Strategies), "sequential") || !strings.Contains(names(asked[1].Strategies), "goroutine-per-task") {
		t.Errorf("looked at: %s", names(asked[1].Strategies))
	}
}

// Lists of URLs and panicking tasks refer to the whole batch.
func TestAPilotIsPartOfTheBatch(t *testing.T) {
	s := newScenario(t, 20, "constant:1ms")
	s.Target = scenario.Target{URLs: slices.Repeat([]string{"http://127.0.0.1:1/"}, 20)}
	s.Workload.Panics = []latency.TaskRange{{First: 19, Last: 19}}
	p := New(s, Options{Time: time.Minute, CPUs: 2}).First()
	if err := p.Validate(); err != nil || len(p.Target.URLs) != 8 {
		t.Errorf("%d URLs: %v", len(p.Target.URLs), err)
	}
}

// Known limits of the target determine which limits are tried.
func TestSearchTakesWhatIsKnown(t *testing.T) {
	s := newScenario(t, 500, "constant:20ms")
	for name, c := range map[string]struct {
		options Options
		has     []string
		most    int
	}{
		"slots": {Options{Slots: 12}, []string{"workers=6", "workers=9", "workers=12", "workers=15", "workers=24"}, 24},
		"rate":  {Options{RateLimit: 400}, []string{"workers=4", "workers=8", "workers=16"}, 16}, // 400/s at 20 ms are 8 at once
		"both":  {Options{Slots: 6, RateLimit: 400}, []string{"workers=6", "workers=12"}, 12},
		"burst": {Options{RateLimit: 500}, []string{"workers=256"}, 500}, // a second's worth may pass at once
	} {
		c.options.All, c.options.Time, c.options.CPUs = true, 10*time.Minute, 2
		list := New(s, c.options).First().Strategies
		for _, want := range c.has {
			if !strings.Contains(names(list)+" ", want+" ") {
				t.Errorf("%s: no %s among %s", name, want, names(list))
			}
		}
		for _, l := range list {
			if l.Width(500) > c.most {
				t.Errorf("%s: %s is tried", name, l)
			}
		}
	}
}

func TestSearchOfWorkThatKeepsCoresBusy(t *testing.T) {
	s := newScenario(t, 100, "constant:1ms")
	s.Target = scenario.Target{CPU: mustLatency(t, "constant:1ms")}
	list := names(candidates(s, 6, 0))
	for _, want := range []string{"workers=6", "workers=24", "goroutine-per-task"} {
		if !strings.Contains(list, want) {
			t.Errorf("no %s among %s", want, list)
		}
	}
	if strings.Contains(list, "workers=32") || strings.Contains(list, "adaptive") {
		t.Errorf("too much: %s", list)
	}
}

// For every batch and time budget, the scenarios can be measured, the search ends, and it
// keeps its budget, unless a single trial of each finalist exceeds it.
func TestSearchKeepsToItsTime(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 3000).Draw(r, "tasks")
		capacity := rapid.IntRange(1, 3000).Draw(r, "slots")
		total := rapid.Float64Range(0.001, 100).Draw(r, "seconds of service")
		budget := time.Duration(rapid.IntRange(1, 300).Draw(r, "seconds")) * time.Second
		w := &world{takes: func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
			k := s.Workload.Tasks
			return total / float64(n) * float64(k) / float64(min(c.Width(k), capacity)), false
		}}
		s := newScenario(t, n, "constant:1ms")
		s.Target = scenario.Target{Func: "search-test"} // with an unknown time per task
		decision := last(w.carryOut(t, New(s, Options{Time: budget, Tolerance: 0.05, CPUs: 2})))
		if decision.Measure.Screening || len(decision.Strategies) > mostFinalists+1 {
			t.Fatalf("%s: %d rounds between %d", decision.Name, decision.Measure.Rounds, len(decision.Strategies))
		}
		spent := w.clock.Sub(time.Time{}).Seconds()
		if over := spent - budget.Seconds(); over > 0.1*budget.Seconds() && decision.Measure.Rounds > 1 {
			t.Fatalf("%.1f s more than %v: %d rounds of %d strategies", over, budget, decision.Measure.Rounds, len(decision.Strategies))
		}
	})
}

// Starting new processes counts towards the time.
func TestSearchKeepsToItsTimeWithNewProcesses(t *testing.T) {
	w := &world{takes: slots(8)}
	budget := 20 * time.Second
	s := newScenario(t, 64, "constant:15ms")
	s.Measure.Processes = scenario.ProcessesFresh
	decision := last(w.carryOut(t, New(s, Options{Time: budget, Tolerance: 0.05, CPUs: 2})))
	renewal := decision.Resolved(true).Renewal
	if renewal(time.Second) == 0 || decision.Measure.Rounds < 2 || decision.Measure.Rounds == mostRounds {
		t.Fatalf("the decision does not cover this case: %d rounds, %v", decision.Measure.Rounds, renewal(time.Second))
	}
	if spent := w.clock.Sub(time.Time{}); spent > budget*11/10 || spent < budget/2 {
		t.Errorf("took %v of %v: %d rounds of %s", spent, budget, decision.Measure.Rounds, names(decision.Strategies))
	}
}

func TestCheapest(t *testing.T) {
	list := []strategies.Choice{pool(1), pool(2), pool(4), pool(8), pool(16)}
	seconds := func(c strategies.Choice) float64 { return 16 / float64(c.Width(100)) }
	if got := names(cheapest(list, seconds, 8, 2)); got != "fixed-pool:workers=4 fixed-pool:workers=8 fixed-pool:workers=16" {
		t.Errorf("within 8 s: %s", got)
	}
	if got := cheapest(list, seconds, 0, 2); len(got) != 2 {
		t.Errorf("%d are left, want 2", len(got))
	}
	if !slices.EqualFunc(cheapest(list, seconds, 100, 2), list, func(a, b strategies.Choice) bool { return a.String() == b.String() }) {
		t.Error("some were removed although there is time for all")
	}
}
