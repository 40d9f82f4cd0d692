package bench

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/internal/recordfile"
)

// The samples of a trial count from the batch's start, which the coordinator hears of late.
func TestRecordingCountsFromTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		r := record(func() (machine.ProcessSample, error) {
			looks++
			return machine.ProcessSample{Threads: int64(looks)}, nil
		})
		const preparing, delay, ran = 101 * time.Millisecond, 3 * time.Millisecond, 50 * time.Millisecond
		time.Sleep(preparing + delay)
		r.addRuntime(machine.RuntimeSample{At: 0, Goroutines: 5})
		time.Sleep(ran)
		r.addRuntime(machine.RuntimeSample{At: ran + delay - time.Millisecond, Goroutines: 9}) // heard sooner
		got := r.finish(-1)

		first, last := got.Process[0], got.Process[len(got.Process)-1]
		if first.At < 0 || first.At >= worker.Pace(0) {
			t.Errorf("the first sample is at %v", first.At)
		}
		if want := ran + delay - time.Millisecond; last.At != want {
			t.Errorf("the last sample is at %v, the trial's end at %v", last.At, want)
		}
		if int(last.Threads) != looks || int(first.Threads) <= int((preparing-worker.Pace(0))/worker.Pace(0)) {
			t.Errorf("samples %d to %d of %d", first.Threads, last.Threads, looks)
		}
		if !slices.Equal(got.Runtime, []machine.RuntimeSample{{Goroutines: 5}, {At: ran + delay - time.Millisecond, Goroutines: 9}}) {
			t.Errorf("inside: %v", got.Runtime)
		}
	})
}

// Of a worker that tells nothing but its end, that places the samples; of one that dies
// without a word, its order does.
func TestRecordingOfASilentWorker(t *testing.T) {
	for returned, want := range map[time.Duration]time.Duration{20 * time.Millisecond: 20 * time.Millisecond, -1: 30 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			r := record(func() (machine.ProcessSample, error) { return machine.ProcessSample{}, nil })
			time.Sleep(30 * time.Millisecond)
			got := r.finish(returned)
			if last := got.Process[len(got.Process)-1].At; last != want {
				t.Errorf("returned %v: the last sample is at %v, not %v", returned, last, want)
			}
		})
	}
}

// Where the system tells nothing, what the worker tells is recorded all the same.
func TestRecordingWhereNothingCanBeSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		r := record(func() (machine.ProcessSample, error) { looks++; return machine.ProcessSample{}, errors.ErrUnsupported })
		time.Sleep(time.Second)
		r.addRuntime(machine.RuntimeSample{Goroutines: 1})
		if got := r.finish(0); len(got.Process) != 0 || len(got.Runtime) != 1 || looks != 1 {
			t.Errorf("%+v after %d looks", got, looks)
		}
	})
}

// Warm-up trials are recorded, measured ones are not; without warm-up there is nothing.
func TestWarmupIsRecorded(t *testing.T) {
	s := scenarioOf(t, `sequential, "fixed-pool:workers=4"`)
	for _, warmups := range []int{0, 2} {
		s.Measure.Warmup = warmups
		run := measureFake(t.Context(), t, s, nil)
		recorded := 0
		for _, tr := range run.Trials {
			rec, err := run.UsageSeries(tr)
			if err != nil {
				t.Fatal(err)
			}
			if rec.Empty() == tr.Warmup() {
				t.Errorf("round %d of %s: %+v", tr.Round, tr.Strategy, rec)
			}
			if tr.Warmup() {
				recorded++
				if rec.Process[0].Threads != 7 || !slices.Equal(rec.Runtime, []machine.RuntimeSample{{Goroutines: 9, GCs: 1}}) {
					t.Errorf("%s: %+v", tr.UsageFile, rec)
				}
			}
		}
		if recorded != 2*warmups {
			t.Errorf("%d of %d trials were recorded", recorded, 2*warmups)
		}
	}
}

// A worker tells of itself if it is asked to, also one that dies.
func TestAWorkerTells(t *testing.T) {
	told := func(strategy string, recorded bool) (heard []machine.RuntimeSample) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		dir := t.TempDir()
		path := filepath.Join(dir, "x.rec")
		if err := recordfile.Create(path, 10); err != nil {
			t.Fatal(err)
		}
		w, err := openRemote(t.Context(), child.Command{Args: workerCommand(t), Log: filepath.Join(dir, "worker.log"), Death: child.TellOnDeath}, worker.Job{Strategy: strategy, Tasks: 10, Timeout: patient, URL: server.URL}, limits{}, patient)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close(child.Patience)
		order := worker.Order{Round: -1, Records: path, Census: true}
		if recorded {
			order.OnSample = func(s machine.RuntimeSample) { heard = append(heard, s) }
		}
		_, err = w.Trial(t.Context(), order)
		if _, seen := w.Observe(); seen != nil && err == nil && runtime.GOOS == "linux" {
			t.Error(seen)
		}
		return heard
	}
	if heard := told("sequential", false); len(heard) > 0 {
		t.Errorf("not asked, and told %v", heard)
	}
	heard := told("sequential", true)
	if n := len(heard); n < 2 || heard[0].Goroutines < 1 || heard[n-1].At <= heard[0].At {
		t.Errorf("told %v", heard)
	}
	if heard := told("test-panics", true); len(heard) == 0 {
		t.Error("one that panicked had told nothing before")
	}
}
