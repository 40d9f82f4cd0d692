package compare

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/reports/benchtable"
)

// Outcome is what the gate says.
type Outcome string

// The outcomes.
const (
	Pass       Outcome = "pass"        // shown to be within the limit
	Regression Outcome = "regression"  // shown to be beyond it
	CannotTell Outcome = "cannot tell" // neither
)

// Options say what is compared and how strictly.
type Options struct {
	MaxRegress float64  // 0.05: HEAD may take up to 1.05 times as long
	Metrics    []string // units such as ns/op or p99-ns; none is the time per operation
	Seed       uint64   // of the sign patterns drawn beyond 500 rounds
}

// margin is the difference that "same" tolerates, unless the limit is stricter.
const margin = 0.02

// Schema is the version of the report in JSON.
const Schema = 1

// Report is the comparison of two sides.
type Report struct {
	Schema     int         `json:"schema"`
	Base       string      `json:"base"`
	Head       string      `json:"head"`
	MaxRegress float64     `json:"max_regress"`
	Outcome    Outcome     `json:"outcome"`
	Reasons    []string    `json:"reasons"` // why the sides cannot be compared at all
	Notes      []string    `json:"notes"`   // what a reader should know all the same
	Benchmarks []Benchmark `json:"benchmarks"`

	table *benchtable.Tables
}

// Benchmark is one benchmark in one unit. The ratio of its comparison is HEAD over BASE
// whether less is better or more; its verdict is in words of better and worse.
type Benchmark struct {
	Name           string          `json:"name"`
	Unit           string          `json:"unit"` // tidied: sec/op for ns/op
	HigherIsBetter bool            `json:"higher_is_better"`
	Paired         bool            `json:"paired"` // by round, else as two samples
	Base           Sample          `json:"base"`
	Head           Sample          `json:"head"`
	Comparison     stat.Comparison `json:"comparison"`
	Outcome        Outcome         `json:"outcome"`
	Why            string          `json:"why"` // the outcome in a sentence
}

// Sample is one side's values.
type Sample struct {
	N      int     `json:"n"`
	Median float64 `json:"median"`
}

// New compares the sides. Its error is one in the options, the user's to mend.
func New(s Sides, o Options) (*Report, error) {
	units, err := s.units(o.Metrics)
	if err != nil {
		return nil, err
	}
	r := &Report{
		Schema: Schema, Base: s.Base.Path, Head: s.Head.Path, MaxRegress: o.MaxRegress,
		Reasons: append([]string{}, s.unlike()...), Notes: []string{}, Benchmarks: []Benchmark{},
	}
	r.notes(s)
	keys := r.common(s, units)
	r.judge(s, keys, o)
	r.conclude()
	r.table, err = benchtable.New([]benchtable.Input{
		{Label: "base", Name: s.Base.Path, Text: s.Base.text.String()},
		{Label: "head", Name: s.Head.Path, Text: s.Head.text.String()},
	}, benchtable.Layout{Filter: filter(units)})
	return r, err
}

// aliases are names of metrics that are easier to remember than their units.
var aliases = map[string]string{
	"makespan": "ns/op", "time": "ns/op", "cpu": "cpu-ns", "rss": "peak-RSS-B",
	"p50": "p50-ns", "p99": "p99-ns", "allocs": "allocs/op",
}

// units turns metrics into tidied units, each of which one side has at least.
func (s Sides) units(metrics []string) ([]string, error) {
	if len(metrics) == 0 {
		metrics = []string{"ns/op"}
	}
	var have []string
	for _, side := range []*Side{s.Base, s.Head} {
		for _, k := range side.names {
			if !slices.Contains(have, k.unit) {
				have = append(have, k.unit)
			}
		}
	}
	var units []string
	var errs []error
	for _, m := range metrics {
		name := m
		if unit, ok := aliases[m]; ok {
			name = unit
		}
		_, unit := benchunit.Tidy(1, name)
		switch {
		case slices.Contains(units, unit):
		case slices.Contains(have, unit):
			units = append(units, unit)
		case len(have) > 0:
			errs = append(errs, fmt.Errorf("--metric: %w", suggest.Unknown("metric", m, have)))
		}
	}
	return units, errors.Join(errs...)
}

