package main

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/cmd"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/strategies"
)

// played is a phase as it would be measured by a harness without fault, but that each
// request takes longer by so much. With inServer the limit is that of the mock server's
// slots, otherwise that of the strategy; 0 is none.
func played(s scenario.Scenario, limit int, inServer bool, longer time.Duration) *phase {
	f := &phase{scenario: s, trial: results.Trial{Round: 1}, draws: s.Latencies(1)}
	n := s.Workload.Tasks
	arrivals := s.Arrivals(1)
	took := make([]time.Duration, len(f.draws))
	for i, d := range f.draws {
		f.ready = append(f.ready, arrivals[i/n].At)
		took[i] = d
		if !inServer {
			took[i] += longer
		}
	}
	starts := f.ready
	if limit > 0 {
		starts = queueing.Starts(limit, f.ready, took)
	}
	for i, start := range starts {
		r := strategies.Record{Ready: int64(f.ready[i]), Start: int64(start), End: int64(start + f.draws[i] + longer), Runs: 1, Outcome: strategies.OK}
		if inServer {
			r.Start, r.Queue, r.Service = r.Ready, int64(start-f.ready[i]), int64(f.draws[i])
		}
		f.tasks = append(f.tasks, r)
	}
	for b, arrival := range arrivals {
		at := arrival.At
		end := slices.MaxFunc(f.tasks[b*n:(b+1)*n], func(x, y strategies.Record) int { return int(x.End - y.End) }).End
		f.batches = append(f.batches, strategies.Record{Ready: int64(at), Start: int64(at), End: end, Bytes: int64(n), Runs: 1, Outcome: strategies.OK})
	}
	f.trial.Phase = results.NewPhase(s, 1, f.batches, f.tasks)
	return f
}

// playedResults are those of such a harness in all cases.
func playedResults(longer time.Duration) *loadResults {
	p := defaultLoad()
	r := &loadResults{}
	list := p.scenarios()
	next := func(limit int, inServer bool) *phase {
		f := played(list[0], limit, inServer, longer)
		list = list[1:]
		r.Little = append(r.Little, newLittle(f))
		return f
	}
	for _, c := range p.Unlimited {
		r.Unlimited = append(r.Unlimited, c.result(next(0, false)))
	}
	for _, c := range p.Waits {
		f := next(c.Model.Servers, true)
		w := c.result(f)
		w.Low, w.High, w.Spread, w.Chance, w.Long, w.LongErr = w.Wait.Theory/2, 2*w.Wait.Theory, w.Wait.Theory, 0.5, w.Wait.Theory, w.Wait.Theory/1000
		r.Waits = append(r.Waits, w)
		r.Paths = append(r.Paths, c.path(f))
	}
	for _, c := range p.Paths {
		r.Paths = append(r.Paths, c.result(next(c.Limit, false)))
	}
	return r
}

// outcomes are the lines about goals.
func outcomes(list []section) string {
	var lines []string
	for _, s := range list {
		for _, g := range s.goals {
			lines = append(lines, g.String())
		}
	}
	return strings.Join(lines, "\n")
}

// A harness without fault meets every goal but those of what is simulated, which there is not.
func TestAPerfectHarnessMeetsTheGoals(t *testing.T) {
	r := playedResults(0)
	if text := outcomes(r.sections()); strings.Count(text, "Met") != 9 || strings.Count(text, "Not measured") != 5 || strings.Contains(text, "MISSED") || strings.Count(text, "Not shown") != 1 {
		t.Error(text)
	}
	for _, p := range r.Paths {
		if d := p.Draws[len(p.Draws)-1]; d != 0 {
			t.Errorf("%s: a task is %v us off", p.Limit, d)
		}
	}
	for _, l := range r.Little {
		if all, but := l.off(); math.Abs(but) > 1e-6 || math.Abs(all) > 0.2 {
			t.Errorf("%s: %v, without the ends %v", l.Phase, all, but)
		}
	}
}

