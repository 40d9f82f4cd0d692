package advice_test

import (
	"bytes"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"github.com/google/go-cmp/cmp"

	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/reports"
	"github.com/fanbench/fanbench/reports/summary"
	"github.com/fanbench/fanbench/strategies"
	_ "github.com/fanbench/fanbench/strategies/all"
)

var update = flag.Bool("update", false, "write golden files instead of comparing with them")

// measured describes a simulated strategy.
type measured struct {
	name string
	took float64 // seconds per trial; 0 crashes
	fail int     // tasks that fail in each trial
	rss  float64 // MiB; 0 means 20
	each float64 // seconds per task; 0 means unknown
}

// noise is the relative variation of a simulated strategy between rounds.
const noise = 0.004

// made simulates a scenario of the given number of tasks, and its trials.
func made(t *testing.T, run *results.Run, name string, screening bool, tasks, rounds int, list []measured) {
	t.Helper()
	s := scenario.Scenario{
		Name: name, Target: scenario.Target{Sleep: heavyTail(t)},
		Workload: scenario.Workload{Tasks: tasks, Timeout: time.Second},
		Measure:  scenario.Measurement{Rounds: rounds, Seed: 1, Margin: 0.05, Screening: screening},
	}
	for _, m := range list {
		choice, err := strategies.Parse(m.name)
		if err != nil { // a program
			choice = strategies.Choice{Spec: strategies.Spec{Name: m.name}}
		}
		s.Strategies = append(s.Strategies, choice)
	}
	run.Scenarios = append(run.Scenarios, results.Planned{Scenario: s, Plan: scenario.NewPlan(len(list), 0, rounds, 1)})
	random := rand.New(rand.NewPCG(7, uint64(len(run.Trials))))
	for r := 1; r <= rounds; r++ {
		luck := math.Exp(0.2 * random.NormFloat64()) // the effect of the round's latencies, the same for all strategies
		for i, m := range list {
			tr := results.Trial{
				Scenario: name, Strategy: s.Strategies[i].String(), Round: r, Seq: len(run.Trials),
				Records: "none", Status: results.StatusOK, Audit: results.Audit{Done: tasks, Starts: tasks, Failed: m.fail},
				Makespan: time.Duration(m.took * luck * math.Exp(noise*random.NormFloat64()) * 1e9),
				Usage:    metric.Usage{PeakRSS: int64(max(m.rss, 20)) << 20, CPU: 3 * time.Millisecond, Threads: 6, Connections: int64(s.Strategies[i].Width(tasks))},
			}
			switch {
			case m.took == 0:
				tr.Status, tr.Error, tr.Audit = results.StatusPanic, "panic: no", results.Audit{Lost: tasks, Unstarted: tasks}
			case m.fail > 0:
				tr.Status, tr.Faults = results.StatusError, []string{"HTTP 503 Service Unavailable"}
			}
			if m.took == 0 && r > 1 {
				continue // no further trials after a crash
			}
			run.Trials = append(run.Trials, tr)
		}
	}
}

func heavyTail(t *testing.T) *latency.Latency {
	l, err := latency.Parse("lognormal:p50=20ms,p99=200ms")
	if err != nil {
		t.Fatal(err)
	}
	return &l
}

func newRun(t *testing.T) *results.Run {
	return &results.Run{Dir: filepath.Join(t.TempDir(), "20261123T120000Z-made"), Manifest: results.Manifest{Status: results.RunComplete}}
}

func of(t *testing.T, run *results.Run) []*advice.Advice {
	t.Helper()
	s, err := summary.Of(run)
	if err != nil {
		t.Fatal(err)
	}
	s.Warnings = run.Warnings // drop the warnings about missing records
	return advice.Of(s)
}

