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

	"github.com/fanbench/fanbench/internal/recordfile"
)

// The samples of a trial count from the batch's start, which the conductor hears of late.
func TestRecordingCountsFromTheBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		r := record(func() (Outside, error) {
			looks++
			return Outside{Threads: int64(looks)}, nil
		})
		const preparing, delay, ran = 101 * time.Millisecond, 3 * time.Millisecond, 50 * time.Millisecond
		time.Sleep(preparing + delay)
		r.hear(Inside{At: 0, Goroutines: 5})
		time.Sleep(ran)
		r.hear(Inside{At: ran + delay - time.Millisecond, Goroutines: 9}) // heard sooner
		got := r.finish(-1)

		first, last := got.Outside[0], got.Outside[len(got.Outside)-1]
		if first.At < 0 || first.At >= pace(0) {
			t.Errorf("the first sample is at %v", first.At)
		}
		if want := ran + delay - time.Millisecond; last.At != want {
			t.Errorf("the last sample is at %v, the trial's end at %v", last.At, want)
		}
		if int(last.Threads) != looks || int(first.Threads) <= int((preparing-pace(0))/pace(0)) {
			t.Errorf("samples %d to %d of %d", first.Threads, last.Threads, looks)
		}
		if !slices.Equal(got.Inside, []Inside{{0, 5, 0}, {ran + delay - time.Millisecond, 9, 0}}) {
			t.Errorf("inside: %v", got.Inside)
		}
	})
}

// Of a worker that tells nothing but its end, that places the samples; of one that dies
// without a word, its order does.
func TestRecordingOfASilentWorker(t *testing.T) {
	for returned, want := range map[time.Duration]time.Duration{20 * time.Millisecond: 20 * time.Millisecond, -1: 30 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			r := record(func() (Outside, error) { return Outside{}, nil })
			time.Sleep(30 * time.Millisecond)
			got := r.finish(returned)
			if last := got.Outside[len(got.Outside)-1].At; last != want {
				t.Errorf("returned %v: the last sample is at %v, not %v", returned, last, want)
			}
		})
	}
}

// Where the system tells nothing, what the worker tells is recorded all the same.
func TestRecordingWhereNothingCanBeSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		r := record(func() (Outside, error) { looks++; return Outside{}, errors.ErrUnsupported })
		time.Sleep(time.Second)
		r.hear(Inside{Goroutines: 1})
		if got := r.finish(0); len(got.Outside) != 0 || len(got.Inside) != 1 || looks != 1 {
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
			rec, err := run.Recording(tr)
			if err != nil {
				t.Fatal(err)
			}
			if rec.empty() == tr.Warmup() {
				t.Errorf("round %d of %s: %+v", tr.Round, tr.Strategy, rec)
			}
			if tr.Warmup() {
				recorded++
				if rec.Outside[0].Threads != 7 || !slices.Equal(rec.Inside, []Inside{{0, 9, 1}}) {
					t.Errorf("%s: %+v", tr.Recording, rec)
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
	told := func(strategy string, recorded bool) (heard []Inside) {
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer server.Close()
		dir := t.TempDir()
		path := filepath.Join(dir, "x.rec")
		if err := recordfile.Create(path, 10); err != nil {
			t.Fatal(err)
		}
		w, err := openRemote(t.Context(), command{args: workerCommand(t), log: filepath.Join(dir, "worker.log"), death: tellOnDeath}, job{strategy: strategy, tasks: 10, timeout: patient, url: server.URL}, limits{}, patient)
		if err != nil {
			t.Fatal(err)
		}
		defer w.close(patience)
		order := trialOrder{round: -1, records: path, census: true}
		if recorded {
			order.hear = func(s Inside) { heard = append(heard, s) }
		}
		_, err = w.trial(t.Context(), order)
		if _, seen := w.observe(); seen != nil && err == nil && runtime.GOOS == "linux" {
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
