package bench

import (
	"runtime/metrics"
	"sync"
	"time"
)

// leastPace is the time between two samples at first. A look takes some 40 us of the
// conductor's time: BenchmarkRecording has what that comes to.
const leastPace = 5 * time.Millisecond

// pace is how long after a sample, taken at so long since the trial's start, the next one
// is due: a hundredth of that. So a trial of half a second has a hundred samples, one of
// an hour a thousand, and none has gaps that would be seen when it is drawn.
func pace(at time.Duration) time.Duration { return max(leastPace, at/100) }

// recorder makes the recording of a trial while it goes on: it looks at the process
// from outside, and hears what the worker tells of itself.
type recorder struct {
	look  func() (Outside, error) // At is the recorder's to fill in
	began time.Time               // of the recording, a little before the batch
	done  chan struct{}
	ended chan struct{}

	mu      sync.Mutex
	start   time.Duration // the batch's start, since began; as near as is known
	known   bool          // whether it is
	outside []Outside     // At is since began
	inside  []Inside
}

// record begins a recording. look is called until finish is, and no more once it has
// failed.
func record(look func() (Outside, error)) *recorder {
	r := &recorder{look: look, began: time.Now(), done: make(chan struct{}), ended: make(chan struct{})}
	go r.loop()
	return r
}

func (r *recorder) loop() {
	defer close(r.ended)
	for r.sample() {
		timer := time.NewTimer(pace(time.Since(r.began)))
		select {
		case <-timer.C:
		case <-r.done:
			timer.Stop()
			r.sample()
			return
		}
	}
}

// longestLook is what a look may take. One that was interrupted would have figures of one
// time under another: CPU time that more cores than there are would have spent.
const longestLook = time.Millisecond

// sample takes one from outside, and reports whether it could. Where it is interrupted
// again and again there is none this time.
func (r *recorder) sample() bool {
	for range 3 {
		before := time.Since(r.began)
		s, err := r.look()
		if err != nil {
			return false // it is gone, or this system does not tell
		}
		if s.At = time.Since(r.began); s.At-before <= longestLook {
			r.mu.Lock()
			r.outside = append(r.outside, s)
			r.mu.Unlock()
			break
		}
	}
	return true
}

// hear takes a sample that the worker has sent.
func (r *recorder) hear(s Inside) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside = append(r.inside, s)
	r.place(s.At)
}

// place takes note that something which happened at so long since the batch's start has
// been heard of now. The batch so began no later than the difference: the least of all is
// the nearest.
func (r *recorder) place(at time.Duration) {
	if start := time.Since(r.began) - at; !r.known || start < r.start {
		r.start, r.known = start, true
	}
}

// finish ends the recording. returned is when the strategy returned, since the batch's
// start; negative if it never did. Of a worker that said nothing at all, the batch is
// taken to have begun when it was ordered.
func (r *recorder) finish(returned time.Duration) Recording {
	if returned >= 0 {
		r.mu.Lock()
		r.place(returned)
		r.mu.Unlock()
	}
	close(r.done)
	<-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	out := Recording{Inside: r.inside}
	for _, s := range r.outside {
		if s.At -= r.start; s.At >= 0 { // what came before is not of the trial
			out.Outside = append(out.Outside, s)
		}
	}
	return out
}

// tell tells what the Go runtime says of this process, at the pace of a recording, until
// stop is called, which waits for a last sample. It takes one goroutine, and does not
// count it. now is the time since the batch's start.
func tell(now func() time.Duration, hear func(Inside)) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for ending := false; !ending; {
			timer := time.NewTimer(pace(now()))
			select {
			case <-timer.C:
			case <-done:
				timer.Stop()
				ending = true
			}
			s := readInside()
			s.At = now()
			s.Goroutines -= tellers
			hear(s)
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// tellers is how many goroutines tell is.
const tellers = 1

// readInside reads the metrics of a recording, in a trial; At is the caller's to fill in. It does
// not stop the world.
func readInside() Inside {
	s := []metrics.Sample{{Name: "/sched/goroutines:goroutines"}, {Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(s)
	return Inside{Goroutines: int64(s[0].Value.Uint64()) - heartbeats, GCs: int64(s[1].Value.Uint64())}
}
