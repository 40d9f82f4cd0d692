package bench

import (
	"sync"
	"time"

	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
)

// recorder records a trial while it runs: it samples the process from outside, and takes
// the samples that the worker sends of itself.
type recorder struct {
	look  func() (machine.ProcessSample, error) // At is the recorder's to fill in
	began time.Time                             // of the recording, a little before the batch
	done  chan struct{}
	ended chan struct{}

	mu      sync.Mutex
	start   time.Duration           // the batch's start, since began; as near as is known
	known   bool                    // whether it is
	outside []machine.ProcessSample // At is since began
	inside  []machine.RuntimeSample
}

// record begins a recording. look is called until finish is, and no more once it has
// failed.
func record(look func() (machine.ProcessSample, error)) *recorder {
	r := &recorder{look: look, began: time.Now(), done: make(chan struct{}), ended: make(chan struct{})}
	go r.loop()
	return r
}

func (r *recorder) loop() {
	defer close(r.ended)
	for r.sample() {
		timer := time.NewTimer(worker.Pace(time.Since(r.began)))
		select {
		case <-timer.C:
		case <-r.done:
			timer.Stop()
			r.sample()
			return
		}
	}
}

// longestLook is the maximum time of a look. An interrupted look would pair figures of
// different times: CPU time that more cores than there are would have spent.
const longestLook = time.Millisecond

// sample takes a sample from outside, and reports whether it could. If it is interrupted
// again and again, it takes none.
func (r *recorder) sample() bool {
	for range 3 {
		before := time.Since(r.began)
		s, err := r.look()
		if err != nil {
			return false // it has ended, or this system does not tell
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

// addRuntime adds a sample that the worker has sent.
func (r *recorder) addRuntime(s machine.RuntimeSample) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inside = append(r.inside, s)
	r.place(s.At)
}

// place is called for each event, as soon as it arrives, with the event's time since the
// batch's start. So the batch began at now less that time, or earlier: the earliest start
// of all events is kept.
func (r *recorder) place(at time.Duration) {
	if start := time.Since(r.began) - at; !r.known || start < r.start {
		r.start, r.known = start, true
	}
}

// finish ends the recording. returned is when the strategy returned, since the batch's
// start; negative if it never did. If a worker sent nothing, the batch is assumed to have
// begun when it was ordered.
func (r *recorder) finish(returned time.Duration) results.UsageSeries {
	if returned >= 0 {
		r.mu.Lock()
		r.place(returned)
		r.mu.Unlock()
	}
	close(r.done)
	<-r.ended
	r.mu.Lock()
	defer r.mu.Unlock()
	out := results.UsageSeries{Runtime: r.inside}
	for _, s := range r.outside {
		if s.At -= r.start; s.At >= 0 { // what came before is not of the trial
			out.Process = append(out.Process, s)
		}
	}
	return out
}
