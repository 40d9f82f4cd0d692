package mockserver

import (
	"container/heap"
	"slices"
	"sync"

	"github.com/fanbench/fanbench/mockserver/config"
)

// station is a first-in-first-out capacity at work: the recursion of Kiefer and
// Wolfowitz (On the theory of queues with many servers, 1955), in which a request
// starts at its arrival or when the first slot is free, whichever is later. Since
// service times are known at arrival, so are start and end, and the engine's own
// lateness never adds up along the queue. Times are ns on the model's clock.
type station struct {
	mu     sync.Mutex
	model  config.Capacity
	free   times   // when each slot is free that is busy or was lately, earliest first
	idle   []int64 // since when each other slot has been free, mostly in that order
	starts []int64 // when those that wait will start, in order
}

// admit returns the start time of a request that arrives now, or false if the queue is full.
func (s *station) admit(now, service int64) (start int64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.model.Slots == 0 {
		return now, true
	}
	begun := 0
	for begun < len(s.starts) && s.starts[begun] <= now {
		begun++
	}
	s.starts = append(s.starts[:0], s.starts[begun:]...)
	for len(s.free) > 0 && s.free[0] <= now {
		s.idle = append(s.idle, heap.Pop(&s.free).(int64))
	}
	if i := s.idleAt(now); i >= 0 {
		s.idle = slices.Delete(s.idle, i, i+1)
		heap.Push(&s.free, later(now, service))
		return now, true
	}
	if s.model.Bounded() && len(s.starts) >= s.model.Queue {
		return 0, false
	}
	for _, v := range s.idle { // free by now, but not yet when this one arrived
		heap.Push(&s.free, v)
	}
	s.idle = s.idle[:0]
	start = s.free[0]
	s.starts = append(s.starts, start)
	s.free[0] = later(start, service)
	heap.Fix(&s.free, 0)
	return start, true
}

// idleAt returns the slot that had been free for the shortest time at now, -1 if none was.
// Requests of several connections are not read in the order of their arrival. A request that
// is read late must find a slot that was free when it arrived, so slots that have been free
// for longest are left for it.
func (s *station) idleAt(now int64) int {
	for i := len(s.idle) - 1; i >= 0; i-- {
		if s.idle[i] <= now {
			return i
		}
	}
	return -1
}

// set changes the capacity for later arrivals. Removed slots are the first to become free: a
// new request starts when fewer than Slots of those before it are left.
func (s *station) set(c config.Capacity) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.model = c
	for _, v := range s.idle {
		heap.Push(&s.free, v)
	}
	for len(s.free) > c.Slots {
		heap.Pop(&s.free)
	}
	s.idle = make([]int64, c.Slots-len(s.free))
}

// times is a heap, the earliest first.
type times []int64

func (t times) Len() int           { return len(t) }
func (t times) Less(i, j int) bool { return t[i] < t[j] }
func (t times) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *times) Push(v any)        { *t = append(*t, v.(int64)) }
func (t *times) Pop() any {
	v := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return v
}