// filter selects the units for the table.
func filter(units []string) string {
	var terms []string
	for _, u := range units {
		terms = append(terms, fmt.Sprintf(".unit:%q", u))
	}
	return strings.Join(terms, " OR ")
}

func (r *Report) notes(s Sides) {
	note := func(format string, args ...any) { r.Notes = append(r.Notes, fmt.Sprintf(format, args...)) }
	for _, side := range []*Side{s.Base, s.Head} {
		if n := len(side.skipped); n > 0 {
			note("%s: %d lines look like results and are not, first %v", side.Path, n, side.skipped[0])
		}
		if side.Run != nil && side.Run.Status != "complete" && side.Run.Status != "invalid" {
			note("%s is %s: %s", side.Path, side.Run.Status, join(side.Run.Reasons))
		}
	}
	if !s.Interleaved && s.Base.Path != s.Head.Path {
		note("BASE and HEAD were measured one after the other, so a machine that changed in between looks like a change of code; --run measures them by turns")
	}
}

// common returns the benchmarks that both sides have, and takes note of the others.
func (r *Report) common(s Sides, units []string) []key {
	var keys []key
	for _, u := range units {
		for _, k := range s.Base.names {
			if k.unit != u {
				continue
			}
			if s.Head.series[k] != nil {
				keys = append(keys, k)
				continue
			}
			r.Benchmarks = append(r.Benchmarks, Benchmark{
				Name: s.label(k), Unit: k.unit, Base: newSample(s.Base.series[k].values), Comparison: stat.CompareSamples([]stat.Pair{{}}, stat.Options{})[0],
				Outcome: CannotTell, Why: "only BASE has it",
			})
		}
		for _, k := range s.Head.names {
			if k.unit == u && s.Base.series[k] == nil {
				r.Notes = append(r.Notes, fmt.Sprintf("only HEAD has %s (%s)", s.label(k), k.unit))
			}
		}
	}
	if len(keys) == 0 {
		r.Reasons = append(r.Reasons, "there is no benchmark that both sides have")
	}
	return keys
}

// judge compares every benchmark, those that are paired in one family and the others in
// another, so that the p-values of each are corrected for being shown together.
func (r *Report) judge(s Sides, keys []key, o Options) {
	type family struct {
		list          []*Benchmark
		pairs, beyond []stat.Pair // beyond has BASE moved to the limit, and worse is more
	}
	var paired, unpaired family
	list := make([]Benchmark, len(keys))
	for i, k := range keys {
		p, isPaired := s.pair(k)
		b := &list[i]
		*b = Benchmark{Name: s.label(k), Unit: k.unit, HigherIsBetter: s.Base.units[k.unit] > 0, Paired: isPaired, Base: newSample(p.Base), Head: newSample(p.Head)}
		f := &unpaired
		if isPaired {
			f = &paired
		}
		worse := p
		if b.HigherIsBetter {
			worse = stat.Pair{Base: p.Head, Head: p.Base}
		}
		f.list = append(f.list, b)
		f.pairs = append(f.pairs, p)
		f.beyond = append(f.beyond, stat.Pair{Base: times(worse.Base, 1+o.MaxRegress), Head: worse.Head})
	}
	options := stat.Options{Margin: margin, Seed: o.Seed}
	if o.MaxRegress > 0 {
		options.Margin = min(margin, o.MaxRegress)
	}
	strict := stat.Options{Seed: o.Seed}
	for _, f := range []struct {
		family
		compare func([]stat.Pair, stat.Options) []stat.Comparison
		least   int
	}{{paired, stat.CompareFamily, stat.MinRounds}, {unpaired, stat.CompareSamples, stat.MinValues}} {
		shown, beyond := f.compare(f.pairs, options), f.compare(f.beyond, strict)
		for i, b := range f.list {
			b.Comparison = shown[i]
			if b.HigherIsBetter {
				b.Comparison.Verdict = mirrored(b.Comparison.Verdict)
			}
			b.decide(beyond[i], f.pairs[i], f.least, o)
		}
	}
	r.Benchmarks = append(list, r.Benchmarks...)
}

func mirrored(v stat.Verdict) stat.Verdict {
	switch v {
	case stat.Faster:
		return stat.Slower
	case stat.Slower:
		return stat.Faster
	}
	return v
}

