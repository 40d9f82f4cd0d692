// Package planted compares the advice with brute force where the truth is known.
//
//	Situation      a batch, a target, and a time budget
//	  -> advise    the search and the rule, as in `fanbench advise`
//	  -> brute     every limit, in many rounds
//	  -> Row       the makespan of the advice relative to the least
//
// Situations are simulated on a clock that only the trials advance, with a model of the
// target. cmd/prove measures real ones.
package planted

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/search"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/reports/summary"
	"github.com/fanbench/fanbench/strategies"
)

// Row is one situation with its result.
type Row struct {
	Situation string   `json:"situation"`
	Best      string   `json:"best"`    // the lowest limit within Within of the least makespan, by brute force; "" if nothing works
	Advised   string   `json:"advised"` // "" if none
	Screened  Screened `json:"screened"`
	Ratio     float64  `json:"ratio"` // makespan of the advised strategy over the least, by brute force; 1 if correctly nothing is advised, +Inf if it does not work
}

// Screened is what the search spent before its decision.
type Screened struct {
	First   int     `json:"first"`  // trials until it refined: pilots and the first screening
	Trials  int     `json:"trials"` // these and those of the refinement
	Seconds float64 `json:"seconds"`
}

// Within is how much slower than the best an advice may be, as a fraction.
const Within = 0.05

// Right reports whether the advice is the best limit or within Within of it.
func (r Row) Right() bool { return r.Ratio <= 1+Within }

// Situation is a batch at a target with known truth.
type Situation struct {
	Name      string
	Tasks     int
	Time      time.Duration // time budget of the search
	Server    Server
	Known     bool    // the target's latencies are known in advance, as for a mock server
	Slots     int     // value of --slots
	RateLimit float64 // value of --rate-limit
	Noise     float64 // of the machine: standard deviation of ln(makespan)
	CPUs      int     // 0 means 2
	All       bool    // the search leaves nothing out by prediction
	// None means that nothing works, so that nothing can be advised.
	None bool
}

// overhead is the time of a simulated trial in addition to its makespan.
const overhead = scenario.TrialOverhead

// Simulate runs the situation on a simulated clock. The same seed gives the same row.
func (s Situation) Simulate(seed uint64) (Row, error) { return s.against(s.brute(seed), seed) }

// Both runs it twice: with all candidates, and without those that prediction leaves out.
func (s Situation) Both(seed uint64) (all, row Row, err error) {
	truth := s.brute(seed)
	s.All = false
	if row, err = s.against(truth, seed); err != nil {
		return all, row, err
	}
	s.All = true
	all, err = s.against(truth, seed)
	return all, row, err
}

func (s Situation) against(truth Truth, seed uint64) (Row, error) {
	a, spent, err := s.advise(seed)
	if err != nil {
		return Row{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	row := s.row(a, truth, seed)
	row.Screened = spent
	return row, nil
}

// world simulates a run on its own clock.
type world struct {
	Situation
	seed   uint64
	clock  time.Time
	run    *results.Run
	random *rand.Rand
	took   map[int][]time.Duration // by each task of a trial
}

// advise runs the search on a simulated clock and derives the advice.
func (s Situation) advise(seed uint64) (a *advice.Advice, spent Screened, err error) {
	h := fnv.New64a()
	h.Write([]byte(s.Name))
	w := &world{
		Situation: s, seed: seed, clock: time.Unix(0, 0), random: rand.New(rand.NewPCG(seed, h.Sum64())),
		took: map[int][]time.Duration{}, run: &results.Run{Dir: "planted", Manifest: results.Manifest{Status: results.RunComplete}},
	}
	scenario, err := s.scenario(seed)
	if err != nil {
		return nil, spent, err
	}
	p := search.New(scenario, search.Options{
		Time: s.Time, Tolerance: Within, CPUs: max(s.CPUs, 2), Slots: s.Slots, RateLimit: s.RateLimit,
		Now: func() time.Time { return w.clock }, All: s.All, Records: w.records,
	})
	next := p.First()
	for {
		if err := next.Validate(); err != nil {
			return nil, spent, err
		}
		began, before := w.clock, len(w.run.Trials)
		w.measure(next)
		if next.Measure.Screening {
			trials := len(w.run.Trials) - before
			spent.Trials += trials
			if !strings.Contains(next.Name, "-refinement") {
				spent.First += trials
			}
			spent.Seconds += w.clock.Sub(began).Seconds()
		}
		after := p.Next(w.run)
		if after == nil {
			break
		}
		next = *after
	}
	sum, err := summary.Of(w.run)
	if err != nil {
		return nil, spent, err
	}
	list := advice.Of(sum)
	if len(list) != 1 {
		return nil, spent, fmt.Errorf("%d advices for one batch", len(list))
	}
	return list[0], spent, nil
}

// scenario is the scenario that a user would measure.
func (s Situation) scenario(seed uint64) (scenario.Scenario, error) {
	out := scenario.Scenario{
		Name: "planted", Workload: scenario.Workload{Tasks: s.Tasks, Timeout: scenario.DefaultTimeout}, Measure: scenario.DefaultMeasure,
		Target: scenario.Target{URL: "http://127.0.0.1:1/"},
	}
	out.Measure.Seed = seed
	out.Measure.MemoryLimit = s.Server.Memory
	switch {
	case s.Known:
		out.Target = scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: s.Server.Latency, Capacity: config.Capacity{Slots: s.Server.Slots}}}}
	case s.Server.Cores > 0:
		out.Target = scenario.Target{CPU: &s.Server.Latency}
	}
	return out, nil
}

