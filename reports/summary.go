// Package reports turns a run directory into what people read: tables, charts and
// pages. It measures nothing.
//
//	bench.Run     a run as it lies on disk
//	  -> Summary  every figure that is shown, computed once (Summarize)
//	  -> files    summary.json, summary.md, charts/*.png, benchstat.txt (Render)
//	  -> text     the table on the terminal (Report.Print)
//
// All of it can be made again from the same run, and comes out the same.
package reports

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/montanaflynn/stats"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Summary is every figure that the reports show: summary.json. Times are in seconds.
type Summary struct {
	Schema    int                `json:"schema"`
	Run       string             `json:"run"` // name of the run directory
	Status    bench.RunState     `json:"status"`
	Reasons   []string           `json:"reasons"` // why it is partial or invalid
	Warnings  []string           `json:"warnings"`
	Failures  []string           `json:"failures"` // strategies that crashed, hung or lost work
	Command   []string           `json:"command"`
	Scenarios []*ScenarioSummary `json:"scenarios"`
}

// ScenarioSummary is what one scenario came to.
type ScenarioSummary struct {
	Name       string             `json:"name"`
	Target     string             `json:"target"`
	Tasks      int                `json:"tasks"`
	Rounds     int                `json:"rounds"` // planned
	Baseline   string             `json:"baseline"`
	Strategies []*StrategySummary `json:"strategies"` // fastest first; those without a comparable trial last
	URLs       []URLSummary       `json:"urls,omitempty"`
}

// StrategySummary is what one strategy came to in a scenario. Figures are medians over
// its comparable trials unless they say otherwise; nil is not known.
type StrategySummary struct {
	Strategy    string           `json:"strategy"`
	Trials      int              `json:"trials"`     // measured
	Comparable  int              `json:"comparable"` // of those, the ones that did the whole batch
	Trouble     string           `json:"trouble,omitempty"`
	Makespan    *Spread          `json:"makespan"`
	VsBaseline  *stat.Comparison `json:"vs_baseline"` // nil for the baseline itself
	Bound       *float64         `json:"bound"`
	Efficiency  *float64         `json:"efficiency"`
	SojournP50  *float64         `json:"sojourn_p50"` // over all tasks of all trials, as is p99
	SojournP99  *float64         `json:"sojourn_p99"`
	CPU         *float64         `json:"cpu"`
	PeakRSS     *float64         `json:"peak_rss_bytes"`   // greatest of all trials
	Goroutines  *float64         `json:"goroutines"`       // greatest at any task's start, counted in the warm-up
	Connections *float64         `json:"connections"`      // opened in a measured trial
	Allocs      *float64         `json:"allocs"`           // heap objects a trial
	Failed      int              `json:"failed"`           // tasks, over all measured trials
	Lost        int              `json:"lost"`             // likewise: never started or never ended
	TaskCount   int              `json:"tasks"`            // likewise: all
	Faults      []string         `json:"faults,omitempty"` // distinct error texts
}

// Spread is a sample of one figure, one value a trial.
type Spread struct {
	Median   float64       `json:"median"`
	Min      float64       `json:"min"`
	Max      float64       `json:"max"`
	Interval stat.Interval `json:"interval"` // of the median
}

// Margin is the difference in makespan that the verdict "same" tolerates.
const Margin = 0.02

// confidence of every interval shown.
const confidence = 0.95

// Summarize computes every figure of a run. What a partial run lacks is left out.
func Summarize(run *bench.Run) (*Summary, error) {
	s := &Summary{
		Schema:   bench.SchemaVersion,
		Run:      filepath.Base(run.Dir),
		Status:   run.Status,
		Reasons:  run.Reasons,
		Warnings: run.Warnings,
		Failures: run.Failures(),
		Command:  run.Command,
	}
	for _, p := range run.Scenarios {
		sc, err := summarizeScenario(run, p.Scenario)
		if err != nil {
			return nil, fmt.Errorf("summing up %s: %w", p.Scenario.Name, err)
		}
		s.Scenarios = append(s.Scenarios, sc)
	}
	return s, nil
}

func summarizeScenario(run *bench.Run, s bench.Scenario) (*ScenarioSummary, error) {
	out := &ScenarioSummary{
		Name: s.Name, Target: s.Target.String(), Tasks: s.Workload.Tasks, Rounds: s.Measure.Rounds,
		Baseline: s.Strategies[0].String(),
	}
	urls := newURLTally(s.Target.URLs)
	for _, c := range s.Strategies {
		st, err := summarizeStrategy(run, s.Name, c.String(), urls)
		if err != nil {
			return nil, err
		}
		out.Strategies = append(out.Strategies, st)
	}
	compare(run, s, out.Strategies)
	out.URLs = urls.summaries()
	slices.SortStableFunc(out.Strategies, func(a, b *StrategySummary) int {
		return cmp.Compare(rank(a), rank(b))
	})
	return out, nil
}