// decide sets the outcome.
//
// A regression is claimed of any one benchmark, so its p-value is corrected for all of
// them (beyond, which holds HEAD against BASE times the limit). A pass is claimed of all
// benchmarks together, and so needs no correction: each interval must end within the
// limit (intersection-union test: Berger, "Multiparameter hypothesis testing and
// acceptance sampling", Technometrics 24, 1982).
func (b *Benchmark) decide(beyond stat.Comparison, p stat.Pair, least int, o Options) {
	what := "samples a side"
	if b.Paired {
		what = "rounds that both have"
	}
	c, limit := b.Comparison, 1+o.MaxRegress
	worst := c.Interval.High // of how many times worse
	if b.HigherIsBetter {
		worst = 1 / c.Interval.Low
	}
	n := min(len(p.Base), len(p.Head))
	switch {
	case n < least:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%d %s: a verdict takes %d", n, what, least)
	case all(p.Base, 0) && all(p.Head, 0):
		b.Outcome, b.Why = Pass, "0 in both"
	case all(p.Base, 0) && !b.HigherIsBetter && slices.Min(p.Head) > 0:
		b.Outcome, b.Why = Regression, "0 in BASE, and more in HEAD every time"
	case c.Excluded > 0:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%d values are not positive numbers, so there is no ratio", c.Excluded)
	case beyond.Verdict == stat.Slower:
		b.Outcome, b.Why = Regression, fmt.Sprintf("%s, beyond the limit of %s", b.ratio(), percent(o.MaxRegress))
	case worst <= limit:
		b.Outcome, b.Why = Pass, fmt.Sprintf("%s, within the limit of %s", b.ratio(), percent(o.MaxRegress))
	default:
		b.Outcome, b.Why = CannotTell, fmt.Sprintf("%s, on both sides of the limit of %s", b.ratio(), percent(o.MaxRegress))
		if beyond.MoreRounds > 0 {
			b.Why += fmt.Sprintf("; about %d more rounds would tell", beyond.MoreRounds)
		}
	}
}

// conclude sets the outcome of the whole: no pass on what was not compared.
func (r *Report) conclude() {
	count := map[Outcome]int{}
	for _, b := range r.Benchmarks {
		count[b.Outcome]++
	}
	switch {
	case len(r.Reasons) > 0:
		r.Outcome = CannotTell
	case count[Regression] > 0:
		r.Outcome = Regression
	case count[CannotTell] > 0:
		r.Outcome = CannotTell
	default:
		r.Outcome = Pass
	}
}

// Line is the outcome in one line.
func (r *Report) Line() string {
	of := func(o Outcome) (n int) {
		for _, b := range r.Benchmarks {
			if b.Outcome == o {
				n++
			}
		}
		return n
	}
	limit := percent(r.MaxRegress)
	switch {
	case len(r.Reasons) > 0:
		return "CANNOT TELL: " + join(r.Reasons)
	case r.Outcome == Regression:
		return fmt.Sprintf("REGRESSION: %d of %d benchmarks are worse by more than %s", of(Regression), len(r.Benchmarks), limit)
	case r.Outcome == CannotTell:
		return fmt.Sprintf("CANNOT TELL: of %d of %d benchmarks the data do not say whether they are worse by more than %s", of(CannotTell), len(r.Benchmarks), limit)
	}
	return fmt.Sprintf("PASS: none of %d benchmarks is worse by more than %s", len(r.Benchmarks), limit)
}

func newSample(x []float64) Sample {
	if len(x) == 0 {
		return Sample{}
	}
	return Sample{len(x), median(x)}
}

func median(x []float64) float64 { return stat.Quantiles(x, 0.5)[0] }

func times(x []float64, factor float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v * factor
	}
	return out
}

func all(x []float64, value float64) bool {
	return !slices.ContainsFunc(x, func(v float64) bool { return v != value })
}

// label is a benchmark's name for people, with its package if there are several.
func (s Sides) label(k key) string {
	for _, side := range []*Side{s.Base, s.Head} {
		for _, other := range side.names {
			if other.pkg != k.pkg {
				return k.pkg + "." + k.name
			}
		}
	}
	return k.name
}

func percent(v float64) string { return fmt.Sprintf("%g%%", math.Round(1e4*v)/100) }

func join(reasons []string) string { return strings.Join(reasons, "; ") }
