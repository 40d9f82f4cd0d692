package charts_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/reports/internal/charts"
	"github.com/fanbench/fanbench/reports/summary"
	"github.com/fanbench/fanbench/strategies"
	_ "github.com/fanbench/fanbench/strategies/all"
)

// made writes a run to disk. trial returns the trial of a strategy's round and fills its
// records.
func made(t *testing.T, tasks, rounds int, names []string, trial func(round int, records []strategies.Record) results.Trial) *results.Run {
	t.Helper()
	list, err := scenario.ParseStrategies(names)
	if err != nil {
		t.Fatal(err)
	}
	s := scenario.Scenario{
		Name: "made", Target: scenario.Target{Mock: &config.Config{}}, Strategies: list,
		Workload: scenario.Workload{Tasks: tasks, Timeout: time.Second}, Measure: scenario.Measurement{Rounds: rounds, Seed: 1},
	}
	run := &results.Run{Dir: t.TempDir(), Manifest: results.Manifest{Status: results.RunComplete, Scenarios: []results.Planned{{Scenario: s}}}}
	for round := 1; round <= rounds; round++ {
		for i, c := range list {
			records := make([]strategies.Record, tasks)
			tr := trial(round, records)
			tr.Scenario, tr.Strategy, tr.Round, tr.Seq = s.Name, c.String(), round, len(run.Trials)
			tr.Records = fmt.Sprintf("%d-%d.rec", round, i)
			raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(records))), tasks*strategies.RecordSize)
			if err := os.WriteFile(filepath.Join(run.Dir, tr.Records), raw, 0o644); err != nil {
				t.Fatal(err)
			}
			run.Trials = append(run.Trials, tr)
		}
	}
	return run
}

// took is a trial in which every task started at once and took d.
func took(d time.Duration) func(int, []strategies.Record) results.Trial {
	return func(_ int, records []strategies.Record) results.Trial {
		for i := range records {
			records[i] = strategies.Record{End: int64(d), Runs: 1, Outcome: strategies.OK}
		}
		return results.Trial{Status: results.StatusOK, Makespan: d, Audit: results.Audit{Done: len(records), Starts: len(records)}}
	}
}

// crashed is a trial whose process died before any task ended.
func crashed(_ int, records []strategies.Record) results.Trial {
	records[0] = strategies.Record{Start: 5, Runs: 1}
	return results.Trial{Status: results.StatusPanic, Error: "panic", Audit: results.Audit{Lost: len(records), Unstarted: len(records) - 1}}
}

// failing is a trial in which every task failed.
func failing(_ int, records []strategies.Record) results.Trial {
	for i := range records {
		records[i] = strategies.Record{End: int64(time.Millisecond), Runs: 1, Outcome: strategies.Failed, Error: 1}
	}
	return results.Trial{
		Status: results.StatusError, Makespan: time.Millisecond, Faults: []string{"no"},
		Audit: results.Audit{Done: len(records), Failed: len(records), Starts: len(records)},
	}
}

var two = []string{"sequential", "errgroup"}

func TestChartsOfDegenerateRuns(t *testing.T) {
	for name, run := range map[string]*results.Run{
		"no trials":     made(t, 10, 0, two, nil),
		"one trial":     made(t, 10, 1, two[:1], took(time.Millisecond)),
		"one task":      made(t, 1, 3, two, took(time.Millisecond)),
		"zero makespan": made(t, 10, 3, two, took(0)),
		"all failed":    made(t, 10, 3, two, failing),
		"all crashed":   made(t, 10, 3, two, crashed),
		"a day":         made(t, 10, 3, two, took(24*time.Hour)),
		"a nanosecond":  made(t, 500, 3, two, took(1)),
		"zero in a sweep": made(t, 10, 3, []string{
			"fixed-pool:workers=1", "fixed-pool:workers=2", "fixed-pool:workers=3", "fixed-pool:workers=4", "fixed-pool:workers=5",
		}, took(0)),
		"a bound of zero": made(t, 10, 3, two, func(_ int, records []strategies.Record) results.Trial {
			tr := took(time.Millisecond)(0, records)
			tr.Bound = &scenario.Bound{}
			return tr
		}),
	} {
		t.Run(name, func(t *testing.T) {
			drawAll(t, run)
		})
	}
}

