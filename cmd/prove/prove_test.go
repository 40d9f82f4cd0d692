package main

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/cmd"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/strategies"
)

func TestMain(m *testing.M) {
	actAsChild()
	os.Exit(m.Run())
}

// small is a plan that is cheap to test.
var small = powerPlan{Workloads: []workload{{"steady", "constant:1ms"}}, Slowdowns: []int{0, 2}, Rounds: 12, Most: 40, Sets: 15}

// coarse is a resolution at which charts are cheap.
const coarse = 16

// fake is a measurer that takes no time: head is slower by the given percentage, and the
// sides have shared noise and their own noise.
func fake(trials int, shared, own float64) measurer {
	random := rand.New(rand.NewPCG(uint64(trials), 4))
	return func(context.Context, workload, int) (series, error) {
		s := series{Took: time.Second, Pairs: map[int]stat.Pair{}}
		for _, percent := range small.Slowdowns {
			var p stat.Pair
			for range trials {
				common := shared * random.NormFloat64()
				p.Base = append(p.Base, math.Exp(common+own*random.NormFloat64()))
				p.Head = append(p.Head, (1+float64(percent)/100)*math.Exp(common+own*random.NormFloat64()))
			}
			s.Pairs[percent] = p
		}
		return s, nil
	}
}

// itself returns runs of identical copies, each with a persistent random offset of size luck.
func itself(luck float64) selfResult {
	random := rand.New(rand.NewPCG(2, 5))
	r := selfResult{selfCase: selfCase{Name: "mock server", Rounds: 20}, Scenario: "fixed-pool:workers=8, 20 tasks", Runs: doctor.SelfRuns{Rounds: 20}}
	for range 20 {
		var run [][]float64
		for range 6 {
			var took []float64
			lasting := luck * random.NormFloat64()
			for range 20 {
				took = append(took, 0.007*math.Exp(lasting+0.01*random.NormFloat64()))
			}
			run = append(run, took)
		}
		r.Runs.Interleaved = append(r.Runs.Interleaved, run)
	}
	return r
}

