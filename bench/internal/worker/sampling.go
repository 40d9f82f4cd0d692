package worker

import (
	"runtime/metrics"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
)

// leastPace is the initial time between two samples. A sample takes about 40 us of the
// coordinator's time: BenchmarkRecording measures the total.
const leastPace = 5 * time.Millisecond

// Pace is how long after a sample, taken at so long since the trial's start, the next one
// is due: a hundredth of that. So a trial of half a second has a hundred samples, one of
// an hour a thousand, and none has gaps that would be seen when it is drawn.
func Pace(at time.Duration) time.Duration { return max(leastPace, at/100) }

// sampleRuntime sends samples of the Go runtime of this process, at the pace of a recording,
// until stop is called, which waits for a last sample. It takes one goroutine, and does not
// count it. now is the time since the batch's start.
func sampleRuntime(now func() time.Duration, onSample func(machine.RuntimeSample)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for ending := false; !ending; {
			timer := time.NewTimer(Pace(now()))
			select {
			case <-timer.C:
			case <-done:
				timer.Stop()
				ending = true
			}
			s := readRuntime()
			s.At = now()
			s.Goroutines -= samplers
			onSample(s)
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// samplers is the number of goroutines of sampleRuntime.
const samplers = 1

// readRuntime reads the metrics of a recording, in a trial; At is the caller's to fill in. It does
// not stop the world.
func readRuntime() machine.RuntimeSample {
	s := []metrics.Sample{{Name: "/sched/goroutines:goroutines"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s)
	return machine.RuntimeSample{Goroutines: int64(s[0].Value.Uint64()) - heartbeats, GCs: int64(s[1].Value.Uint64())}
}