// The cases are runs with and without a recommendation.
func cases(t *testing.T) map[string]*results.Run {
	out := map[string]*results.Run{}
	run := func(name string, fill func(r *results.Run)) {
		r := newRun(t)
		fill(r)
		out[name] = r
	}
	run("lowest-limit", func(r *results.Run) {
		made(t, r, "made-screening", true, 64, 3, []measured{
			{name: "sequential", took: 1.6},
			{name: "fixed-pool:workers=1", took: 1.6},
			{name: "fixed-pool:workers=4", took: 0.4},
			{name: "fixed-pool:workers=16", took: 0.21},
			{name: "fixed-pool:workers=64", took: 0.2},
			{name: "goroutine-per-task", took: 0.2},
			{name: "conc-pool:limit=8"},
			{name: "errgroup", took: 0.02, fail: 60}, // fails fast; the others must not be compared with it
		})
		r.Warnings = []string{"the hypervisor gave 7% of the CPU time to others", "made-screening: what concerns no advice"}
		made(t, r, "made", false, 64, 16, []measured{
			{name: "goroutine-per-task", took: 0.2},
			{name: "fixed-pool:workers=16", took: 0.204},
			{name: "errgroup:limit=16", took: 0.204},
			{name: "atomic-index:workers=16", took: 0.204},
			{name: "fixed-pool:workers=12", took: 0.23},
			{name: "fixed-pool:workers=24", took: 0.201},
		})
		r.Scenarios[1].Scenario.Measure.LeftOut = &scenario.LeftOut{
			Strategies: []string{"fixed-pool:workers=2", "fixed-pool:workers=3", "fixed-pool:workers=4"}, Limit: 5,
			Least: 400 * time.Millisecond, Best: "goroutine-per-task", Takes: 200 * time.Millisecond,
		}
	})
	run("all-alike", func(r *results.Run) {
		made(t, r, "made", false, 1, 12, []measured{
			{name: "fixed-pool:workers=1", took: 0.2}, {name: "errgroup", took: 0.2}, {name: "sequential", took: 0.2},
		})
	})
	run("too-few-rounds", func(r *results.Run) {
		made(t, r, "made", false, 64, 3, []measured{
			{name: "goroutine-per-task", took: 0.2}, {name: "fixed-pool:workers=16", took: 0.2}, {name: "fixed-pool:workers=24", took: 0.21},
		})
	})
	run("all-failed", func(r *results.Run) {
		made(t, r, "made-screening", true, 64, 3, []measured{{name: "fixed-pool:workers=4"}, {name: "goroutine-per-task", took: 0.2, fail: 5}})
	})
	run("ended-early", func(r *results.Run) {
		made(t, r, "made-screening", true, 64, 3, []measured{{name: "fixed-pool:workers=4", took: 0.3}, {name: "goroutine-per-task", took: 0.2}})
		r.Status, r.Reasons = results.RunPartial, []string{"interrupted"}
	})
	run("program", func(r *results.Run) {
		made(t, r, "made", false, 64, 12, []measured{{name: "sequential", took: 1.5}, {name: "node-promise-all", took: 0.3}})
		r.Status, r.Reasons = results.RunInvalid, []string{"the generator is saturated"}
	})
	return out
}

func TestGolden(t *testing.T) {
	for name, run := range cases(t) {
		list := of(t, run)
		for format, write := range reports.AdviceFormats {
			var b bytes.Buffer
			if err := write(&b, list); err != nil {
				t.Fatal(err)
			}
			if format == "text" {
				for line := range strings.Lines(b.String()) {
					if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 {
						t.Errorf("%s: %d columns: %s", name, n, line)
					}
				}
			}
			if format == "json" && name != "lowest-limit" {
				continue
			}
			path := filepath.Join("testdata", name+"."+format)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("%s (-want +got; go test ./internal/advice -update accepts it):\n%s", path, diff)
			}
		}
	}
}

