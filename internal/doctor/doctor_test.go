package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/mockserver/config"
	_ "github.com/fanbench/fanbench/strategies/all"
)

// planted makes runs of identical copies. at is the relative noise of a trial by its time slot in
// the run, 0..1; luck is the persistent effect of a copy throughout a run.
type planted struct {
	at   func(random *rand.Rand, slot float64) float64
	luck float64
}

func steady(random *rand.Rand, _ float64) float64 { return 0.01 * random.NormFloat64() }

func drifting(random *rand.Rand, slot float64) float64 { return 0.1*slot + 0.005*random.NormFloat64() }

func (m planted) runs(runs, copies, rounds int, blocked bool) (out [][][]float64) {
	random := rand.New(rand.NewPCG(7, 7))
	for range runs {
		run := make([][]float64, copies)
		luck := make([]float64, copies)
		for c := range run {
			run[c] = make([]float64, rounds)
			luck[c] = m.luck * random.NormFloat64()
		}
		for round := range rounds {
			for place, c := range random.Perm(copies) {
				slot := float64(round*copies+place) / float64(rounds*copies)
				if blocked {
					slot = float64(c*rounds+round) / float64(rounds*copies)
				}
				run[c][round] = 0.007 * math.Exp(luck[c]+m.at(random, slot))
			}
		}
		out = append(out, run)
	}
	return out
}

func TestJudge(t *testing.T) {
	judge := func(m planted) AA {
		r := SelfRuns{Rounds: 20, Interleaved: m.runs(20, 6, 20, false), Blocked: m.runs(20, 6, 20, true)}
		return r.Judge("x")
	}
	alike := judge(planted{at: steady})
	if a := alike.Interleaved; a.Of != 300 || a.Low > 0.05 || a.High < 0.05 {
		t.Errorf("alike: interleaved %v", a)
	}
	if a := alike.Blocked; a.Of != 300 || a.Low > 0.05 || a.High < 0.05 {
		t.Errorf("identical copies, sequential: %v", a)
	}
	if p := alike.Persistence; p.P < 0.05 || p.Spread > 0.002 {
		t.Errorf("alike: %v", p)
	}
	if alike.Detectable < 0.005 || alike.Detectable > 0.02 {
		t.Errorf("detectable %v", alike.Detectable)
	}
	drift := judge(planted{at: drifting})
	if drift.Interleaved.Low > 0.05 || drift.Blocked.Low < 0.5 {
		t.Errorf("on a machine that slows down: interleaved %v, sequential %v", drift.Interleaved, drift.Blocked)
	}
	lucky := judge(planted{at: steady, luck: 0.005})
	if lucky.Interleaved.Low < 0.05 {
		t.Errorf("copies with a persistent effect: %v", lucky.Interleaved)
	}
	if p := lucky.Persistence; p.P > 0.001 || p.Spread < 0.004 || p.Spread > 0.006 || p.Correlation < 0.3 {
		t.Errorf("copies with a persistent effect: %v", p)
	}
}

func TestJudgeOfLittle(t *testing.T) {
	none := (&SelfRuns{Rounds: 20}).Judge("x")
	if none.Interleaved.String() != "not tested" || none.Persistence.String() != "not tested" || none.Detectable != 0 {
		t.Errorf("of nothing: %+v", none)
	}
	if _, err := json.Marshal(none); err != nil {
		t.Error(err)
	}
	two := (&SelfRuns{Rounds: 5, Interleaved: planted{at: steady}.runs(2, 2, 5, false)}).Judge("x")
	if two.Interleaved.Of != 2 || two.Detectable != 0 || two.Persistence.String() != "not tested" {
		t.Errorf("with two copies and five rounds: %+v", two)
	}
	failed := SelfRuns{Rounds: 20, Interleaved: planted{at: steady}.runs(4, 6, 20, false)}
	failed.Interleaved[0][2][4] = 0
	if p := failed.Judge("x").Persistence; math.IsNaN(p.Correlation) || math.IsInf(p.Spread, 0) {
		t.Errorf("with a failed trial: %v", p)
	}
}

