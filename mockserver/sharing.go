package mockserver

import (
	"math"
	"slices"
	"sync"

	"github.com/fanbench/fanbench/mockserver/config"
)

// sharing is a capacity with processor sharing at work: n requests proceed at
// min(1, slots/n) of full speed each. It is kept in virtual time, which runs at that
// speed: a request that needs a service ends when virtual time has grown by it since
// its arrival, whoever comes and goes meanwhile. Times are ns on the model's clock.
type sharing struct {
	mu      sync.Mutex
	model   config.Capacity
	at      int64   // the time up to which virtual is right
	virtual float64 // ns
	jobs    []*job  // in service, the first to end first
}

// job is a request in service among others.
type job struct {
	sharing *sharing
	ends    float64 // in virtual time
	ended   bool
	end     int64 // once it has ended
}

// speed is how fast virtual time runs with n requests in service.
func (s *sharing) speed(n int) float64 {
	if n <= s.model.Slots {
		return 1
	}
	return float64(s.model.Slots) / float64(n)
}

// advance moves the time forward and ends the jobs that are done by then.
func (s *sharing) advance(now int64) {
	for len(s.jobs) > 0 {
		end := s.endOfFirst()
		if end > now {
			break
		}
		s.at, s.virtual = end, s.jobs[0].ends
		s.jobs[0].ended, s.jobs[0].end = true, end
		s.jobs = slices.Delete(s.jobs, 0, 1)
	}
	if now > s.at {
		s.virtual += float64(now-s.at) * s.speed(len(s.jobs))
		s.at = now
	}
}

func (s *sharing) endOfFirst() int64 {
	return timeOf(float64(s.at) + (s.jobs[0].ends-s.virtual)/s.speed(len(s.jobs)))
}

// admit begins a service, or returns nil if there is no room for one more.
func (s *sharing) admit(now, service int64) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(now)
	if s.model.Bounded() && len(s.jobs) >= s.model.Slots+s.model.Queue {
		return nil
	}
	j := &job{sharing: s, ends: s.virtual + float64(service)}
	i, _ := slices.BinarySearchFunc(s.jobs, j.ends, func(other *job, ends float64) int {
		if other.ends <= ends {
			return -1 // behind those that end with it
		}
		return 1
	})
	s.jobs = slices.Insert(s.jobs, i, j)
	return j
}

// check returns when the job has ended, or the earliest time at which it can, which
// is the time at which it will if no other request comes.
func (j *job) check(now int64) (end int64, ended bool) {
	s := j.sharing
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(now)
	if j.ended {
		return j.end, true
	}
	at, virtual := float64(s.at), s.virtual
	for i, other := range s.jobs {
		at += (other.ends - virtual) / s.speed(len(s.jobs)-i)
		virtual = other.ends
		if other == j {
			break
		}
	}
	return timeOf(at), false
}

// timeOf is a time in whole ns, the last if it does not fit.
func timeOf(at float64) int64 {
	if at >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(at + 0.5)
}

// set changes the capacity from now on.
func (s *sharing) set(c config.Capacity, now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance(now)
	s.model = c
}