func TestTheRule(t *testing.T) {
	for name, tc := range map[string]struct {
		list         []measured
		use, fastest string
	}{
		"the lowest of equally good limits": {
			[]measured{{name: "goroutine-per-task", took: 0.2}, {name: "fixed-pool:workers=16", took: 0.204}, {name: "fixed-pool:workers=8", took: 0.24}},
			"fixed-pool:workers=16", "goroutine-per-task",
		},
		"a lower limit beyond the tolerance is not used": {
			[]measured{{name: "goroutine-per-task", took: 0.2}, {name: "fixed-pool:workers=16", took: 0.215}},
			"goroutine-per-task", "goroutine-per-task",
		},
		"at equal limits, the one with less memory": {
			[]measured{{name: "errgroup:limit=8", took: 0.2, rss: 40}, {name: "fixed-pool:workers=8", took: 0.204}, {name: "goroutine-per-task", took: 0.203}},
			"fixed-pool:workers=8", "errgroup:limit=8",
		},
		"at equal limits and memory, the plainest": {
			[]measured{{name: "pond:limit=8", took: 0.2}, {name: "fixed-pool:workers=8", took: 0.202}, {name: "errgroup:limit=8", took: 0.202, rss: 21}},
			"errgroup:limit=8", "pond:limit=8",
		},
		"the baseline does not matter": {
			[]measured{{name: "sequential", took: 2}, {name: "goroutine-per-task", took: 0.2}, {name: "fixed-pool:workers=32", took: 0.203}},
			"fixed-pool:workers=32", "goroutine-per-task",
		},
		"a crashing strategy is not used, even with a low limit": {
			[]measured{{name: "goroutine-per-task", took: 0.2}, {name: "fixed-pool:workers=4"}},
			"goroutine-per-task", "goroutine-per-task",
		},
		"a strategy with failed tasks is not used": {
			[]measured{{name: "goroutine-per-task", took: 0.1, fail: 1}, {name: "fixed-pool:workers=4", took: 0.3}},
			"fixed-pool:workers=4", "fixed-pool:workers=4",
		},
	} {
		run := newRun(t)
		made(t, run, "made", false, 64, 14, tc.list)
		a := of(t, run)[0]
		if a.Use != tc.use || a.Fastest != tc.fastest {
			t.Errorf("%s: use %q, the fastest is %q; want %q and %q", name, a.Use, a.Fastest, tc.use, tc.fastest)
		}
		if n := len(a.Candidates) + len(a.Excluded); n != len(tc.list) {
			t.Errorf("%s: %d of %d strategies are accounted for", name, n, len(tc.list))
		}
		uses := 0
		for _, c := range a.Candidates {
			if c.Standing == advice.ToUse {
				uses++
			}
		}
		if uses != 1 {
			t.Errorf("%s: %d candidates are to be used, want 1", name, uses)
		}
	}
}

// advised returns the advice in words for a run of these strategies, with a target, a memory
// limit, and a screening of other strategies.
func advised(t *testing.T, change func(*scenario.Scenario), rounds int, screened, list []measured) (string, *advice.Advice) {
	t.Helper()
	run := newRun(t)
	if screened != nil {
		made(t, run, "made-screening", true, 64, 1, screened)
	}
	made(t, run, "made", false, 64, rounds, list)
	for i := range run.Scenarios {
		change(&run.Scenarios[i].Scenario)
	}
	s, err := summary.Of(run)
	if err != nil {
		t.Fatal(err)
	}
	s.Warnings = nil
	for _, st := range s.Concluded()[0].Strategies {
		for _, m := range list {
			if m.name == st.Strategy && m.each > 0 {
				st.Service = &summary.Distribution{Mean: m.each}
			}
		}
	}
	a := advice.Of(s)
	var b bytes.Buffer
	if err := reports.AdviceFormats["markdown"](&b, a); err != nil {
		t.Fatal(err)
	}
	return b.String(), a[0]
}

// A lower load on the server is claimed only if fewer requests are in flight.
func TestWhatALowerLimitSpares(t *testing.T) {
	mock := func(slots int) func(*scenario.Scenario) {
		return func(s *scenario.Scenario) {
			s.Target = scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: *heavyTail(t), Capacity: config.Capacity{Slots: slots}}}}
		}
	}
	for name, c := range map[string]struct {
		target   func(*scenario.Scenario)
		wider    float64
		has, not string
	}{
		"no server":           {func(*scenario.Scenario) {}, 0.02, "up to 64.\n", "connections"},
		"slots":               {mock(16), 0.08, "The server works on 16 at once either way", "in flight instead"},
		"requests that wait":  {mock(0), 0.08, "With goroutine-per-task a request takes 80.0 ms on average instead of 20.0 ms: it waits at the server", "in flight instead"},
		"fewer requests":      {mock(0), 0.021, "At its peak the server has 16 requests in flight instead of 64", "waits"},
		"time per task known": {mock(0), 0, "It needs no more connections than that.", "server"},
	} {
		text, _ := advised(t, c.target, 14, nil, []measured{
			{name: "goroutine-per-task", took: 0.2, each: c.wider},
			{name: "fixed-pool:workers=16", took: 0.203, each: 0.02},
		})
		_, why, _ := strings.Cut(text, "## Why")
		why, _, _ = strings.Cut(why, "## What")
		if !strings.Contains(why, c.has) || strings.Contains(why, c.not) {
			t.Errorf("%s: want %q and not %q in\n%s", name, c.has, c.not, why)
		}
	}
}