// rank orders strategies: the least makespan first, those that have none last.
func rank(s *StrategySummary) float64 {
	if s.Makespan == nil {
		return math.Inf(1)
	}
	return s.Makespan.Median
}

func summarizeStrategy(run *bench.Run, scenario, strategy string, urls *urlTally) (*StrategySummary, error) {
	out := &StrategySummary{Strategy: strategy}
	var makespans, bounds, efficiencies, cpus, connections, allocs, sojourns []float64
	var rss int64
	for _, t := range run.Trials {
		if t.Scenario == scenario && t.Strategy == strategy && t.Warmup() && t.Usage.Goroutines > 0 {
			out.Goroutines = atLeast(out.Goroutines, float64(t.Usage.Goroutines))
		}
	}
	for _, t := range run.Measured(scenario, strategy) {
		records, err := run.Records(t)
		if err != nil {
			return nil, err
		}
		out.Trials++
		out.Failed += t.Audit.Failed
		out.Lost += t.Audit.Lost
		out.TaskCount += len(records)
		for _, f := range t.Faults {
			if !slices.Contains(out.Faults, f) {
				out.Faults = append(out.Faults, f)
			}
		}
		urls.add(t, records)
		if !t.Comparable() {
			if out.Trouble == "" {
				out.Trouble = t.Trouble()
			}
			continue
		}
		out.Comparable++
		makespans = append(makespans, t.Makespan.Seconds())
		if t.Bound != nil {
			bounds = append(bounds, t.Bound.Lower.Seconds())
			efficiencies = append(efficiencies, t.Efficiency())
		}
		cpus = append(cpus, t.Usage.CPU.Seconds())
		connections = append(connections, float64(t.Usage.Connections))
		allocs = append(allocs, float64(t.Usage.Allocs))
		rss = max(rss, t.Usage.PeakRSS)
		sojourns = appendSojourns(sojourns, records)
	}
	out.Makespan = spread(makespans)
	out.Bound, out.Efficiency = median(bounds), median(efficiencies)
	out.CPU, out.Connections, out.Allocs = median(cpus), median(connections), median(allocs)
	if rss > 0 {
		out.PeakRSS = atLeast(nil, float64(rss))
	}
	slices.Sort(sojourns)
	out.SojournP50, out.SojournP99 = quantile(sojourns, 0.5), quantile(sojourns, 0.99)
	return out, nil
}

func appendSojourns(to []float64, records []strategies.Record) []float64 {
	for i := range records {
		to = append(to, time.Duration(records[i].Sojourn()).Seconds())
	}
	return to
}

// compare sets VsBaseline of every strategy but the first, over the rounds that both
// did in full. The p-values are corrected for being shown together.
func compare(run *bench.Run, s bench.Scenario, list []*StrategySummary) {
	base := makespansByRound(run, s.Name, list[0].Strategy)
	var pairs []stat.Pair
	for _, st := range list[1:] {
		head := makespansByRound(run, s.Name, st.Strategy)
		var p stat.Pair
		for r := 1; r <= s.Measure.Rounds; r++ {
			b, inBase := base[r]
			h, inHead := head[r]
			if inBase && inHead {
				p.Base, p.Head = append(p.Base, b), append(p.Head, h)
			}
		}
		pairs = append(pairs, p)
	}
	for i, c := range stat.CompareFamily(pairs, stat.Options{Alpha: 1 - confidence, Margin: Margin, Seed: s.Measure.Seed}) {
		if c.Rounds > 0 {
			list[1+i].VsBaseline = &c
		}
	}
}

func makespansByRound(run *bench.Run, scenario, strategy string) map[int]float64 {
	out := map[int]float64{}
	for _, t := range run.Measured(scenario, strategy) {
		if t.Comparable() {
			out[t.Round] = t.Makespan.Seconds()
		}
	}
	return out
}

func spread(x []float64) *Spread {
	m := median(x)
	if m == nil {
		return nil
	}
	// Of a sample that is not empty, neither is an error.
	least, _ := stats.Min(x)
	most, _ := stats.Max(x)
	return &Spread{Median: *m, Min: least, Max: most, Interval: stat.QuantileInterval(x, 0.5, confidence)}
}

// median is nil of no values.
func median(x []float64) *float64 {
	m, err := stats.Median(x)
	if err != nil {
		return nil
	}
	return &m
}

// quantile is nil where the sorted sample is too small for one to lie beyond it.
func quantile(sorted []float64, q float64) *float64 {
	if float64(len(sorted))*(1-q) < 1-1e-9 {
		return nil
	}
	return &stat.Quantiles(sorted, q)[0]
}

func atLeast(old *float64, v float64) *float64 {
	if old != nil && *old > v {
		return old
	}
	return &v
}
