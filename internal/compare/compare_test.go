package compare

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// lines returns n lines of a benchmark with normal noise around a mean.
func lines(name string, n int, mean, noise float64, seed uint64, unit string) string {
	random := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "Benchmark%s-2 1 %g %s\n", name, mean*(1+noise*random.NormFloat64()), unit)
	}
	return b.String()
}

func open(t *testing.T, text string) *Side {
	t.Helper()
	s, err := Open(write(t, t.TempDir(), "bench.txt", text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOutcomes(t *testing.T) {
	const limit = 0.05
	base := lines("A", 10, 100, .005, 1, "ns/op")
	for _, c := range []struct {
		name, base, head, metric string
		want                     Outcome
		why                      string
	}{
		{"the same file", base, base, "time", Pass, "+0.0%"},
		{"50% slower", base, lines("A", 10, 150, .005, 2, "ns/op"), "time", Regression, "beyond the limit of 5%"},
		{"half the time", base, lines("A", 10, 50, .005, 2, "ns/op"), "time", Pass, "within the limit"},
		{"3% slower, which is allowed", base, lines("A", 10, 103, .005, 2, "ns/op"), "time", Pass, "within the limit"},
		{"5% slower, at the limit", base, lines("A", 10, 105, .005, 2, "ns/op"), "time", CannotTell, "on both sides of the limit"},
		{"the same, but noisy", lines("A", 10, 100, .3, 3, "ns/op"), lines("A", 10, 100, .3, 4, "ns/op"), "time", CannotTell, "on both sides"},
		{"three samples", lines("A", 3, 100, .001, 3, "ns/op"), lines("A", 3, 200, .001, 4, "ns/op"), "time", CannotTell, "3 samples per side: a verdict takes 4"},
		{"missing in HEAD", base + lines("B", 10, 1, 0, 1, "ns/op"), base, "time", CannotTell, "only BASE has it"},
		{"a rate that fell", lines("A", 10, 100, .005, 1, "MB/s"), lines("A", 10, 80, .005, 2, "MB/s"), "MB/s", Regression, "-2"},
		{"a rate that rose", lines("A", 10, 100, .005, 1, "MB/s"), lines("A", 10, 120, .005, 2, "MB/s"), "MB/s", Pass, "+2"},
		{"no allocations in both", lines("A", 10, 0, 0, 1, "allocs/op"), lines("A", 10, 0, 0, 2, "allocs/op"), "allocs", Pass, "0 in both"},
		{"allocations where there were none", lines("A", 10, 0, 0, 1, "allocs/op"), lines("A", 10, 1, 0, 2, "allocs/op"), "allocs", Regression, "more in HEAD"},
		{"some zeros", lines("A", 10, 1, 0, 1, "x"), lines("A", 9, 1, 0, 2, "x") + lines("A", 1, 0, 0, 2, "x"), "x", CannotTell, "not positive"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := New(Sides{Base: open(t, c.base), Head: open(t, c.head)}, Options{MaxRegress: limit, Metrics: []string{c.metric}})
			if err != nil {
				t.Fatal(err)
			}
			last := r.Benchmarks[len(r.Benchmarks)-1]
			if r.Outcome != c.want || last.Outcome != c.want || !strings.Contains(last.Why, c.why) {
				t.Errorf("got %s: %s: %+v", r.Outcome, r.Line(), last)
			}
		})
	}
}

// Among many identical benchmarks, one looks worse by chance. That is not a regression.
func TestAFamilyOfBenchmarksIsCorrectedFor(t *testing.T) {
	wrong, alone := 0, 0
	for seed := range uint64(25) {
		var base, head strings.Builder
		for i := range uint64(20) {
			name := fmt.Sprintf("A/n=%d", i)
			base.WriteString(lines(name, 8, 100, .05, 1000*seed+i, "ns/op"))
			head.WriteString(lines(name, 8, 100, .05, 1000*seed+500+i, "ns/op"))
		}
		r, err := New(Sides{Base: open(t, base.String()), Head: open(t, head.String())}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Outcome == Regression {
			wrong++
		}
		for _, b := range r.Benchmarks {
			if b.Comparison.P <= 0.05 {
				alone++
				break
			}
		}
	}
	if wrong > 3 || alone < 8 {
		t.Errorf("%d of 25 called a regression; %d would have been without correction", wrong, alone)
	}
}

func TestSidesThatCannotBeCompared(t *testing.T) {
	a := "cpu: old\n" + lines("A", 10, 100, .01, 1, "ns/op")
	for name, c := range map[string]struct{ head, why string }{
		"another machine":      {"cpu: new\n" + lines("A", 10, 500, .01, 2, "ns/op"), `cpu is "old" in BASE and "new" in HEAD`},
		"nothing in common":    {lines("B", 10, 100, .01, 2, "ns/op"), "no benchmark that both sides have"},
		"other number of CPUs": {strings.ReplaceAll(a, "-2 ", "-8 "), "no benchmark that both sides have"},
	} {
		r, err := New(Sides{Base: open(t, a), Head: open(t, c.head)}, Options{MaxRegress: .05})
		if err != nil || r.Outcome != CannotTell || !strings.Contains(r.Line(), c.why) {
			t.Errorf("%s: %v, %s", name, err, r.Line())
		}
		// Even if HEAD looks slower, sides that cannot be compared are not a regression.
		if slices.ContainsFunc(r.Benchmarks, func(b Benchmark) bool { return b.Outcome == Regression }) {
			t.Errorf("%s: %+v", name, r.Benchmarks)
		}
	}
}

func TestUnreadableInput(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ path, want string }{
		"missing":        {filepath.Join(dir, "none"), "no such file"},
		"empty":          {write(t, dir, "empty", ""), "no line that begins with Benchmark"},
		"something else": {write(t, dir, "else", "\x00\x01\xff prose\n"), "no line that begins"},
		"broken":         {write(t, dir, "broken", "BenchmarkA x y\n"), "broken:1"},
		"a directory":    {dir, "not a run directory"},
	} {
		if _, err := Open(c.path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	side := open(t, lines("A", 4, 1, 0, 1, "ns/op"))
	if _, err := New(Sides{Base: side, Head: side}, Options{Metrics: []string{"sec/opp", "nonsense"}}); err == nil ||
		!strings.Contains(err.Error(), `unknown metric "sec/opp"; did you mean "sec/op"?`) || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("got %v", err)
	}
}

// measured measures a run of eight rounds and returns the path of its directory.
func measured(t *testing.T, yaml string) string {
	t.Helper()
	s, err := scenario.Decode("x.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := bench.Measure(t.Context(), []scenario.Scenario{s}, bench.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// slowed multiplies every makespan of a side.
func slowed(side *Side, factor float64) *Side {
	for k, series := range side.series {
		for i := range series.values {
			if k.unit == "sec/op" {
				series.values[i] *= factor
			}
		}
	}
	return side
}

func TestRunsArePairedByRound(t *testing.T) {
	const scenario = "name: k\ntarget: {mock: {latency: 'uniform:min=100us,max=2ms'}}\nworkload: {tasks: 4}\nstrategies: [sequential, errgroup]\nmeasure: {rounds: 8, warmup: 1, seed: 3}\n"
	run := measured(t, scenario)
	read := func(path string) *Side {
		t.Helper()
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	compare := func(head *Side) *Report {
		t.Helper()
		r, err := New(Sides{Base: read(run), Head: head}, Options{MaxRegress: .05})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := compare(slowed(read(run), 1.1))
	if r.Outcome != Regression || len(r.Benchmarks) != 2 {
		t.Fatalf("%s %+v", r.Line(), r.Benchmarks)
	}
	for _, b := range r.Benchmarks {
		// Round by round the ratio is 1.1, regardless of the noise between rounds.
		if !b.Paired || b.Comparison.Rounds != 8 || b.Comparison.Interval.Low < 1.099 || b.Comparison.Interval.High > 1.101 || b.Comparison.Verdict != stat.Slower {
			t.Errorf("%+v", b)
		}
	}
	if r := compare(read(run)); r.Outcome != Pass {
		t.Errorf("a run against itself: %s", r.Line())
	}
	// Another seed gives other latencies, so the runs are compared as two samples.
	if r := compare(read(measured(t, strings.Replace(scenario, "seed: 3", "seed: 4", 1)))); r.Benchmarks[0].Paired {
		t.Errorf("paired by round across seeds: %+v", r.Benchmarks[0])
	}
	if r := compare(read(measured(t, strings.Replace(scenario, "max=2ms", "max=3ms", 1)))); r.Outcome != CannotTell || !strings.Contains(r.Line(), "the scenario k has different targets") {
		t.Errorf("another scenario: %s", r.Line())
	}
}

// A batch whose tasks fail does not measure the code, so it cannot pass.
func TestAStrategyThatFailedCannotBeCompared(t *testing.T) {
	run := measured(t, "name: f\ntarget: {mock: {latency: 0s, faults: [{kind: status, status: 503, probability: 1}]}}\nworkload: {tasks: 2}\nstrategies: [goroutine-per-task]\nmeasure: {rounds: 6, warmup: 0}\n")
	side, err := Open(run)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Sides{Base: side, Head: side}, Options{MaxRegress: .05})
	if err != nil || r.Outcome != CannotTell || !strings.Contains(r.Benchmarks[0].Why, "the strategy failed: in BASE 12 of 12 tasks failed, over the error budget of 0% (--error-budget): HTTP 503 Service Unavailable; in HEAD 12 of 12") {
		t.Errorf("%v, %s: %+v", err, r.Line(), r.Benchmarks)
	}
}

// Sleeps and CPU work are the same in every run with the same seed. For functions this is
// unknown.
func TestTargetsWithASeedArePaired(t *testing.T) {
	for target, want := range map[string]bool{
		"{sleep: {latency: 'uniform:min=1us,max=100us'}}": true,
		"{cpu: {work: 'uniform:min=1us,max=9us'}}":        true,
		"{mock: {latency: 0s}}":                           true,
		"{url: 'http://127.0.0.1:1/'}":                    false,
	} {
		one := scenarioOf(t, target, "seed: 3")
		if _, known := seed(&one); known != want {
			t.Errorf("%s: a seed is known: %v", target, known)
		}
	}
	one := scenarioOf(t, "{mock: {latency: 0s, seed: 5}}", "seed: 3")
	if n, _ := seed(&one); n != 5 {
		t.Errorf("the mock server's own seed is %d", n)
	}
	const scenario = "name: s\ntarget: {sleep: {latency: 'uniform:min=1us,max=100us'}}\nworkload: {tasks: 4}\nstrategies: [sequential]\nmeasure: {rounds: 6, warmup: 0, seed: 3}\n"
	base, head := opened(t, measured(t, scenario)), opened(t, measured(t, scenario))
	head.Run.Environment.Go = "go1.99"
	r, err := New(Sides{Base: base, Head: head}, Options{MaxRegress: .05})
	if err != nil || !r.Benchmarks[0].Paired || r.Benchmarks[0].Comparison.Rounds != 6 {
		t.Errorf("%v: %+v", err, r.Benchmarks)
	}
	if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, "and HEAD with go1.99: a difference may come from the Go version") {
		t.Errorf("notes %q", notes)
	}
	if _, err := New(Sides{Base: base, Head: head}, Options{Metrics: []string{"p99"}}); err == nil || !strings.Contains(err.Error(), "--metric: p99: a batch needs at least 368 tasks for it, and the largest here has 4") {
		t.Errorf("got %v", err)
	}
	for metric, unit := range aliases {
		if metric == "p99" || metric == "p50" {
			continue
		}
		if r, err := New(Sides{Base: base, Head: head}, Options{Metrics: []string{metric}}); err != nil || len(r.Benchmarks) != 1 {
			t.Errorf("%s (%s): %v", metric, unit, err)
		}
	}
}

func scenarioOf(t *testing.T, target, measure string) scenario.Scenario {
	t.Helper()
	s, err := scenario.Decode("x.yaml", []byte("target: "+target+"\nworkload: {tasks: 4}\nstrategies: [sequential]\nmeasure: {"+measure+"}\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opened(t *testing.T, path string) *Side {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// programs is an Executor of two programs on a machine that becomes slower all the time. head
// takes factor times as long as base.
func programs(factor float64, print bool) Executor {
	at := 0
	return func(_ context.Context, program string, args []string) (string, time.Duration, error) {
		at++
		took := 100 * time.Millisecond * time.Duration(100+at) / 100
		if program == "head" {
			took = time.Duration(float64(took) * factor)
		}
		if len(args) != 1 || args[0] != "-x" {
			return "", 0, fmt.Errorf("arguments %q", args)
		}
		if print {
			return fmt.Sprintf("hello\nBenchmarkA 1 %d ns/op\nBenchmarkA 1 %d ns/op\n", took, took), 0, nil
		}
		return "hello\n", took, nil
	}
}

func TestProgramsRunByTurns(t *testing.T) {
	for _, print := range []bool{false, true} {
		for _, c := range []struct {
			factor float64
			want   Outcome
		}{{1.2, Regression}, {1, Pass}} {
			pairs := 0
			p := Programs{Base: "base", Head: "head", Args: []string{"-x"}, Pairs: 20, Warmup: 1, Seed: 1}
			sides, err := Interleave(t.Context(), p, programs(c.factor, print), func(int) { pairs++ })
			if err != nil {
				t.Fatal(err)
			}
			r, err := New(sides, Options{MaxRegress: .05})
			if err != nil {
				t.Fatal(err)
			}
			b := r.Benchmarks[0]
			if r.Outcome != c.want || !b.Paired || b.Comparison.Rounds != 20 || pairs != 20 {
				t.Errorf("factor %v: %s, %d pairs, %+v", c.factor, r.Line(), pairs, b)
			}
			dir := filepath.Join(t.TempDir(), "new")
			if err := sides.Save(dir); err != nil {
				t.Fatal(err)
			}
			if again, err := Open(filepath.Join(dir, "head.txt")); err != nil || len(again.names) != 1 {
				t.Errorf("saved: %v %+v", err, again)
			}
		}
	}
}

func TestAProgramThatFails(t *testing.T) {
	failing := errors.New("exit status 3")
	_, err := Interleave(t.Context(), Programs{Base: "b", Head: "h", Pairs: 1}, func(context.Context, string, []string) (string, time.Duration, error) {
		return "", 0, failing
	}, func(int) {})
	if !errors.Is(err, failing) {
		t.Errorf("got %v", err)
	}
}

// A value that cannot be compared is rejected with its line, before any statistics.
func TestValuesThatCannotBeCompared(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, err := Open(write("good.txt", "BenchmarkX 1 5 ns/op 0 allocs/op\nBenchmarkX 1 6 ns/op 0 allocs/op\n"))
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"NaN": "NaN ns/op is not a finite number", "+Inf": "+Inf ns/op is not a finite number",
		"-Inf": "-Inf ns/op is not a finite number", "0": "0 ns/op is zero", "-5": "-5 ns/op is negative",
	} {
		file := write("bad.txt", "BenchmarkX 1 5 ns/op\nBenchmarkX 1 "+value+" ns/op\nBenchmarkX 1 "+value+" ns/op\n")
		bad, err := Open(file)
		if err == nil {
			_, err = New(Sides{Base: good, Head: bad}, Options{})
		}
		if want := file + ":2: " + want; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if _, err := New(Sides{Base: good, Head: good}, Options{Metrics: []string{"allocs"}}); err != nil {
		t.Errorf("zero allocations were rejected: %v", err)
	}
}
