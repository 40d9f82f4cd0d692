package compare

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"

	"golang.org/x/perf/benchfmt"

	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/quote"
)

// Side is one of the two sides of a comparison.
type Side struct {
	Path string
	Run  *results.Run // nil unless Path is a run directory

	text    strings.Builder   // the whole text, in the Go benchmark format
	series  map[key]*series   //
	names   []key             // keys of series, in order of appearance
	machine map[string]string // goos, goarch and cpu, as far as known
	units   map[string]int    // -1 if less is better, 1 if more is better
	skipped []*benchfmt.SyntaxError
}

// key identifies a benchmark and one of its units.
type key struct{ pkg, name, unit string }

// series has the values of a key in the order of measurement.
type series struct {
	values []float64
	rounds []int // round of each value; 0 if unknown

	negative error // an error about the first negative value; nil if there is none
}

// Open reads a run directory, or a file in the Go benchmark format such as the output of go
// test -bench.
func Open(path string) (*Side, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading what to compare: %w", err)
	}
	s := newSide(path)
	file, most := path, int64(plainfile.MaxData)
	if info.IsDir() {
		if s.Run, err = results.Open(path); err != nil {
			return nil, err
		}
		if s.Run.Damaged(results.BenchFile) {
			return s, nil // the run is invalid, so there is nothing to compare
		}
		file, most = filepath.Join(path, results.BenchFile), plainfile.MaxRun
	}
	text, err := plainfile.Read(file, most)
	if err != nil {
		return nil, fmt.Errorf("reading what to compare: %w", err)
	}
	if err := s.add(file, string(text), s.roundsOfRun()); err != nil {
		return nil, err
	}
	if len(s.names) == 0 && s.Run == nil {
		why := "it has no line that begins with Benchmark"
		if len(s.skipped) > 0 {
			why = s.skipped[0].Error()
		}
		return nil, fmt.Errorf("%s is neither a run directory nor the output of a Go benchmark: %s", path, why)
	}
	return s, nil
}

func newSide(path string) *Side {
	return &Side{Path: path, series: map[key]*series{}, machine: map[string]string{}, units: map[string]int{}}
}

// add reads the text of the named file. round returns the round of the n-th line (from 0) of a
// benchmark, 0 if unknown. The error lists every value that cannot be compared, as file:line.
func (s *Side) add(file, text string, round func(name string, n int) int) error {
	s.text.WriteString(text)
	if !strings.HasSuffix(text, "\n") {
		s.text.WriteByte('\n')
	}
	lines := map[[2]string]int{}
	var bad []error
	r := benchfmt.NewReader(strings.NewReader(text), file)
	for r.Scan() {
		switch record := r.Result().(type) {
		case *benchfmt.SyntaxError:
			s.skipped = append(s.skipped, record)
		case *benchfmt.Result:
			id := [2]string{record.GetConfig("pkg"), record.Name.String()}
			for _, v := range record.Values {
				if err := finite(record, v); err != nil {
					bad = append(bad, err)
					continue
				}
				k := key{id[0], id[1], v.Unit}
				if s.series[k] == nil {
					s.series[k] = &series{}
					s.names = append(s.names, k)
				}
				if v.Value < 0 && s.series[k].negative == nil {
					s.series[k].negative = valueError(record, v, "is negative")
				}
				s.series[k].values = append(s.series[k].values, v.Value)
				s.series[k].rounds = append(s.series[k].rounds, round(id[1], lines[id]))
				s.units[v.Unit] = r.Units().GetBetter(v.Unit)
			}
			lines[id]++
			for _, what := range machineKeys {
				if value := record.GetConfig(what); value != "" {
					s.machine[what] = value
				}
			}
		}
	}
	if err := r.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", file, err)
	}
	return errors.Join(bad...)
}

// finite returns an error unless the value is plausible for a benchmark: a finite number, and
// not a time of zero.
func finite(r *benchfmt.Result, v benchfmt.Value) error {
	switch {
	case math.IsNaN(v.Value) || math.IsInf(v.Value, 0):
		return valueError(r, v, "is not a finite number")
	case v.Value == 0 && (v.Unit == "sec/op" || v.Unit == "ns/op"): // benchfmt does not tidy the unit of a zero
		return valueError(r, v, "is zero")
	}
	return nil
}

func valueError(r *benchfmt.Result, v benchfmt.Value, why string) error {
	value, unit := v.OrigValue, v.OrigUnit
	if unit == "" {
		value, unit = v.Value, v.Unit
	}
	file, line := r.Pos()
	return fmt.Errorf("%s:%d: %v %s %s, so it cannot be compared; remove the line or measure again", file, line, value, quote.Plain(unit), why)
}

// machineKeys are the configuration keys of Go benchmarks that describe a machine.
var machineKeys = []string{"goos", "goarch", "cpu"}

// unknownRound is for text without rounds.
func unknownRound(string, int) int { return 0 }

// failed says why a benchmark did not do its work: too many of the strategy's tasks failed. It
// is "" if it did, or if that is unknown.
func (s *Side) failed(k key) string {
	if s.Run == nil {
		return ""
	}
	for _, p := range s.Run.Scenarios {
		for _, c := range p.Scenario.Strategies {
			if results.BenchName(p.Scenario, c.String()) == withoutProcs(k.name) {
				return s.Run.OverBudget(p.Scenario, c.String())
			}
		}
	}
	return ""
}

// withoutProcs is a benchmark's name without its GOMAXPROCS suffix.
func withoutProcs(name string) string {
	if i := strings.LastIndexByte(name, '-'); i > 0 {
		return name[:i]
	}
	return name
}

// roundsOfRun finds the round of each line of a run's bench.txt. The file has one line for every
// measured trial that did its whole batch, in the order of trials.jsonl.
func (s *Side) roundsOfRun() func(name string, n int) int {
	if s.Run == nil {
		return unknownRound
	}
	rounds := map[string][]int{}
	for _, p := range s.Run.Scenarios {
		for _, c := range p.Scenario.Strategies {
			name := results.BenchName(p.Scenario, c.String())
			for _, t := range s.Run.Of(p.Scenario.Name, c.String()) {
				if t.InBenchText() {
					rounds[name] = append(rounds[name], t.Round)
				}
			}
		}
	}
	return func(name string, n int) int {
		name = withoutProcs(name)
		if n < len(rounds[name]) {
			return rounds[name][n]
		}
		return 0
	}
}

// byRound returns a series' values by round. If a round has several, it returns their median.
func (s *series) byRound() map[int]float64 {
	all := map[int][]float64{}
	for i, r := range s.rounds {
		if r != 0 {
			all[r] = append(all[r], s.values[i])
		}
	}
	out := map[int]float64{}
	for r, values := range all {
		out[r] = stat.Median(values)
	}
	return out
}
