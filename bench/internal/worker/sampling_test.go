package worker

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
)

// However long a trial, its samples are never nearer to each other than the least pace,
// never further apart than a hundredth of it, and not many.
func TestPaceKeepsRecordingsSmall(t *testing.T) {
	for length, most := range map[time.Duration]int{100 * time.Millisecond: 20, time.Second: 170, time.Minute: 600, 24 * time.Hour: 1400} {
		samples := 0
		for at := time.Duration(0); at < length; at += Pace(at) {
			if samples++; Pace(at) < leastPace || Pace(at) > max(leastPace, length/100) {
				t.Fatalf("after %v the next is due in %v", at, Pace(at))
			}
		}
		if samples > most {
			t.Errorf("a trial of %v has %d samples", length, samples)
		}
	}
}

// tell tells at its pace and at the end, and then no more.
func TestTell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var heard []machine.RuntimeSample
		stop := sampleRuntime(func() time.Duration { return time.Since(began) }, func(s machine.RuntimeSample) { heard = append(heard, s) })
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
