package bench

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// However long a trial, its samples are never nearer to each other than the least pace,
// never further apart than a hundredth of it, and not many.
func TestPaceKeepsRecordingsSmall(t *testing.T) {
	for length, most := range map[time.Duration]int{100 * time.Millisecond: 20, time.Second: 170, time.Minute: 600, 24 * time.Hour: 1400} {
		samples := 0
		for at := time.Duration(0); at < length; at += pace(at) {
			if samples++; pace(at) < leastPace || pace(at) > max(leastPace, length/100) {
				t.Fatalf("after %v the next is due in %v", at, pace(at))
			}
		}
		if samples > most {
			t.Errorf("a trial of %v has %d samples", length, samples)
		}
	}
}

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
		if first.At < 0 || first.At >= leastPace {
			t.Errorf("the first sample is at %v", first.At)
		}
		if want := ran + delay - time.Millisecond; last.At != want {
			t.Errorf("the last sample is at %v, the trial's end at %v", last.At, want)
		}
		if int(last.Threads) != looks || int(first.Threads) <= int((preparing-leastPace)/leastPace) {
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

// tell tells at its pace and at the end, and then no more.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var heard []Inside
		stop := tell(func() time.Duration { return time.Since(began) }, func(s Inside) { heard = append(heard, s) })
		time.Sleep(2*leastPace + leastPace/2)
		stop()
		n := len(heard)
		time.Sleep(time.Second)
		var at []time.Duration
		for _, s := range heard {
			at = append(at, s.At)
			if s.Goroutines < 1 {
				t.Errorf("%d goroutines", s.Goroutines)
			}
		}
		if want := []time.Duration{leastPace, 2 * leastPace, 2*leastPace + leastPace/2}; !slices.Equal(at, want) || len(heard) != n {
			t.Errorf("told at %v, then %d more; want %v", at, len(heard)-n, want)
		}
	})
}

// A recording is read as it was written, its series each in order.
func TestRecordingIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Recording
		number := rapid.Int64Range(0, 1<<40)
		at := rapid.Int64Range(0, 100) // few, so that some are equal
		for range rapid.IntRange(0, 20).Draw(t, "outside") {
			r.Outside = append(r.Outside, Outside{time.Duration(at.Draw(t, "at")), number.Draw(t, "threads"), number.Draw(t, "rss"), time.Duration(number.Draw(t, "cpu"))})
		}
		for range rapid.IntRange(0, 20).Draw(t, "inside") {
			r.Inside = append(r.Inside, Inside{time.Duration(at.Draw(t, "at")), number.Draw(t, "goroutines"), number.Draw(t, "gcs")})
		}
		slices.SortStableFunc(r.Outside, func(a, b Outside) int { return int(a.At - b.At) })
		slices.SortStableFunc(r.Inside, func(a, b Inside) int { return int(a.At - b.At) })
		got, err := decodeRecording(bytes.NewReader(r.encode()))
		if err != nil || !slices.Equal(got.Outside, r.Outside) || !slices.Equal(got.Inside, r.Inside) {
			t.Fatalf("wrote %+v, read %+v (%v)", r, got, err)
		}
	})
}

func TestRecordingsThatCannotBeRead(t *testing.T) {
	const head = "at_ns,threads,rss_bytes,cpu_ns,goroutines,gcs\n"
	for text, want := range map[string]string{
		"":                      "EOF",
		"at,threads\n":          "its columns are",
		head + "1,2,3\n":        "wrong number of fields",
		head + "1,2,x,4,,\n":    "line 2: rss_bytes",
		head + "1,,,,many,0\n":  "line 2: goroutines",
		head + "1,2,3,4,,\n5\n": "line 3",
	} {
		if _, err := decodeRecording(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
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
		if err := createRecords(path, 10); err != nil {
			t.Fatal(err)
		}
		w, err := openRemote(t.Context(), workerCommand(t), "", job{strategy: strategy, tasks: 10, timeout: patient, url: server.URL}, patient, filepath.Join(dir, "worker.log"), tellOnDeath)
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

// What a process uses is read from the system, where it tells.
func TestObserve(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux only")
	}
	before, err := observe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	held := make([]byte, 64<<20)
	for i := 0; i < len(held); i += 4 << 10 {
		held[i] = 1
	}
	after, err := observe(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	runtime.KeepAlive(held)
	if before.Threads < 1 || after.RSS-before.RSS < 32<<20 || after.CPU <= before.CPU {
		t.Errorf("before %+v, after %+v", before, after)
	}
}
