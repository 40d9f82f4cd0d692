package search

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// records simulates the records of a world: by Little's law its tasks take the makespan times the
// tasks at once by all tasks, if no place idles.
func (w *world) records(_ *results.Run, t results.Trial) (list []strategies.Record, err error) {
	c, err := strategies.Parse(t.Strategy)
	n := t.Audit.Done
	each := float64(t.Makespan) * float64(c.Width(n)) / float64(n)
	for range n {
		list = append(list, strategies.Record{End: int64(each)})
	}
	return list, err
}

// tried are the names of all strategies that were measured on the whole batch.
func tried(asked []scenario.Scenario) (list []string) {
	for _, s := range asked {
		if strings.Contains(s.Name, "pilot") {
			continue
		}
		for _, c := range s.Strategies {
			list = append(list, c.String())
		}
	}
	return list
}

// search carries out a search and returns what was measured and what was noted.
func search(t *testing.T, s scenario.Scenario, o Options, takes func(scenario.Scenario, strategies.Choice) (float64, bool)) ([]scenario.Scenario, string) {
	t.Helper()
	w := &world{takes: takes}
	var notes strings.Builder
	o.Time, o.Tolerance, o.CPUs, o.Records = time.Minute, 0.05, 2, w.records
	o.Note = func(text string) { notes.WriteString(text + "\n") }
	return w.carryOut(t, New(s, o)), notes.String()
}

// Where latencies are stated, low limits are left out as soon as a wide one is as fast as they allow.
func TestStatedLatenciesLeaveOutLowLimits(t *testing.T) {
	ideal := func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		n := s.Workload.Tasks
		return 0.020*math.Ceil(float64(n)/float64(c.Width(n))) + 0.001, false
	}
	s := newScenario(t, 64, "constant:20ms", "errgroup:limit=4", "errgroup:limit=32", "hedged:workers=4,delay=5ms")
	asked, notes := search(t, s, Options{}, ideal)
	measured := tried(asked)
	for _, not := range []string{"sequential", "fixed-pool:workers=2", "fixed-pool:workers=16", "errgroup:limit=4"} {
		if slices.Contains(measured, not) {
			t.Errorf("%s was measured", not)
		}
	}
	// No model says how fast second attempts can be.
	for _, want := range []string{"goroutine-per-task", "fixed-pool:workers=32", "errgroup:limit=32", "hedged:workers=4,delay=5ms,budget=10%"} {
		if !slices.Contains(measured, want) {
			t.Errorf("%s was not measured: %s", want, measured)
		}
	}
	l := last(asked).Measure.LeftOut
	if l == nil || l.Best != "goroutine-per-task" || l.Limit < 32 || l.Least < 40*time.Millisecond || l.Task != 0 || !slices.Contains(l.Strategies, "errgroup:limit=4") {
		t.Errorf("left out: %+v", l)
	}
	if !strings.Contains(notes, "left out without measuring: limits up to ") {
		t.Errorf("notes:\n%s", notes)
	}

	// Strategies that the user asks for are measured, and all can be.
	for _, o := range []Options{{Only: s.Strategies}, {All: true}} {
		asked, notes = search(t, s, o, ideal)
		if measured = tried(asked); !slices.Contains(measured, "errgroup:limit=4") || last(asked).Measure.LeftOut != nil || strings.Contains(notes, "left out") {
			t.Errorf("measured %s, left out %+v", measured, last(asked).Measure.LeftOut)
		}
	}
}

// Whether the slowest task of the first round is a very slow one does not matter.
func TestChanceDecidesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		s := newScenario(t, 100, "lognormal:p50=5ms,p99=100ms")
		s.Measure.Seed = seed
		asked, _ := search(t, s, Options{}, func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
			s.Strategies = []strategies.Choice{c}
			return 1.05 * s.Bound(s.Latencies(1), 0).Greedy.Seconds(), false
		})
		// The sum of all times is 1.15 s, and the slowest of a hundred typically takes 0.1 s.
		if l := last(asked).Measure.LeftOut; l == nil || l.Limit < 4 || l.Limit > 8 {
			t.Errorf("seed %d: left out %+v", seed, l)
		}
	}
}

// A strategy that the scenario names is only left out if it takes twice as long as the best.
func TestNamedStrategiesAreLeftOutIfClearlyBeaten(t *testing.T) {
	s := newScenario(t, 60, "constant:20ms", "errgroup:limit=15", "errgroup:limit=24")
	takes := func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		n := s.Workload.Tasks
		return 0.020*math.Ceil(float64(n)/float64(c.Width(n))) + 0.016, false
	}
	asked, _ := search(t, s, Options{}, takes)
	if measured := tried(asked); !slices.Contains(measured, "errgroup:limit=24") || slices.Contains(measured, "errgroup:limit=15") || slices.Contains(measured, "fixed-pool:workers=16") {
		t.Errorf("measured: %s", measured)
	}
}