// proved returns results of fakes. Without pairing, no noise is shared.
func proved(t *testing.T, shared, own float64) *measurements {
	t.Helper()
	always := func(time.Duration) bool { return true }
	sets, err := small.measure(t.Context(), fake(small.Rounds, shared, own), fake(small.Most, 0, math.Hypot(shared, own)), always, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	return &measurements{
		Simulated: []noiseRow{{"AR(1) .9", doctor.NewRate(600, 1000), doctor.NewRate(50, 1000), doctor.NewRate(950, 1000), doctor.NewRate(990, 1000), 12}},
		Rounds:    20,
		Self:      []selfResult{itself(0)},
		Power:     small, Sets: sets,
	}
}

func TestSimulated(t *testing.T) {
	p := simulate.Plan{Trials: 20, Rounds: 10, Seed: 1, Noises: simulate.Noises()[2:4]}
	rows := simulated(p)
	if len(rows) != 2 || rows[1].Noise != "AR(1) .98" {
		t.Fatalf("%+v", rows)
	}
	for _, r := range rows {
		if share(r.Blocked) < 0.25 || share(r.Paired) > 0.25 || share(r.Held) < 0.75 || share(r.UntilHeld) < 0.75 || r.Rounds < 10 || r.Paired.Of != 20 {
			t.Errorf("%+v", r)
		}
	}
}

// Few runs show that rates get into the right columns, and that two machines say nothing of
// another.
func TestAcrossMachines(t *testing.T) {
	p := newProof(&measurements{Machines: []machineRow{
		{"iid", 2, 0, doctor.NewRate(50, 1000), doctor.Rate{}, doctor.Rate{}, doctor.Rate{}, doctor.Rate{}},
		{"iid", 2, 2, doctor.Rate{}, doctor.Rate{}, doctor.Rate{}, doctor.Rate{}, doctor.Rate{}},
		{"iid", 3, 2, doctor.Rate{}, doctor.NewRate(200, 1000), doctor.NewRate(990, 1000), doctor.NewRate(950, 1000), doctor.NewRate(960, 1000)},
	}})
	s := p.machines()
	text := s.table.RenderMarkdown()
	if !strings.Contains(text, "| iid | 2 | 0 sigma | 5.0% | - | - | - | - |") || !strings.Contains(text, "| iid | 3 | 2 sigma | - | 20.0% | 99.0% | 95.0% | 96.0% |") || strings.Contains(text, "| iid | 2 | 2 sigma") {
		t.Errorf("got\n%s", text)
	}
	for i, want := range []string{"Met.", "MISSED.", "MISSED.", "Met.", "Met."} {
		if got := s.goals[i].String(); !strings.HasSuffix(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// The part alone is written without the others, which were not measured.
func TestMachinesAlone(t *testing.T) {
	dir := t.TempDir()
	if err := run(t.Context(), []string{"-only", "machines", "-simulated", "5", "-out", dir}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "machines.md"))
	if err != nil || !strings.HasPrefix(string(text), "### Simulated: several machines\n\nSimulated 2") || !strings.Contains(string(text), "in 20 runs for each figure") || strings.Count(string(text), "###") != 1 {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := os.Stat(filepath.Join(dir, "proof.md")); !os.IsNotExist(err) {
		t.Errorf("proof.md of what was not measured: %v", err)
	}
}

// If rounds share most of the noise, pairing saves trials, and the proof states how many. If
// they share none, it states that the goal is missed.
func TestWhatRoundsShareIsSaved(t *testing.T) {
	for _, c := range []struct {
		name        string
		shared, own float64
		want        outcome
	}{
		{"shared", 0.1, 0.005, met},
		{"nothing shared", 0, 0.01, missed},
	} {
		p := newProof(proved(t, c.shared, c.own))
		seen := false
		for _, f := range p.finds {
			if f.percent == 2 && f.savings != nil {
				seen = true
				if got := f.savings.outcome(); got != c.want {
					t.Errorf("%s, %s: %s is %s, want %s", c.name, f.workload.Name, f.savings, got, c.want)
				}
			}
			if f.percent == 0 && share(f.paired.different(len(f.paired.trials)-1)) > 0.25 {
				t.Errorf("%s: %v false positives", c.name, f.paired.different(len(f.paired.trials)-1))
			}
		}
		if !seen {
			t.Errorf("%s: no savings at 2%%", c.name)
		}
		if text := p.text(); strings.Contains(text, "MISSED.") != (c.want == missed) {
			t.Errorf("%s: the text has a different outcome:\n%s", c.name, text)
		}
	}
}

func TestSavings(t *testing.T) {
	// curveOf finds 0, half, or all of the comparisons, by the number of trials.
	curveOf := func(trials []int, parts ...float64) curve {
		c := curve{trials: trials, levels: slices.Repeat([]float64{nominal}, len(trials))}
		for i := range 40 {
			var v []call
			for _, p := range parts {
				v = append(v, map[bool]call{true: {0.01, true}, false: {0.5, true}}[float64(i) < 40*p])
			}
			c.calls = append(c.calls, v)
		}
		return c
	}
	for _, c := range []struct {
		name            string
		paired, blocked curve
		want            savings
		ok              bool
	}{
		{"both get there", curveOf([]int{10, 20}, 1, 1), curveOf([]int{20, 80}, 0.5, 1), savings{Power: 0.8, Paired: 10, Blocked: 80, Ratio: 8}, true},
		{"the usual way does not", curveOf([]int{10, 20}, 0.5, 1), curveOf([]int{20, 80}, 0, 0.5), savings{Power: 0.8, Paired: 20, Blocked: 80, More: true, Ratio: 4}, true},
		{"less than 80%", curveOf([]int{10, 20}, 0, 0.5), curveOf([]int{20, 80}, 0.5, 1), savings{Power: 0.5, Paired: 20, Blocked: 20, Ratio: 1}, true},
		{"nothing to find", curveOf([]int{10, 20}, 0, 0.1), curveOf([]int{20, 80}, 0, 1), savings{}, false},
	} {
		got, ok := newSavings(c.paired, c.blocked)
		if ok && !(got.Interval.Low <= got.Ratio && got.Ratio <= got.Interval.High) {
			t.Errorf("%s: %v lies outside its interval", c.name, got)
		}
		if ok && got.More != math.IsInf(got.Interval.High, 1) && c.want.More {
			t.Errorf("%s: the interval ends at %v", c.name, got.Interval.High)
		}
		got.Interval = stat.Interval{}
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %+v, %v, want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestCurves(t *testing.T) {
	pair := stat.Pair{}
	for i := range 10 {
		pair.Base, pair.Head = append(pair.Base, 1+float64(i)/1000), append(pair.Head, 2+float64(i)/1000)
	}
	for name, judge := range map[string]func(stat.Pair) call{"verdict": verdict, "benchstat": benchstat} {
		c := newCurve([]int{6, 10, 11}, []stat.Pair{pair, {Base: pair.Head, Head: pair.Base}, {}}, judge)
		for i, want := range []int{1, 1, 0} { // 11 trials are not available; there are only 10
			if got := c.found(i); got.Different != want || got.Of != 3 || c.different(i).Different != 2*want {
				t.Errorf("%s, %d trials: %v, want %d", name, c.trials[i], got, want)
			}
		}
	}
	alike := stat.Pair{Base: pair.Base, Head: pair.Base}
	if got := undone([]series{{Pairs: map[int]stat.Pair{0: alike, 100: {Base: pair.Base, Head: []float64{2, 4}}}}}); len(got) != 2 || !slices.Equal(got[0].Head, pair.Base) || !slices.Equal(got[1].Head, []float64{1, 2}) {
		t.Errorf("undone: %v", got)
	}
}

// Corrected levels keep the false positive rate at the nominal level. A level that already
// does stays as it is.
func TestLevelsAreCorrected(t *testing.T) {
	var alike, slower curve
	alike.trials, alike.levels = []int{6, 12}, []float64{nominal, nominal}
	for i := range 40 {
		p := float64(i+1) / 400 // half of them below 5%
		alike.calls = append(alike.calls, []call{{p, true}, {float64(i+1) / 40, true}})
	}
	slower = alike
	got := slower.corrected(alike)
	if n := got.different(0).Different; n != 2 || alike.different(0).Different != 20 {
		t.Errorf("%d of 40 called different, uncorrected %d", n, alike.different(0).Different)
	}
	if got.levels[1] != nominal || alike.levels[0] != nominal {
		t.Errorf("levels %v, of the control %v", got.levels, alike.levels)
	}
}

func TestInvalidRunsFindNothing(t *testing.T) {
	s := series{Pairs: map[int]stat.Pair{5: {}}, Invalid: []string{"5%: the load"}}
	p := newProof(&measurements{Power: powerPlan{Workloads: []workload{{"w", "constant:1ms"}}, Slowdowns: []int{5}, Rounds: 10, Most: 10}, Sets: []set{{"w", s, s}}})
	if text := p.text(); !strings.Contains(text, "1 of fanbench's runs were invalid") || !strings.Contains(text, "0% [0, 79]") {
		t.Error(text)
	}
}

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		rate doctor.Rate
		want outcome
	}{
		{doctor.NewRate(10, 200), met},
		{doctor.NewRate(16, 200), open}, // 8%, but perhaps 5%
		{doctor.NewRate(100, 200), missed},
		{doctor.NewRate(0, 5000), missed},
	} {
		if got := rateWithin(c.rate, leastFalse, mostFalse); got != c.want {
			t.Errorf("%v: %s, want %s", c.rate, got, c.want)
		}
	}
	g := newGoals("a goal")
	for range 3 {
		g.add(met)
	}
	if got := g.String(); got != "Goal: a goal. Met in all 3 cases." {
		t.Error(got)
	}
	g.add(open)
	if got := g.String(); !strings.Contains(got, "Not shown: met in 3 of 4 cases, missed in 0, open in 1") {
		t.Error(got)
	}
	g.add(missed)
	if got := g.String(); !strings.Contains(got, "MISSED: met in 3 of 5") {
		t.Error(got)
	}
}

// The added time is relative to the duration of the batch, which is at least its sleep.
func TestSlowedBySoMuch(t *testing.T) {
	s, err := newSlowed(0.5)
	if err != nil {
		t.Fatal(err)
	}
	const nap = 20 * time.Millisecond
	batch := strategies.NewBatch(make([]strategies.Record, 4), func(context.Context, int, *strategies.Record) error {
		time.Sleep(nap)
		return nil
	})
	batch.Start()
	if err := s.Run(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if took := batch.Elapsed(); took < nap*3/2 {
		t.Errorf("a batch of %v, slower by half, took %v", nap, took)
	}
}

func TestTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		slow := func(context.Context, workload, int) (series, error) {
			time.Sleep(time.Second)
			return series{}, nil
		}
		more := func(longest time.Duration) bool { return time.Since(began)+longest < 10*time.Second }
		sets, err := small.measure(t.Context(), slow, slow, more, func(string) {})
		// A set takes 2 s: one workload, two ways.
		if err != nil || len(sets) != 4 || time.Since(began) != 8*time.Second {
			t.Errorf("%d sets, %v, %v", len(sets), err, time.Since(began))
		}
	})
	broken := errors.New("broken")
	fails := func(context.Context, workload, int) (series, error) { return series{}, broken }
	if _, err := small.measure(t.Context(), fails, fails, func(time.Duration) bool { return true }, func(string) {}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// Both ways measure for real: a run of fanbench, and this test binary's own benchmark.
func TestBothWaysMeasure(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // otherwise every process waits a second before it ends
	plan := powerPlan{Workloads: []workload{{"steady", "constant:1ms"}}, Slowdowns: []int{0, 100}, Rounds: 6, Most: 6, Sets: 1}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	usual, err := newBlocked(self, plan)
	if err != nil {
		t.Fatal(err)
	}
	defer usual.close()
	own, err := cmd.Processes()
	if err != nil {
		t.Fatal(err)
	}
	sets, err := plan.measure(t.Context(), (&paired{plan, own}).measure, usual.measure, func(time.Duration) bool { return true }, func(string) {})
	if err != nil || len(sets) != 1 {
		t.Fatalf("%d sets, %v", len(sets), err)
	}
	for name, s := range map[string]series{"paired": sets[0].Paired, "blocked": sets[0].Blocked} {
		if len(s.Pairs) != 2 || s.Took <= 0 {
			t.Errorf("%s: %+v", name, s)
		}
		for percent, p := range s.Pairs {
			if len(p.Base) != 6 || len(p.Head) != 6 || slices.Min(p.Base) < 2e-3 || slices.Min(p.Head) < 2e-3*(1+float64(percent)/100) {
				t.Errorf("%s, %d%%: %+v", name, percent, p)
			}
		}
	}

	// Judging the results again gives the same text.
	dir := t.TempDir()
	r := &measurements{Power: plan, Sets: sets, Self: []selfResult{itself(0)}}
	var first, again bytes.Buffer
	if err := r.write(dir, &first, coarse); err != nil {
		t.Fatal(err)
	}
	r, err = readResults(filepath.Join(dir, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.write(dir, &again, coarse); err != nil {
		t.Fatal(err)
	}
	if first.String() != again.String() || !strings.Contains(first.String(), "100%") {
		t.Errorf("first\n%s\nthen\n%s", &first, &again)
	}
}

func TestTheProofIsWritten(t *testing.T) {
	dir := t.TempDir()
	var text bytes.Buffer
	if err := proved(t, 0.1, 0.02).write(dir, &text, coarse); err != nil {
		t.Fatal(err)
	}
	document, err := os.ReadFile(filepath.Join(dir, "proof.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### Simulated", "| AR(1) .9 |", "| mock server | 20 | 20 |", "Goal: no effect persists from odd to even rounds (p > 0.05). Met.", "### Real slow-downs found: steady", "Goal: at least 3 times fewer"} {
		if !strings.Contains(string(document), want) {
			t.Errorf("no %q in\n%s", want, document)
		}
	}
	f, err := os.Open(filepath.Join(dir, "proof.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if img, err := png.Decode(f); err != nil || img.Bounds().Dx() < 100 {
		t.Errorf("the chart: %v", err)
	}
}

func TestPersistenceIsSaid(t *testing.T) {
	text := newProof(&measurements{Self: []selfResult{itself(0.005)}}).text()
	for _, want := range []string{"false positive rate of 3 to 7%, paired. MISSED", "no effect persists from odd to even rounds (p > 0.05). MISSED"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Every case is measured for real, once and briefly.
func TestItself(t *testing.T) {
	own, err := cmd.Processes()
	if err != nil {
		t.Fatal(err)
	}
	plan := selfPlan{cases: selfCases(), runs: 1, copies: 2, own: own}
	for i := range plan.cases {
		plan.cases[i].Rounds = 2
	}
	results, err := plan.measure(t.Context(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 4 {
		t.Fatalf("%d cases", len(results))
	}
	for _, r := range results {
		if len(r.Runs.Interleaved) != 1 || len(r.Runs.Interleaved[0]) != 2 || (len(r.Runs.Blocked) == 1) != r.Blocked || r.Took <= 0 {
			t.Errorf("%+v", r)
		}
	}
}

func TestABusyMachineIsSaid(t *testing.T) {
	for load, want := range map[float64]bool{0.3: false, 1.2: true} {
		r := &measurements{Environment: machine.Environment{CPUs: 2, LoadBefore: load, LoadAfter: load}}
		if text := newProof(r).text(); strings.Contains(text, "was busy with other programs") != want {
			t.Errorf("load %v: %s", load, text)
		}
	}
}

func TestWrongFlags(t *testing.T) {
	var said bytes.Buffer
	err := run(t.Context(), []string{"-sets", "0", "-simulated", "0", "-limit", "-1s", "more"}, &said, &said)
	if !errors.As(err, new(usageError)) {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"-sets: 0", "-simulated: 0", "-limit: -1s", `["more"]`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if err := run(t.Context(), []string{"-from", filepath.Join(t.TempDir(), "none.json")}, &said, &said); err == nil || !strings.Contains(err.Error(), "none.json") {
		t.Errorf("got %v", err)
	}
}

// The real situations pass the same checks as a user's scenario.
func TestRealSituationsCanBeMeasured(t *testing.T) {
	for _, s := range realSituations() {
		var err error
		if s.Scenario.Strategies, err = scenario.ParseStrategies([]string{"sequential"}); err != nil {
			t.Fatal(err)
		}
		if err := s.Scenario.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
}