func TestRates(t *testing.T) {
	// R: prop.test(3, 20, correct = FALSE)
	if r := NewRate(3, 20); math.Abs(r.Low-0.0524) > 5e-4 || math.Abs(r.High-0.3604) > 5e-4 || r.String() != "3 of 20, 15.0% [5.2%, 36.0%]" {
		t.Errorf("got %+v, %s", r, r)
	}
	// If all comparisons of a run agree, 20 comparisons are worth 10 independent ones.
	apart := NewRate(1, 10)
	if r := clusterRate([]int{1, 1}, []int{10, 10}, 2); r.Different != 2 || r.Of != 20 || r.Low != apart.Low || r.High != apart.High {
		t.Errorf("got %+v, want the interval of %+v", r, apart)
	}
	// One run has all the differences: the interval is wider than with equal shares.
	even, uneven := clusterRate([]int{5, 5, 5, 5}, []int{15, 15, 15, 15}, 1), clusterRate([]int{15, 0, 0, 5}, []int{15, 15, 15, 15}, 1)
	if uneven.Low >= even.Low || uneven.High <= even.High {
		t.Errorf("even %+v, uneven %+v", even, uneven)
	}
}

// A plan measures in ordinary runs: copies that compete, then each by itself.
func TestHold(t *testing.T) {
	s, err := SelfScenario()
	if err != nil {
		t.Fatal(err)
	}
	s.Workload.Tasks = 4
	plan := SelfPlan{Scenario: s, Copies: 3, Rounds: 2, Runs: 2, Blocked: true}
	if n := plan.RunsFor(7); n != 3 {
		t.Errorf("%d runs of 3 comparisons for 7", n)
	}
	var said []string
	runs, err := plan.Hold(t.Context(), func(what string, _, _ int) { said = append(said, what) })
	if err != nil {
		t.Fatal(err)
	}
	for name, list := range map[string][][][]float64{"interleaved": runs.Interleaved, "blocked": runs.Blocked} {
		if len(list) != 2 || len(list[0]) != 3 || len(list[0][0]) != 2 {
			t.Fatalf("%s: %v", name, list)
		}
		for _, run := range list {
			for _, c := range run {
				for _, seconds := range c {
					if seconds < 0.002 {
						t.Errorf("%s: a makespan of %v s, with tasks of 2 ms", name, seconds)
					}
				}
			}
		}
	}
	if !slices.Equal(said, []string{"A/A: run 1/2", "A/A: run 2/2"}) {
		t.Errorf("said %q", said)
	}
	if d := plan.Describe(); d != "fixed-pool:workers=8, 4 tasks, mock server, constant:2ms" {
		t.Errorf("described as %q", d)
	}

	plan.Limit = time.Nanosecond // the first run takes place anyway
	if runs, err := plan.Hold(t.Context(), func(string, int, int) {}); err != nil || len(runs.Interleaved) != 1 {
		t.Errorf("%v, %d runs", err, len(runs.Interleaved))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := plan.Hold(ctx, func(string, int, int) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A failing strategy cannot be compared with itself, and the error has the reason.
func TestHoldOfAStrategyThatFails(t *testing.T) {
	s, err := SelfScenario()
	if err != nil {
		t.Fatal(err)
	}
	s.Workload.Tasks = 2
	if s.Strategies, err = scenario.ParseStrategies([]string{"sequential"}); err != nil {
		t.Fatal(err)
	}
	s.Target.Mock.Faults = []config.Fault{{Kind: config.FaultStatus, Status: 500, Probability: 1}}
	_, err = SelfPlan{Scenario: s, Copies: 2, Rounds: 1, Runs: 1}.Hold(t.Context(), func(string, int, int) {})
	if err == nil || !strings.Contains(err.Error(), "sequential") || !strings.Contains(err.Error(), "500") {
		t.Errorf("got %v", err)
	}
}

// healthy is a machine without problems.
func healthy() *Diagnosis {
	return &Diagnosis{
		Schema:      Schema,
		Environment: machine.Environment{CPU: "x", CPUs: 8, GOMAXPROCS: 8, Governor: "performance", LoadBefore: 0.5, OS: "linux", Go: "go1"},
		Clock:       Clock{Source: "tsc", Reading: 40, Resolution: 20, SleepLate: Tail{60e3, 300e3}},
		Scheduler:   Scheduler{Tail{200, 2e3}},
		Noise:       Noise{Spread: 0.01, Tail: 0.1},
		Limits:      Limits{Files: 65536, Ports: 28000},
		AA:          AA{Rounds: 20, Interleaved: Rate{Different: 3, Of: 50, Low: .02, High: .16}, Blocked: Rate{Different: 4, Of: 50, Low: .03, High: .19}, Persistence: Persistence{Runs: 4, Correlation: 0.1, P: 0.4}, Detectable: 0.01},
	}
}

func TestFindings(t *testing.T) {
	for _, f := range healthy().findings() {
		if f.Level != Fine || f.Advice != "" || f.Figure == "" {
			t.Errorf("on a healthy machine: %+v", f)
		}
	}
	for name, c := range map[string]struct {
		spoil func(*Diagnosis)
		level Level
	}{
		"clock":                   {func(d *Diagnosis) { d.Clock.Reading = 900 }, Unusual},
		"sleep":                   {func(d *Diagnosis) { d.Clock.SleepLate.P50 = 15 * time.Millisecond }, Unfit},
		"scheduler":               {func(d *Diagnosis) { d.Scheduler.Wake.P99 = time.Millisecond }, Unusual},
		"noise":                   {func(d *Diagnosis) { d.Noise.Drift = -0.3 }, Unusual},
		"steal":                   {func(d *Diagnosis) { d.Noise.Steal = 0.5 }, Unfit},
		"load":                    {func(d *Diagnosis) { d.Environment.LoadBefore = 9 }, Unusual},
		"governor":                {func(d *Diagnosis) { d.Environment.Governor = "powersave" }, Unusual},
		"quota":                   {func(d *Diagnosis) { d.Limits.Quota = 1.5 }, Unusual},
		"memory":                  {func(d *Diagnosis) { d.Environment.Memory, d.Environment.MemoryLimit = 100<<20, 200<<20 }, Unusual},
		"files":                   {func(d *Diagnosis) { d.Limits.Files = 1024 }, Unusual},
		"ports":                   {func(d *Diagnosis) { d.Limits.Ports = 100 }, Unusual},
		"A/A interleaved":         {func(d *Diagnosis) { d.AA.Interleaved.Low = 0.06 }, Unfit},
		"A/A one after the other": {func(d *Diagnosis) { d.AA.Blocked.Low = 0.3 }, Unusual},
		"A/A persistence":         {func(d *Diagnosis) { d.AA.Persistence.P = 0.002 }, Unfit},
		"sensitivity":             {func(d *Diagnosis) { d.AA.Detectable = 0.2 }, Unusual},
	} {
		d := healthy()
		c.spoil(d)
		found := false
		for _, f := range d.findings() {
			if f.Name != name {
				if f.Level != Fine {
					t.Errorf("%s: also %+v", name, f)
				}
				continue
			}
			found = true
			if f.Level != c.level || f.Advice == "" {
				t.Errorf("%+v, want %s", f, c.level)
			}
		}
		if !found {
			t.Errorf("there is no finding %q", name)
		}
	}
}

func TestNoise(t *testing.T) {
	took := make([]float64, 200)
	for i := range took {
		took[i] = 1e6 * (1 + 0.1*float64(i)/200)
	}
	if n := newNoise(took); n.Drift < 0.08 || n.Drift > 0.12 || n.Spread < 0.03 || n.Tail < 0.03 {
		t.Errorf("got %+v", n)
	}
	if n := newNoise(nil); n != (Noise{}) {
		t.Errorf("of nothing: %+v", n)
	}
}

// The whole examination for real, but in this process.
func TestExamine(t *testing.T) {
	o, err := Quick()
	if err != nil {
		t.Fatal(err)
	}
	o.Repeat, o.Self.Rounds, o.Self.Runs = 20, 2, 1
	var steps []string
	o.Progress = func(s string, _, _ int) { steps = append(steps, s) }
	d, err := Examine(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if d.Clock.Reading <= 0 || d.Clock.Resolution > time.Second || d.Scheduler.Wake.P50 <= 0 || d.AA.Interleaved.Of != 6 || d.AA.Blocked.Of != 6 || len(steps) < 4 || d.AA.Detectable != 0 {
		t.Errorf("%+v, steps %q", d, steps)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Examine(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
