package results

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/scenario"

	"golang.org/x/perf/benchfmt"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quote"
)

// benchUnit is a metric in a line of bench.txt, with its metadata for benchstat. An unknown
// figure, NaN, is left out of the line.
type benchUnit struct {
	name   string
	better string // "lower", "higher", or "" if neither is
	value  func(t Trial, sojourns []float64) float64
}

// units are all units, in the order in which they are written.
var units = benchUnits()

func benchUnits() []benchUnit {
	list := []benchUnit{
		{"ns/op", "lower", func(t Trial, _ []float64) float64 { return float64(t.Makespan) }},
		{"tasks/s", "higher", func(t Trial, s []float64) float64 { return float64(len(s)) / t.Makespan.Seconds() }},
		{"efficiency", "higher", efficiency},
		{"p50-ns", "lower", func(_ Trial, s []float64) float64 { return quantile(s, 0.5) }},
		{"p99-ns", "lower", func(_ Trial, s []float64) float64 { return quantile(s, 0.99) }},
	}
	for _, m := range metric.All {
		if m.Bench == "" {
			continue
		}
		list = append(list, benchUnit{m.Bench, m.Better, func(t Trial, _ []float64) float64 {
			if !m.Known(t.Usage) {
				return math.NaN()
			}
			return float64(m.Of(t.Usage))
		}})
	}
	return list
}

// quantile is stat.Quantiles, or NaN if the sample is too small for it.
func quantile(x []float64, q float64) float64 {
	if !stat.Supports(len(x), q) {
		return math.NaN()
	}
	return stat.Quantiles(x, q)[0]
}

// efficiency is the trial's efficiency, or NaN if no bound is known.
func efficiency(t Trial, _ []float64) float64 {
	if t.Bound == nil {
		return math.NaN()
	}
	return t.Efficiency()
}

// benchHeader is the beginning of bench.txt: the machine, and which direction is better for
// each unit.
//
// If the machines of a merged run differ, it names all: benchstat would make a table for each
// value.
func benchHeader(m Manifest) []byte {
	var b bytes.Buffer
	for _, key := range []struct {
		name string
		of   func(e machine.Environment) string
	}{
		{"goos", func(e machine.Environment) string { return e.OS }},
		{"goarch", func(e machine.Environment) string { return e.Arch }},
		{"cpu", func(e machine.Environment) string { return e.CPU }},
	} {
		values := []string{quote.Printable(key.of(m.Environment))}
		for _, p := range m.Parts {
			if v := quote.Printable(key.of(p.Environment)); !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
		if text := strings.Trim(strings.Join(values, ", "), ", "); text != "" {
			fmt.Fprintf(&b, "%s: %s\n", key.name, text)
		}
	}
	w := benchfmt.NewWriter(&b)
	for _, u := range units {
		if u.better == "" {
			continue
		}
		// Writing to a buffer cannot fail.
		_ = w.Write(&benchfmt.UnitMetadata{UnitMetadataKey: benchfmt.UnitMetadataKey{Key: "better"}, OrigUnit: u.name, Value: u.better})
	}
	return b.Bytes()
}

// BenchName returns the benchmark name of a scenario's batches, without "Benchmark" and the
// suffix of GOMAXPROCS, as in bench.txt and go test -bench.
func BenchName(s scenario.Scenario, strategy string) string {
	rate := ""
	if s.Workload.Arrivals != nil {
		rate = fmt.Sprintf("/rate=%g", s.Workload.Rate())
	}
	return fmt.Sprintf("Fanout/scenario=%s/tasks=%d%s/strategy=%s", s.Name, s.Workload.Tasks, rate, strategy)
}

// benchLine returns the trial as a line of the Go benchmark format. It sorts the sojourns.
func benchLine(s scenario.Scenario, t Trial, sojourns []float64, procs int) []byte {
	slices.Sort(sojourns)
	var b bytes.Buffer
	fmt.Fprintf(&b, "Benchmark%s-%d 1", BenchName(s, t.Strategy), procs)
	for _, u := range units {
		if v := u.value(t, sojourns); !math.IsNaN(v) {
			// Not benchfmt.Writer, which would write 6.003211042e+09.
			fmt.Fprintf(&b, " %s %s", strconv.FormatFloat(v, 'f', -1, 64), u.name)
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}