// figures is a sentence with a figure, or with "-" for an unknown one.
var figures = regexp.MustCompile(`^\S.+( -|\d).*\.$`)

// drawAll draws every chart of a run, light as PNG and dark as SVG, and returns their names.
func drawAll(t *testing.T, run *results.Run) []string {
	t.Helper()
	s, err := summary.Of(run)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for format, theme := range map[string]figure.Theme{"png": figure.Light, "svg": figure.Dark} {
		for _, p := range charts.Pictures(s, charts.NewPalette(s, theme)) {
			names = append(names, p.File())
			if p.Figure.Title == "" || p.Chart.Caption == "" {
				t.Errorf("%s has no text", p.File())
			}
			if !p.Chart.Table && !figures.MatchString(p.Figure.Told) {
				t.Errorf("%s does not say what it shows: %q", p.File(), p.Figure.Told)
			}
			if n := utf8.RuneCountInString(p.Figure.Note); n > twoLines {
				t.Errorf("%s: a note of %d characters exceeds two lines: %s", p.File(), n, p.Figure.Note)
			}
			const coarse = 16 // dots per inch
			if _, err := p.Figure.Encode(theme, format, coarse); err != nil {
				t.Errorf("%s: %v", p.File(), err)
			}
		}
	}
	return names
}

// twoLines is about the number of characters in two lines of a note.
const twoLines = 370