// Where the times of tasks are only measured, they may be no bound for other limits. The best
// limit must be found all the same.
func TestUnknownServersAreNotMisjudged(t *testing.T) {
	const n = 64
	for name, c := range map[string]struct {
		best  int // lowest limit within 5% of the best
		takes func(width float64) (seconds float64)
		all   bool // no limit may be left out
	}{
		"one slot: a task at 8 at once waits for 7 others": {best: 1, all: true, takes: func(float64) float64 { return n * 0.02 }},
		"five slots": {best: 5, takes: func(w float64) float64 { return n * 0.02 / min(w, 5) }},
		"no limit":   {best: 64, takes: func(w float64) float64 { return 0.02 * math.Ceil(n/w) }},
		"groups of 16, one after another; a smaller one waits first": {best: 16, takes: func(w float64) float64 {
			if w < 16 {
				return 0.02 * 2 * n / w
			}
			return 0.02 * n / 16
		}},
		"setting up a connection takes 20 times a request": {best: 32, takes: func(w float64) float64 { return 0.1 + 0.005*n/w }},
		"half as fast for each more at once beyond 4": {best: 4, takes: func(w float64) float64 {
			if w > 4 {
				return n * 0.02 / 4 * (1 + (w-4)/2)
			}
			return n * 0.02 / w
		}},
	} {
		s := newScenario(t, n, "constant:1ms")
		s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
		asked, _ := search(t, s, Options{}, func(s scenario.Scenario, choice strategies.Choice) (float64, bool) {
			k := s.Workload.Tasks
			return c.takes(float64(choice.Width(k))) * float64(k) / n, false
		})
		decision := last(asked)
		if !slices.ContainsFunc(decision.Strategies, func(o strategies.Choice) bool { return o.Width(n) == c.best }) {
			t.Errorf("%s: %d at once is no finalist: %s", name, c.best, names(decision.Strategies))
		}
		l := decision.Measure.LeftOut
		if c.all != (l == nil) || l != nil && l.Limit >= c.best {
			t.Errorf("%s: left out %+v", name, l)
		}
		if l != nil && (l.Task == 0 || slices.Contains(tried(asked), "sequential")) {
			t.Errorf("%s: sequential was measured, or no time of a task is known: %+v", name, l)
		}
	}
}

// What was left out has not failed: if the finalists fail, it comes back.
func TestLeftOutComesBack(t *testing.T) {
	s := newScenario(t, 64, "constant:20ms")
	asked, notes := search(t, s, Options{}, func(s scenario.Scenario, c strategies.Choice) (float64, bool) {
		w := c.Width(64)
		return 0.020 * math.Ceil(64/float64(w)), w > 8 && !s.Measure.Screening
	})
	if d := last(asked); d.Measure.Screening || !contains(d.Strategies, pool(8)) || !strings.Contains(notes, "had been left out") {
		t.Errorf("the last is %s of %s\n%s", d.Name, names(d.Strategies), notes)
	}
}

// Unreadable records leave nothing out.
func TestNothingIsLeftOutBlindly(t *testing.T) {
	w := &world{takes: slots(64)}
	s := newScenario(t, 64, "constant:1ms")
	s.Target = scenario.Target{URL: "http://127.0.0.1:1/"}
	asked := w.carryOut(t, New(s, Options{Time: time.Minute, Tolerance: 0.05, CPUs: 2}))
	if !slices.Contains(tried(asked), "sequential") || last(asked).Measure.LeftOut != nil {
		t.Errorf("measured %s, left out %+v", tried(asked), last(asked).Measure.LeftOut)
	}
}

// A strategy that fails tasks, as the error budget allows, may be fast because of that.
func TestFailedTasksLeaveNothingOut(t *testing.T) {
	s := newScenario(t, 64, "constant:20ms")
	p := New(s, Options{Tolerance: 0.05, CPUs: 2})
	wide := &result{choice: pool(32), width: 32, rounds: 1, seconds: 0.041}
	e := &evidence{results: []*result{wide}}
	if p.hopeless(e, pool(4)) {
		t.Error("left out because of a strategy with failed tasks")
	}
	if wide.whole = true; !p.hopeless(e, pool(4)) {
		t.Error("not left out")
	}
}
