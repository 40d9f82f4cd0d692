package summary

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"

	"github.com/google/go-cmp/cmp"

	_ "github.com/fanbench/fanbench/strategies/all"
)

const ms = time.Millisecond

// A recording ends with its trial: a later sample counts as the end.
func TestRecordingEndsWithItsTrial(t *testing.T) {
	samples := results.UsageSeries{
		Process: []machine.ProcessSample{{At: 2 * ms, Threads: 5, RSS: 100, CPU: 7 * ms}, {At: 3 * ms, Threads: 5, RSS: 110, CPU: 8 * ms}, {At: 12 * ms, Threads: 6, RSS: 90, CPU: 21500 * time.Microsecond}, {At: 20 * ms}},
		Runtime: []machine.RuntimeSample{{At: 0, Goroutines: 5, GCs: 4}, {At: 5 * ms, Goroutines: 50, GCs: 4}, {At: 9 * ms, Goroutines: 40, GCs: 6}, {At: 11 * ms, Goroutines: 6, GCs: 7}, {At: 12 * ms, GCs: 8}},
	}
	trial := results.Trial{Status: results.StatusOK, Makespan: 8 * ms, Returned: 10 * ms}
	got := newRecording(trial, results.UsageSeries{Process: slices.Clone(samples.Process), Runtime: samples.Runtime})
	want := Recording{
		Trial: trial, End: 0.010,
		Threads:     []Sample{{0.002, 5}, {0.003, 5}, {0.010, 6}},
		RSS:         []Sample{{0.002, 100}, {0.003, 110}, {0.010, 90}},
		Cores:       []Sample{{0.003, 1}, {0.010, 1.5}},
		Goroutines:  []Sample{{0, 5}, {0.005, 50}, {0.009, 40}, {0.010, 6}},
		Collections: []float64{0.009, 0.010},
	}
	got.InFlight = nil
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}

	trial = results.Trial{Status: results.StatusPanic, Makespan: 8 * ms}
	if got := newRecording(trial, samples); got.End != 0.020 || len(got.Threads) != 4 || len(got.Goroutines) != 5 {
		t.Errorf("one that died ends at %g, with %d and %d samples", got.End, len(got.Threads), len(got.Goroutines))
	}
}

// With several warm-up trials the last one is shown, with the data of its records.
func TestRecordingOfARun(t *testing.T) {
	run, err := results.Open(filepath.Join("..", "testdata", "recorded"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Of(run)
	if err != nil {
		t.Fatal(err)
	}
	peaks := map[string]float64{}
	for _, st := range s.Scenarios[0].Strategies {
		r := st.Recording
		if r == nil || !r.Trial.Warmup() || len(r.RSS) == 0 || len(r.Goroutines) == 0 {
			t.Fatalf("%s: %+v", st.Strategy, r)
		}
		mean := 0.0
		row := r.InFlight.Row(0)
		for _, n := range row {
			mean += n / float64(len(row))
		}
		// Little's law, over the recorded trial.
		if r.Trial.Sound == nil || mean < 0.99*r.Trial.Sound.InFlight || mean > 1.01*r.Trial.Sound.InFlight {
			t.Errorf("%s: %g tasks in flight, its soundness %+v", st.Strategy, mean, r.Trial.Sound)
		}
		peak, _ := Peak(r.Goroutines)
		peaks[st.Strategy] = peak.Value
	}
	if peaks["goroutine-per-task"] < peaks["sequential"]+20 {
		t.Errorf("peaks of goroutines: %v", peaks)
	}
}