func TestEveryChartIsDrawnOfAWholeRun(t *testing.T) {
	var names []string
	for _, name := range []string{"run", "recorded", "load", "schemas/5", "schemas/6-merged"} {
		run, err := results.Open(filepath.Join("..", "..", "testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, drawAll(t, run)...)
	}
	for _, c := range charts.All {
		if !slices.ContainsFunc(names, func(n string) bool { return n == c.Name || strings.HasSuffix(n, "-"+c.Name) }) {
			t.Errorf("no %s chart among %q", c.Name, names)
		}
	}
}

// With too few rounds, or if nothing succeeded, no title names a winner.
func TestTitlesWithoutEvidence(t *testing.T) {
	names := []string{"sequential", "errgroup", "fixed-pool:workers=1", "fixed-pool:workers=2", "fixed-pool:workers=3", "fixed-pool:workers=4"}
	for name, c := range map[string]struct {
		trial func(int, []strategies.Record) results.Trial
		drawn []string // charts that compare
	}{
		"too few rounds": {took(time.Millisecond), []string{"makespan", "ratio", "timeline", "sojourn", "violin", "inflight", "cost", "scaling"}},
		"all failed":     {failing, []string{"timeline", "inflight"}},
	} {
		run := made(t, 10, 3, names, c.trial)
		for i := range run.Trials {
			run.Trials[i].Usage.PeakRSS, run.Trials[i].Usage.CPU = 1<<20, time.Millisecond
		}
		s, err := summary.Of(run)
		if err != nil {
			t.Fatal(err)
		}
		var drawn []string
		for _, p := range charts.Pictures(s, charts.NewPalette(s, figure.Light)) {
			for _, st := range names {
				if strings.Contains(p.Figure.Title, st) {
					t.Errorf("%s: %s: %s", name, p.File(), p.Figure.Title)
				}
			}
			if p.Chart.Shows == "" {
				continue
			}
			drawn = append(drawn, p.Chart.Name)
			if s.Scenarios[0].TooFewRounds && !strings.HasPrefix(p.Figure.Title, "Too few rounds to compare: ") {
				t.Errorf("%s: %s", p.File(), p.Figure.Title)
			}
		}
		if !slices.Equal(drawn, c.drawn) {
			t.Errorf("%s: drawn are %q", name, drawn)
		}
	}
}

// recording writes a recording of a trial with samples at the given times, and adds it to the trial.
func recording(t *testing.T, run *results.Run, tr *results.Trial, at ...time.Duration) {
	t.Helper()
	text := "at_ns,threads,rss_bytes,cpu_ns,goroutines,gcs\n"
	for i, d := range at {
		text += fmt.Sprintf("%d,%d,%d,%d,,\n%d,,,,%d,%d\n", d, 4+i, (i+1)<<20, d/2, d, 3*i, i/2)
	}
	tr.UsageFile = fmt.Sprintf("%d.csv", tr.Seq)
	if err := os.WriteFile(filepath.Join(run.Dir, tr.UsageFile), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Usage over time is drawn from the recordings. If there are none, the page gives the reason.
func TestUsageOverTime(t *testing.T) {
	many := []string{"sequential", "errgroup"}
	for workers := range 18 {
		many = append(many, fmt.Sprintf("fixed-pool:workers=%d", workers+1))
	}
	second := []time.Duration{0, time.Second / 2, time.Second}
	for name, tc := range map[string]struct {
		names []string
		trial func(int, []strategies.Record) results.Trial
		at    []time.Duration
		why   string // the reason for a missing chart; "" if there is one
	}{
		"no warm-up":     {two, took(time.Second), nil, "--warmup 1"},
		"too short":      {two, took(time.Millisecond), second[:1], "ended before there were enough samples"},
		"drawn":          {two, took(time.Second), second, ""},
		"died":           {two, crashed, second, ""},
		"no time at all": {two, took(0), []time.Duration{0, 0, 0, 0}, ""},
		"many":           {many, took(time.Second), second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			run := made(t, 10, 1, tc.names, tc.trial)
			for i := range run.Trials {
				if tc.at != nil {
					run.Trials[i].Round = -1
					recording(t, run, &run.Trials[i], tc.at...)
				}
			}
			s, err := summary.Of(run)
			if err != nil {
				t.Fatal(err)
			}
			reasons := charts.Absent(s.Scenarios[0])
			if (tc.why == "") != (len(reasons) == 0) || tc.why != "" && !strings.Contains(reasons[0], tc.why) {
				t.Errorf("reasons: %q, want %q", reasons, tc.why)
			}
			if drawn := slices.Contains(drawAll(t, run), "made-usage"); drawn != (tc.why == "") {
				t.Errorf("drawn: %v", drawn)
			}
		})
	}
}

func TestPaletteIsTheSameInEveryChart(t *testing.T) {
	s, err := summary.Of(made(t, 4, 2, []string{"sequential", "fixed-pool:workers=2", "fixed-pool:workers=4", "errgroup", "errgroup:limit=2", "goroutine-per-task", "fixed-pool:workers=8"}, took(time.Millisecond)))
	if err != nil {
		t.Fatal(err)
	}
	p := charts.NewPalette(s, figure.Light)
	slices.Reverse(s.Scenarios[0].Strategies)
	again := charts.NewPalette(s, figure.Light)
	for _, st := range s.Scenarios[0].Strategies {
		if p.Of(st) != again.Of(st) {
			t.Errorf("the colour of %s depends on its rank", st.Strategy)
		}
	}
}

// No two strategies have the same colour, and no two of the first twenty have the same mark.
func TestNoTwoStrategiesLookTheSame(t *testing.T) {
	distinct := strings.Split("sequential goroutine-per-task errgroup errgroup-context semaphore fixed-pool static-chunks work-stealing ants conc-pool pond workerpool rill atomic-index collect-channel waves fan-in hedged os-thread-per-task ordered-pipeline", " ")
	var sweep []string
	for i := range figure.Marks {
		sweep = append(sweep, fmt.Sprintf("fixed-pool:workers=%d", i+1))
	}
	for name, all := range map[string][]string{"families": distinct, "variants": sweep} {
		for _, n := range []int{2, 6, 13, figure.Marks} {
			s, err := summary.Of(made(t, 2, 1, all[:n], took(time.Millisecond)))
			if err != nil {
				t.Fatal(err)
			}
			for _, theme := range []figure.Theme{figure.Light, figure.Dark} {
				p := charts.NewPalette(s, theme)
				colors, marks := map[figure.Color]string{}, map[int]string{}
				for _, st := range s.Scenarios[0].Strategies {
					mark := p.Mark(st) % figure.Marks
					if colors[p.Of(st)] != "" || marks[mark] != "" {
						t.Errorf("%d %s, %s: %s looks like %s%s", n, name, theme.Name, st.Strategy, colors[p.Of(st)], marks[mark])
					}
					colors[p.Of(st)], marks[mark] = st.Strategy, st.Strategy
				}
			}
		}
	}
}