// A peak near the memory limit is reported, with a candidate that is further away from it.
func TestNearTheLimitOfMemory(t *testing.T) {
	for limit, want := range map[int64]string{
		200: "the peak of 190 MiB is 95% of the memory limit of 200 MiB: a batch that needs a little more memory is killed; fixed-pool:workers=8 peaks at 100 MiB and takes ",
		400: "",
	} {
		text, a := advised(t, func(s *scenario.Scenario) { s.Measure.MemoryLimit = limit << 20 }, 14, nil, []measured{
			{name: "fixed-pool:workers=16", took: 0.2, rss: 190}, {name: "fixed-pool:workers=8", took: 0.4, rss: 100},
		})
		if warned := len(a.Warnings) > 0; warned != (want != "") || !strings.Contains(text, want) {
			t.Errorf("limit of %d MiB: no %q in\n%s", limit, want, text)
		}
	}
}

// What was left out is no limit to try with more time, unless the strategy that beat it failed after all.
func TestWhatWasLeftOut(t *testing.T) {
	for _, fails := range []bool{false, true} {
		best := measured{name: "goroutine-per-task", took: 0.2}
		if fails {
			best.took = 0
		}
		text, a := advised(t, func(s *scenario.Scenario) {
			s.Measure.LeftOut = &scenario.LeftOut{
				Strategies: []string{"sequential", "fixed-pool:workers=8"}, Limit: 10,
				Least: 300 * time.Millisecond, Task: 50 * time.Millisecond, Best: best.name, Takes: 200 * time.Millisecond,
			}
		}, 14, []measured{{name: "fixed-pool:workers=16", took: 0.2}}, []measured{best, {name: "fixed-pool:workers=16", took: 0.2}})
		says := strings.Contains(text, "Left out without measuring: sequential, fixed-pool:workers=8, every untried limit up to 10. A task took at least 50.0 ms on average, so 64 tasks take at least 300 ms at 10 at once, and goroutine-per-task takes 200 ms.")
		untried := map[bool]string{false: "limits from 11 to 15", true: "limits from 1 to 15"}[fails]
		if says == fails || (a.LeftOut == nil) != fails || !strings.Contains(text, untried) {
			t.Errorf("%s fails: %v, left out %+v, no %q in\n%s", best.name, fails, a.LeftOut, untried, text)
		}
	}
}

// An advice lists limits that the search had no time for, and says when there were too few
// rounds. If nothing works, it makes no claim about untried limits.
func TestWhatMoreTimeWouldTell(t *testing.T) {
	none := func(*scenario.Scenario) {}
	for name, c := range map[string]struct {
		rounds         int
		screened, list []measured
		has            []string
	}{
		"between a limit that works and one that fails": {
			14,
			[]measured{{name: "fixed-pool:workers=16", took: 0.2}, {name: "fixed-pool:workers=32"}},
			[]measured{{name: "fixed-pool:workers=16", took: 0.2}, {name: "fixed-pool:workers=15", took: 0.22}},
			[]string{"Use fixed-pool:workers=16", "More time (--time) would be spent on: limits from 17 to 31."},
		},
		"below the lowest": {
			14,
			[]measured{{name: "fixed-pool:workers=16", took: 0.2}, {name: "goroutine-per-task", took: 0.2}},
			[]measured{{name: "fixed-pool:workers=16", took: 0.2}, {name: "goroutine-per-task", took: 0.2}},
			[]string{"Use fixed-pool:workers=16", "would be spent on: limits from 1 to 15."},
		},
		"a finalist alone": {
			2,
			[]measured{{name: "fixed-pool:workers=2", took: 0.2}, {name: "sequential", took: 0.25}},
			[]measured{{name: "fixed-pool:workers=2", took: 0.2}},
			[]string{"A guess, because 2 rounds cannot decide anything: use fixed-pool:workers=2", "It is the only finalist", "would be spent on: enough rounds to decide; limits from 3 to "},
		},
		"nothing works so far": {
			1,
			[]measured{{name: "fixed-pool:workers=4"}},
			[]measured{{name: "fixed-pool:workers=8"}},
			[]string{"No tried strategy can be recommended", "Not tried: limits from 1 to 3."},
		},
	} {
		screened := c.screened
		if name == "a finalist alone" {
			screened = append(screened, measured{name: "goroutine-per-task"})
		}
		text, _ := advised(t, none, c.rounds, screened, c.list)
		for _, want := range c.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", name, want, text)
			}
		}
	}
}