// One that takes 1 ms longer for each request shows it where it should: in response times, and
// where it adds up, in the process. The limit itself is without fault.
func TestAnOverheadIsFound(t *testing.T) {
	r := playedResults(time.Millisecond)
	text := outcomes(r.sections())
	for _, want := range []string{
		"on the draws alone. MISSED",
		"(real times). Met",
		"under a shared limit at most 200 us. Met",
		"mean wait within 3% of theory, with all of its 95% interval. Met",
		"mean response time within 3% of theory, with all of its 95% interval. MISSED",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for _, u := range r.Unlimited {
		if x := u.excess(); slices.Min(x) != 1000 || slices.Max(x) != 1000 {
			t.Errorf("batches took from %v to %v us longer, want 1000", slices.Min(x), slices.Max(x))
		}
	}
	for _, p := range r.Paths {
		if inServer := strings.HasPrefix(p.Limit, "mock server"); inServer != (at99(p.Draws) == 0) {
			t.Errorf("%s: p99 %v us on the draws", p.Limit, at99(p.Draws))
		}
		if math.Abs(p.Overhead[0]-1000) > 1e-6 {
			t.Errorf("%s: requests took %v us longer", p.Limit, p.Overhead[0])
		}
		if p.Longer != nil && at99(p.Longer) > 1 {
			t.Errorf("%s: p99 %v us where the overhead is allowed for", p.Limit, at99(p.Longer))
		}
	}
}

// A batch that comes late changes the places in the queue.
func TestPassed(t *testing.T) {
	if got := passed([]time.Duration{1, 3, 2, 2, 4}); got != 0.4 {
		t.Errorf("%v, want 2 of 5", got)
	}
}

func TestTheDistributionOfTheLongest(t *testing.T) {
	for _, longer := range []time.Duration{0, 10 * time.Millisecond} {
		c := unlimitedCases()[2]
		r := c.result(played(c.scenario(1), 0, false, longer))
		if _, p := r.distance(); (p > 0.001) != (longer == 0) {
			t.Errorf("longer by %v: p %v", longer, p)
		}
	}
	if v := longestCDF(0.02); math.Abs(v-math.Pow(0.5, unlimitedTasks)) > 1e-12 {
		t.Errorf("at the median of one %v", v)
	}
}

// What is known of the draws is taken off: an unlucky window tells as much as any.
func TestLuckIsTakenOff(t *testing.T) {
	var d differences
	for i := range 100 {
		recursion := 3 * float64(service)
		d.add(i%pieces, recursion+float64(service)/100+float64(i/pieces%2)*float64(service)/100, recursion)
	}
	m := d.mean(1)
	v, iv := m.estimate()
	if math.Abs(v-1.015) > 1e-9 || math.Abs(m.Measured-3.015) > 1e-9 || m.Degrees != pieces-1 || iv.Low > v || iv.High < v {
		t.Errorf("%v in %v, of %+v", v, iv, m)
	}
	if got := chance(5, []float64{1, 2, 3, 4}); got != 0.4 {
		t.Errorf("beyond four of four: %v, want 2/5", got)
	}
	if got := chance(2.5, []float64{1, 2, 3, 4}); got != 1 {
		t.Errorf("in the middle: %v", got)
	}
	for _, c := range []struct {
		low, high float64
		want      outcome
	}{{99, 101, met}, {98, 104, open}, {104, 105, missed}, {90, 96, missed}} {
		if got := within(stat.Interval{Low: c.low, High: c.high}, 100, 0.03); got != c.want {
			t.Errorf("%v to %v: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

// The recursion on many draws of the generators that phases meet has the mean wait of theory.
func TestDrawsHaveTheoryMeanWait(t *testing.T) {
	for _, m := range models() {
		c := waitCase{m, 0.5, 20 * time.Second, 2 * time.Second}
		r := waitResult{waitCase: c}
		s := c.scenario(1)
		d := stat.Describe(r.phases(s, 300))
		if want := m.wait(c.Load); math.Abs(d.Mean-want) > 4*d.Deviation/math.Sqrt(300) {
			t.Errorf("%s: %v, want %v", m.Name, d.Mean, want)
		}
	}
}

func TestSimulatedQueues(t *testing.T) {
	p := defaultQueues
	p.Loads, p.Phases = []float64{0.5}, []queueSize{{1_000, 20, true}}
	rows := p.simulate()
	r := rows[0]
	if r.Own.Of != 20 || r.Wrong.Of != 20 || share(r.Own) < 0.7 || share(r.Pooled) < 0.7 || share(r.Wrong) > 0.3 || math.Abs(r.Bias) > 0.05 || share(r.Unstable) > 0.01 {
		t.Errorf("%+v", r)
	}
	p.Phases[0].Runs = 3
	rows = p.simulate()
	if again := p.simulate(); !slices.Equal(again, rows) {
		t.Errorf("%+v, then %+v", rows, again)
	}
}

// Noise leaves the mean of latencies as it is, and every trial has another.
func TestTrialsThatAreAlikeHaveNoiseOfTheirOwn(t *testing.T) {
	n := newTrialNoise(1, 2)
	sum, parts := 0.0, map[float64]bool{}
	for range 300 {
		took := n.trial()
		v := 0.0
		for range 100 {
			v += float64(took(time.Second)) / float64(100*time.Second)
		}
		sum += v
		parts[v] = true
	}
	if mean := sum / 300; math.Abs(mean-1) > 0.01 || len(parts) < 290 {
		t.Errorf("mean %v of %d different ones", mean, len(parts))
	}
}

// Real phases, once and briefly, and the files that come of them.
func TestLoadIsMeasured(t *testing.T) {
	t.Setenv("GORACE", "atexit_sleep_ms=0") // else every process waits a second before it ends
	own, err := cmd.Processes()
	if err != nil {
		t.Fatal(err)
	}
	p := loadPlan{
		Unlimited: []unlimitedCase{{40, time.Second}},
		Waits:     []waitCase{{models()[1], 0.5, time.Second, 0}},
		Paths:     []pathCase{{"shared-pool:workers=4", 4, 1, 0.5, time.Second}},
		Draws:     drawPlan{20, 5, 1000},
		stretch:   1,
		raw:       t.TempDir(),
	}
	r, err := p.measure(t.Context(), own, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Unlimited) != 1 || len(r.Waits) != 1 || len(r.Paths) != 2 || len(r.Little) != 3 || r.Took <= 0 {
		t.Fatalf("%+v", r)
	}
	if n := len(r.Unlimited[0].Response); n < 20 || r.Waits[0].Tasks < 50 || r.Paths[1].Tasks < 50 || slices.Min(r.Unlimited[0].excess()) <= 0 {
		t.Errorf("%d batches, %d and %d tasks, shortest excess %v", n, r.Waits[0].Tasks, r.Paths[1].Tasks, slices.Min(r.Unlimited[0].excess()))
	}
	if run, err := results.Open(r.Run); err != nil || len(run.Findings) > 0 || len(run.Trials) != 3 {
		t.Errorf("the run on disk: %v", err)
	}

	// The records give the same figures again.
	p.records = r.Run
	p.Paths = append(p.Paths, pathCases()[1]) // which that run does not have
	read, err := p.measure(t.Context(), own, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := outcomes(r.sections()), outcomes(read.sections()); a != b || !slices.Equal(read.Waits, r.Waits) || len(read.Paths) != len(r.Paths) {
		t.Errorf("measured\n%s\nread\n%s", a, b)
	}

	dir := t.TempDir()
	r.Queues = []queueRow{{Load: 0.5, Batches: 2000, Rounds: 20, Own: doctor.NewRate(95, 100), True: doctor.NewRate(80, 100), Pooled: doctor.NewRate(90, 100), Ratio: doctor.NewRate(95, 100), Wrong: doctor.NewRate(5, 100), Bias: -0.17}}
	var first, again bytes.Buffer
	if err := (&measurements{Load: r}).write(dir, &first, coarse); err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), []string{"-from", filepath.Join(dir, "results.json"), "-out", dir}, &again, &again); err != nil {
		t.Fatal(err)
	}
	if first.String() != again.String() || !strings.Contains(first.String(), "17.0%") {
		t.Errorf("first\n%s\nthen\n%s", &first, &again)
	}
	for _, name := range []string{"load.md", "load-theory.png", "load-paths.png"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "proof.md")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("load alone has written the other parts: %v", err)
	}
}

// What is measured for real is checked as a user's scenario would be.
func TestPhasesCanBeMeasured(t *testing.T) {
	names := map[string]bool{}
	for _, s := range defaultLoad().scenarios() {
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if names[s.Name] {
			t.Errorf("%s is there twice", s.Name)
		}
		names[s.Name] = true
	}
}

func TestLoadNeedsNoOtherResults(t *testing.T) {
	if err := checkOnly(loadPart, ""); err != nil {
		t.Error(err)
	}
	if err := checkOnly("self", ""); err == nil {
		t.Error("another part alone has nothing to stand beside")
	}
}

// A phase that did not end is left out, and named.
func TestAPhaseThatDidNotEndIsNamed(t *testing.T) {
	r := &loadResults{NotDone: []string{"mm1: task 7 is unfinished: " + errNotDone.Error()}}
	if text := r.text(); !strings.Contains(text, "Left out: mm1: task 7 is unfinished") {
		t.Error(text)
	}
}