// measure simulates every round of a scenario.
func (w *world) measure(s scenario.Scenario) {
	plan := scenario.NewPlan(len(s.Strategies), s.Measure.Warmup, s.Measure.Rounds, s.Measure.Seed)
	w.run.Scenarios = append(w.run.Scenarios, results.Planned{Scenario: s, Plan: plan})
	gone := map[int]bool{}
	for _, r := range plan.Rounds {
		for slot, i := range r.Order {
			if gone[i] {
				continue
			}
			t, took := w.trial(s, s.Strategies[i], r.Number)
			w.took[len(w.run.Trials)] = took
			t.Seq, t.Slot = len(w.run.Trials), slot
			gone[i] = t.Died()
			w.clock = w.clock.Add(t.Makespan + overhead)
			w.run.Trials = append(w.run.Trials, t)
		}
	}
}

// trial simulates one trial. The machine adds a little noise to each, and a lot to a few.
func (w *world) trial(s scenario.Scenario, c strategies.Choice, round int) (results.Trial, []time.Duration) {
	n := s.Workload.Tasks
	o := w.Server.trial(s.Measure.Seed, round, n, c.Width(n))
	noise := math.Exp(w.Noise * w.random.NormFloat64())
	if const1in := 50; w.Noise > 0 && w.random.IntN(const1in) == 0 {
		noise *= 1.5
	}
	t := results.Trial{
		Scenario: s.Name, Strategy: c.String(), Round: round, Records: "none",
		Makespan: time.Duration(float64(o.makespan) * noise), Status: results.StatusOK,
		Audit: results.Audit{Done: n, Starts: n, Failed: o.failed}, Usage: metric.Usage{PeakRSS: o.peak},
	}
	if s.Target.Mock != nil {
		s.Strategies = []strategies.Choice{c}
		t.Bound = s.Bound(s.Latencies(round), 0)
	}
	switch {
	case o.died:
		t.Status, t.Audit = results.StatusOutOfMemory, results.Audit{Lost: n, Unstarted: n}
	case o.failed > 0:
		t.Status, t.Faults = results.StatusError, []string{"HTTP 503 Service Unavailable"}
	}
	return t, o.took
}

// records are those of a trial.
func (w *world) records(_ *results.Run, t results.Trial) (list []strategies.Record, err error) {
	for _, d := range w.took[t.Seq] {
		list = append(list, strategies.Record{End: int64(d)})
	}
	return list, nil
}

// bruteRounds is the number of rounds per limit, or one round if rounds do not differ.
// bruteSeed gives brute force other latencies than the search.
const (
	bruteRounds = 60
	bruteSeed   = 1_000_003
)

// brute tries every limit up to 64, and above that limits a fiftieth apart. A limit is
// identified by the index of its candidate.
func (s Situation) brute(seed uint64) Truth {
	out := make(Truth, s.Tasks+1)
	for limit := 1; limit <= s.Tasks; limit = max(limit+1, limit+limit/50) {
		out[limit] = s.tried(limit, seed)
	}
	out[s.Tasks] = s.tried(s.Tasks, seed)
	return out
}

func (s Situation) tried(limit int, seed uint64) (logs []float64) {
	rounds := bruteRounds
	if strings.HasPrefix(s.Server.Latency.String(), "constant:") && s.Server.Failing == 0 {
		rounds = 1
	}
	for r := 1; r <= rounds; r++ {
		o := s.Server.trial(seed+bruteSeed, r, s.Tasks, limit)
		if o.failed > 0 || o.died {
			return nil
		}
		logs = append(logs, math.Log(o.makespan.Seconds()))
	}
	return logs
}

// row compares the advice with every limit. All have the same latencies, so limits are
// compared round by round.
func (s Situation) row(a *advice.Advice, all Truth, seed uint64) Row {
	use := a.Find(a.Use)
	if use != nil && all[use.Width] == nil {
		all[use.Width] = s.tried(use.Width, seed)
	}
	row := Row{Situation: s.Name, Advised: a.Use}
	best := all.Best()
	var used []float64
	if use != nil {
		used = all[use.Width]
	}
	row.Ratio = all.Judge(a.Use != "", used)
	for limit := best; limit >= 1; limit-- {
		if all[limit] != nil && Ratio(all[limit], all[best]) <= 1+Within {
			row.Best = fmt.Sprintf("limit %d", limit)
		}
	}
	return row
}
