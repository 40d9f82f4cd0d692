package compare

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"

	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/benchtable"
	"github.com/fanbench/fanbench/internal/suggest"
)

// Outcome is the outcome of the gate.
type Outcome string

// The outcomes.
const (
	Pass       Outcome = "pass"        // shown to be within the limit
	Regression Outcome = "regression"  // shown to be beyond it
	CannotTell Outcome = "cannot tell" // neither is shown
)

// Options say what to compare, and how strictly.
type Options struct {
	MaxRegress float64  // 0.05: HEAD may take up to 1.05 times as long
	Metrics    []string // units such as ns/op or p99-ns; none means the time per operation
	Seed       uint64   // seed of the sign patterns drawn beyond 500 rounds
}

// margin is the difference that counts as the same, unless the limit is stricter.
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
	Notes      []string    `json:"notes"`   // reservations that do not prevent the comparison
	Benchmarks []Benchmark `json:"benchmarks"`

	// Table is benchstat's table of the same units.
	Table *benchtable.Tables `json:"-"`
}

// Benchmark is one benchmark in one unit. The ratio of its comparison is HEAD over BASE for all
// units; its verdict says better or worse, depending on whether less or more is better.
type Benchmark struct {
	Name           string          `json:"name"`
	Unit           string          `json:"unit"` // tidied: sec/op for ns/op
	HigherIsBetter bool            `json:"higher_is_better"`
	Paired         bool            `json:"paired"` // by round; otherwise as two samples
	Base           Sample          `json:"base"`
	Head           Sample          `json:"head"`
	Comparison     stat.Comparison `json:"comparison"`
	Outcome        Outcome         `json:"outcome"`
	Why            string          `json:"why"` // the reason for the outcome in one sentence
}

// Sample has the values of one side.
type Sample struct {
	N      int     `json:"n"`
	Median float64 `json:"median"`
}

// New compares the sides. It returns an error if the user's options are wrong.
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
	if err := s.negative(keys); err != nil {
		return nil, err
	}
	r.judge(s, keys, o)
	r.conclude()
	r.Table, err = benchtable.New([]benchtable.Input{
		{Label: "base", Name: s.Base.Path, Text: s.Base.text.String()},
		{Label: "head", Name: s.Head.Path, Text: s.Head.text.String()},
	}, benchtable.Layout{Filter: filter(units)})
	return r, err
}

// aliases are names of metrics that are easier to remember than units.
var aliases = map[string]string{
	"makespan": "ns/op", "time": "ns/op", "cpu": "cpu-ns", "rss": "peak-RSS-B",
	"p50": "p50-ns", "p99": "p99-ns", "allocs": "allocs/op",
}

// Metrics are the names of metrics, besides units.
func Metrics() []string { return slices.Sorted(maps.Keys(aliases)) }

// units turns metrics into tidied units. At least one side must have each unit.
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
		case s.tooFewTasks(unit) != "":
			errs = append(errs, fmt.Errorf("--metric: %s: %s", m, s.tooFewTasks(unit)))
		case len(have) > 0:
			errs = append(errs, fmt.Errorf("--metric: %w", suggest.Unknown("metric", m, have)))
		}
	}
	return units, errors.Join(errs...)
}

// percentiles are the tidied units that bench.txt has only for sufficiently large batches.
var percentiles = map[string]float64{"p50-sec": 0.5, "p99-sec": 0.99}

// tooFewTasks says that a unit is missing because the batches of both runs are too small for
// that percentile, "" if the reason is another.
func (s Sides) tooFewTasks(unit string) string {
	q, ok := percentiles[unit]
	if !ok || s.Base.Run == nil || s.Head.Run == nil {
		return ""
	}
	most, least := 0, 1
	for _, run := range []*results.Run{s.Base.Run, s.Head.Run} {
		for _, p := range run.Scenarios {
			most = max(most, p.Scenario.Workload.Tasks)
		}
	}
	for !stat.Supports(least, q) {
		least++
	}
	if most >= least {
		return ""
	}
	return fmt.Sprintf("a batch needs at least %d tasks for it, and the largest here has %d", least, most)
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
		if side.Run != nil && side.Run.Unverified() {
			note("%s has no checksums, because an older fanbench (%s) wrote it: only contradictions between its files are detected, no other damage", side.Path, side.Run.Fanbench)
		}
	}
	if b, h := s.Base.Run, s.Head.Run; b != nil && h != nil && b.Environment.Go != h.Environment.Go {
		note("BASE was built with %s and HEAD with %s: a difference may come from the Go version", b.Environment.Go, h.Environment.Go)
	}
	if !s.Interleaved && s.Base.Path != s.Head.Path {
		note("BASE and HEAD were measured one after the other, so a change of the machine in between looks like a change of the code; --run measures them interleaved")
	}
}

// common returns the benchmarks that both sides have, and notes the others.
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

// negative returns an error for each side and benchmark with a negative value, because ratios
// need positive values.
func (s Sides) negative(keys []key) error {
	var errs []error
	for _, k := range keys {
		errs = append(errs, s.Base.series[k].negative, s.Head.series[k].negative)
	}
	return errors.Join(errs...)
}

// conclude sets the overall outcome. It is not pass if a benchmark was not compared, and
// neither pass nor regression if the sides cannot be compared.
func (r *Report) conclude() {
	if len(r.Reasons) > 0 {
		for i := range r.Benchmarks {
			b := &r.Benchmarks[i]
			b.Outcome, b.Why = CannotTell, "BASE and HEAD cannot be compared"
		}
	}
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

// Line is the overall outcome in one line.
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
		return fmt.Sprintf("CANNOT TELL: for %d of %d benchmarks the data do not show whether they are worse by more than %s", of(CannotTell), len(r.Benchmarks), limit)
	}
	return fmt.Sprintf("PASS: none of %d benchmarks is worse by more than %s", len(r.Benchmarks), limit)
}
