package bench

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// A run on recorded latencies is whole by itself: moved elsewhere, and with the file of
// the user's gone, it is read and knows its latencies.
func TestARunKeepsTheRecordingsThatItDrawsFrom(t *testing.T) {
	for _, target := range []string{
		"mock: {latency: {dist: empirical, file: took.csv, column: took, unit: us}}",
		"sleep: {latency: 'empirical:took.csv,column=took,unit=us'}",
	} {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, "took.csv"), "took\n300\n700\n1300\n")
		writeFile(t, filepath.Join(dir, "s.yaml"), "target: {"+target+"}\nworkload: {tasks: 30}\nstrategies: [errgroup]\nmeasure: {rounds: 1}\n")
		s, err := scenario.Read(filepath.Join(dir, "s.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "run")
		if _, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: out, Worker: workerCommand(t)}); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(out, out+"-moved"); err != nil {
			t.Fatal(err)
		}
		run, err := results.Open(out + "-moved")
		if err != nil {
			t.Fatal(err)
		}
		if got := run.Scenarios[0].Scenario.Latencies(1); !reflect.DeepEqual(got, s.Latencies(1)) {
			t.Errorf("%s: the latencies are %v, were %v", target, got, s.Latencies(1))
		}
		for _, tr := range run.Trials {
			if tr.Status != results.StatusOK {
				t.Errorf("%s: %s: %s", target, tr.Status, tr.Error)
			}
		}
		if err := os.RemoveAll(filepath.Join(run.Dir, "recordings")); err != nil {
			t.Fatal(err)
		}
		if _, err := results.Open(run.Dir); err == nil || !strings.Contains(err.Error(), filepath.Join(run.Dir, "recordings")) {
			t.Errorf("%s: without its recordings: %v", target, err)
		}
	}
}
