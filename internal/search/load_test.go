package search

import (
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// loadWorld simulates phases of load in no time: a strategy keeps the promise up to a rate.
type loadWorld struct {
	world
	limit map[string]float64 // by family; of other families 0
	late  float64            // from this rate on the harness is late; 0: never
}

func (w *loadWorld) measure(s scenario.Scenario) {
	w.run.Scenarios = append(w.run.Scenarios, results.Planned{Scenario: s})
	a := s.Workload.Arrivals
	for round := 1; round <= s.Measure.Rounds; round++ {
		for _, c := range s.Strategies {
			w.clock = w.clock.Add(a.Warmup + a.For)
			p := &results.Phase{Batches: int(a.MeanRate() * a.For.Seconds()), Rate: a.MeanRate()}
			if a.MeanRate() > w.limit[c.Spec.Name] {
				p.Broken = p.Batches / 2
			}
			if w.late > 0 && a.MeanRate() >= w.late {
				p.LateP99 = time.Second
			}
			w.run.Trials = append(w.run.Trials, results.Trial{
				Scenario: s.Name, Strategy: c.String(), Round: round, Status: results.StatusOK, Phase: p,
				Makespan: time.Duration(len(c.String())) * time.Millisecond,
			})
		}
	}
}

// carryOut measures every scenario that the search asks for.
func (w *loadWorld) carryOut(p *Load) (asked []scenario.Scenario) {
	p.Now = func() time.Time { return w.clock }
	first := p.First()
	for next := &first; next != nil && len(asked) < 50; next = p.Next(&w.run) {
		asked = append(asked, *next)
		w.measure(*next)
	}
	return asked
}

func loadScenario(t *testing.T, rate float64, names ...string) scenario.Scenario {
	t.Helper()
	s := newScenario(t, 10, "lognormal:p50=10ms,p99=50ms", names...)
	s.Workload.Arrivals = &scenario.Arrivals{Process: scenario.Poisson, Rate: rate, For: 10 * time.Second, Warmup: time.Second}
	s.Measure.Promise = scenario.Promise{Share: 0.99, Limit: 100 * time.Millisecond}
	return s
}

// decided are the rates at which a strategy was shown to keep and to break the promise.
func decided(run *results.Run, family string) (keeps, breaks float64) {
	for _, p := range run.Scenarios {
		s := p.Scenario
		for _, c := range s.Strategies {
			if c.Spec.Name != family || s.Measure.Screening {
				continue
			}
			rate := s.Workload.Arrivals.MeanRate()
			switch results.JudgePromise(s.Measure.Promise, run.Measured(s.Name, c.String())).Kept {
			case results.Keeps:
				keeps = max(keeps, rate)
			case results.Breaks:
				if breaks == 0 || rate < breaks {
					breaks = rate
				}
			}
		}
	}
	return keeps, breaks
}

func TestLoadSearchFindsTheHeadroom(t *testing.T) {
	w := &loadWorld{limit: map[string]float64{"errgroup": 100, "shared-semaphore": 200, "fair-share": 60, "goroutine-per-task": 30}}
	asked := w.carryOut(NewLoad(loadScenario(t, 50), Options{Time: time.Hour}))
	names := map[string]bool{}
	for _, s := range asked {
		s.Strategies = s.Strategies[:1] // any number of them
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if names[s.Name] {
			t.Errorf("two scenarios are named %s", s.Name)
		}
		names[s.Name] = true
	}
	for family, limit := range map[string]float64{"errgroup": 100, "shared-semaphore": 200} {
		keeps, breaks := decided(&w.run, family)
		if !(keeps > limit/1.6 && keeps <= limit && breaks > limit && breaks < 1.6*limit) {
			t.Errorf("%s: keeps at %v, breaks at %v; the limit is %v", family, keeps, breaks, limit)
		}
	}
}

func TestLoadSearchGoesDown(t *testing.T) {
	w := &loadWorld{limit: map[string]float64{"errgroup": 20}}
	w.carryOut(NewLoad(loadScenario(t, 50), Options{Time: time.Hour}))
	if keeps, breaks := decided(&w.run, "errgroup"); !(keeps > 12 && keeps <= 20 && breaks > 20 && breaks < 40) {
		t.Errorf("keeps at %v, breaks at %v; the limit is 20", keeps, breaks)
	}
}

// Beyond the rate at which the harness itself is late, nothing is measured.
func TestLoadSearchEndsWhereTheHarnessIsLate(t *testing.T) {
	w := &loadWorld{limit: map[string]float64{"errgroup": 1e6}, late: 150}
	asked := w.carryOut(NewLoad(loadScenario(t, 50), Options{Time: time.Hour}))
	looks := 0
	for _, s := range asked {
		if rate := s.Workload.Arrivals.MeanRate(); rate >= 150 {
			looks++
			if !s.Measure.Screening {
				t.Errorf("%s decides at %v", s.Name, rate)
			}
		}
	}
	if looks > 1 {
		t.Errorf("%d looks beyond", looks)
	}
	if keeps, breaks := decided(&w.run, "errgroup"); keeps < 100 || breaks != 0 {
		t.Errorf("keeps at %v, breaks at %v", keeps, breaks)
	}
}

func TestLoadSearchKeepsToItsTime(t *testing.T) {
	for _, limit := range []time.Duration{5 * time.Minute, 10 * time.Minute, 20 * time.Minute} {
		w := &loadWorld{limit: map[string]float64{"errgroup": 90, "shared-semaphore": 200, "fair-share": 60}}
		began := w.clock
		w.carryOut(NewLoad(loadScenario(t, 50), Options{Time: limit}))
		if spent := w.clock.Sub(began); spent > limit*13/10 {
			t.Errorf("%v of %v", spent, limit)
		}
		if keeps, _ := decided(&w.run, "errgroup"); keeps == 0 && limit >= 10*time.Minute {
			if k2, _ := decided(&w.run, "shared-semaphore"); k2 == 0 {
				t.Errorf("in %v nothing was decided", limit)
			}
		}
	}
}

func TestLoadSearchConsidersOnlyWhatIsAsked(t *testing.T) {
	s := loadScenario(t, 50, "errgroup:limit=4", "sequential")
	w := &loadWorld{limit: map[string]float64{"errgroup": 90, "sequential": 10}}
	for _, asked := range w.carryOut(NewLoad(s, Options{Time: time.Hour, Only: s.Strategies})) {
		for _, c := range asked.Strategies {
			if c.Spec.Name != "errgroup" && c.Spec.Name != "sequential" {
				t.Errorf("%s was not asked for", c)
			}
		}
	}
}
