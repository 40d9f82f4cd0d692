package results

import (
	"bytes"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"

	"github.com/fanbench/fanbench/bench/machine"

	"golang.org/x/perf/benchfmt"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// units are the metrics of a line of bench.txt, in the order they are written, with
// what benchstat should know of them. A metric whose figure is not known is left out
// of its line.
var units = []struct {
	name   string
	better string // "lower", "higher", or "" where neither is
	value  func(t Trial, sojourns []float64) float64
}{
	{"ns/op", "lower", func(t Trial, _ []float64) float64 { return float64(t.Makespan) }},
	{"tasks/s", "higher", func(t Trial, s []float64) float64 { return float64(len(s)) / t.Makespan.Seconds() }},
	{"efficiency", "higher", efficiency},
	{"p50-ns", "lower", func(_ Trial, s []float64) float64 { return quantile(s, 0.5) }},
	{"p99-ns", "lower", func(_ Trial, s []float64) float64 { return quantile(s, 0.99) }},
	{"cpu-ns", "lower", func(t Trial, _ []float64) float64 { return known(int64(t.Usage.CPU)) }},
	{"peak-RSS-B", "lower", func(t Trial, _ []float64) float64 { return known(t.Usage.PeakRSS) }},
	{"B/op", "lower", func(t Trial, _ []float64) float64 { return float64(t.Usage.AllocBytes) }},
	{"allocs/op", "lower", func(t Trial, _ []float64) float64 { return float64(t.Usage.Allocs) }},
	{"connections", "", func(t Trial, _ []float64) float64 { return float64(t.Usage.Connections) }},
}

// quantile is that of stat.Quantiles, or NaN where the sample is too small for it.
func quantile(x []float64, q float64) float64 {
	if !stat.Supports(len(x), q) {
		return math.NaN()
	}
	return stat.Quantiles(x, q)[0]
}

// efficiency is that of the trial, or NaN where no bound is known.
func efficiency(t Trial, _ []float64) float64 {
	if t.Bound == nil {
		return math.NaN()
	}
	return t.Efficiency()
}

// known is the figure, or NaN where 0 stands for not known.
func known(v int64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return float64(v)
}

// benchHeader is the beginning of bench.txt: where it was measured, and what better
// means for each unit.
func benchHeader(e machine.Environment) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "goos: %s\ngoarch: %s\n", runtime.GOOS, runtime.GOARCH)
	if e.CPU != "" {
		fmt.Fprintf(&b, "cpu: %s\n", e.CPU)
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

// BenchName is the benchmark name of a batch, without "Benchmark" and the suffix of
// GOMAXPROCS: what bench.txt and go test -bench call it.
func BenchName(scenario string, tasks int, strategy string) string {
	return fmt.Sprintf("Fanout/scenario=%s/tasks=%d/strategy=%s", scenario, tasks, strategy)
}

// benchLine is the trial as a line of the Go benchmark format.
func benchLine(t Trial, records []strategies.Record) []byte {
	sojourns := make([]float64, len(records))
	for i := range records {
		sojourns[i] = float64(records[i].Sojourn())
	}
	slices.Sort(sojourns)
	var b bytes.Buffer
	fmt.Fprintf(&b, "Benchmark%s-%d 1", BenchName(t.Scenario, len(records), t.Strategy), runtime.GOMAXPROCS(0))
	for _, u := range units {
		if v := u.value(t, sojourns); !math.IsNaN(v) {
			// Not benchfmt.Writer, which would write 6.003211042e+09.
			fmt.Fprintf(&b, " %s %s", strconv.FormatFloat(v, 'f', -1, 64), u.name)
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}
