package reports

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"

	"golang.org/x/perf/benchfmt"
)

// testdata/schemas has real runs, one per schema, of the first fanbench that wrote it. All must
// remain readable. If this test fails, the reading code no longer supports an older schema:
// fix the code, not the run. A new schema needs its own run here.
func TestRunsOfEverySchemaAreRead(t *testing.T) {
	names := make([]string, results.SchemaVersion, results.SchemaVersion+1)
	for i := range names {
		names[i] = strconv.Itoa(i + 1)
	}
	for _, schema := range append(names, "4-load", "6-merged") {
		t.Run(schema, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "schemas", schema))); err != nil {
				t.Fatal(err)
			}
			run, err := results.Open(dir)
			if err != nil || run.Status != results.RunComplete || run.Unverified() != (schema == "1") {
				t.Fatalf("%+v, %v", run, err)
			}
			r := render(t, dir, Options{})
			if !slices.Equal(r.Summary.Warnings, run.Warnings) {
				t.Errorf("warnings: %q", r.Summary.Warnings)
			}
			// bench.txt has the same trials in a standard format.
			want := makespans(t, filepath.Join(dir, results.BenchFile))
			for _, sc := range r.Summary.Scenarios {
				for _, st := range sc.Strategies {
					var got []float64
					for _, trial := range st.Trials {
						got = append(got, trial.Makespan.Seconds())
					}
					if len(got) == 0 || !slices.EqualFunc(got, want[sc.Name+" "+st.Strategy], func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) || sc.Rate == 0 && st.Sojourn.Count != len(got)*sc.Tasks {
						t.Errorf("%s: makespans %v, %d tasks; bench.txt has %v", st.Strategy, got, st.Sojourn.Count, want[sc.Name+" "+st.Strategy])
					}
				}
			}
		})
	}
}

// makespans reads the makespans in bench.txt by scenario and strategy, in seconds.
func makespans(t *testing.T, path string) map[string][]float64 {
	t.Helper()
	files := benchfmt.Files{Paths: []string{path}}
	out := map[string][]float64{}
	for files.Scan() {
		result, ok := files.Result().(*benchfmt.Result)
		if !ok {
			continue
		}
		before, rest, _ := strings.Cut(string(result.Name.Full()), "/strategy=")
		_, scenario, _ := strings.Cut(before, "/scenario=")
		scenario, _, _ = strings.Cut(scenario, "/")
		strategy := rest[:strings.LastIndexByte(rest, '-')] // the suffix is GOMAXPROCS
		v, _ := result.Value("sec/op")
		out[scenario+" "+strategy] = append(out[scenario+" "+strategy], v)
	}
	if err := files.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
