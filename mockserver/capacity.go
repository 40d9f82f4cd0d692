package mockserver

import (
	"container/heap"
	"math"
	"slices"
	"sync"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/suggest"
)

// Full says what becomes of a request that finds the queue full.
type Full string

// What a full queue does. With FullWait it is never full: all wait.
const (
	FullWait   Full = "wait"
	FullReject Full = "503"
	FullReset  Full = "reset"
)

// Discipline says how the slots serve those that are there.
type Discipline string

// The disciplines. With ProcessorSharing all requests are served at once, and n of
// them proceed at slots/n of full speed each when n exceeds the slots.
const (
	FirstInFirstOut  Discipline = "fifo"
	ProcessorSharing Discipline = "ps"
)

// Capacity is a queueing model in front of the service time: Slots servers and a
// queue. In Kendall's notation the arrivals of the clients and the Latency make it
// M/M/c (exponential), M/G/1 and so on. The zero value serves all requests at once.
//
// A slot that a request holds is not given up when its client goes away: the server
// finishes what it began, as servers do that do not look.
type Capacity struct {
	Slots      int        // concurrent services; 0 is unlimited
	Queue      int        // the most requests that wait for a slot; only with FullReject and FullReset
	Full       Full       // "" is FullWait
	Discipline Discipline // "" is FirstInFirstOut
}

// Each slot takes 8 bytes.
const (
	maxSlots = 10_000_000
	maxQueue = math.MaxInt32
)

func (c Capacity) validate() (errs keyed.List) {
	wrong := errs.Add
	keyed.Range(&errs, "slots", c.Slots, 0, maxSlots)
	keyed.Range(&errs, "queue", c.Queue, 0, maxQueue)
	if err := oneOf(c.Full, "", FullWait, FullReject, FullReset); err != nil {
		wrong("full", "%w", err)
	}
	if err := oneOf(c.Discipline, "", FirstInFirstOut, ProcessorSharing); err != nil {
		wrong("discipline", "%w", err)
	}
	if c.Queue > 0 && !c.bounded() {
		wrong("queue", "%d has no effect with full: wait, where all wait; choose full: 503 or reset", c.Queue)
	}
	if c.Slots == 0 {
		switch { // a queue given in YAML implies what it does when it is full
		case c.Queue > 0:
			wrong("queue", "has no effect without slots; give slots")
		case c.bounded():
			wrong("full", "%s has no effect without slots; give slots, or full: wait", c.Full)
		}
		if c.Discipline == ProcessorSharing {
			wrong("discipline", "ps has no effect without slots; give slots, or discipline: fifo")
		}
	}
	return errs
}

// bounded reports whether the queue can be full.
func (c Capacity) bounded() bool { return c.Full == FullReject || c.Full == FullReset }

// oneOf returns an error unless v is one of the values; "" is not shown.
func oneOf[T ~string](v T, values ...T) error {
	var known []string
	for _, k := range values {
		if v == k {
			return nil
		}
		if k != "" {
			known = append(known, string(k))
		}
	}
	return suggest.Unknown("value", string(v), known)
}

// station is a first-in-first-out capacity at work: the recursion of Kiefer and
// Wolfowitz (On the theory of queues with many servers, 1955), in which a request
// starts at its arrival or when the first slot is free, whichever is later. Since
// service times are known at arrival, so are start and end, and the engine's own
// lateness never adds up along the queue. Times are ns on the model's clock.
type station struct {
	mu     sync.Mutex
	model  Capacity
	free   times   // when each slot is free that is busy or was lately, earliest first
	idle   []int64 // since when each other slot has been free, mostly in that order
	starts []int64 // when those that wait will start, in order
}

// admit returns when a request starts that arrives now, or false if the queue has no
// room for it.
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
	if s.model.bounded() && len(s.starts) >= s.model.Queue {
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

// idleAt is the slot that had been free for the shortest time at now, -1 if none was.
// Requests of several connections are not read in the order in which they arrived. One
// that is read late must find a slot that was free when it arrived, so those that have
// been free for longest are left for it.
func (s *station) idleAt(now int64) int {
	for i := len(s.idle) - 1; i >= 0; i-- {
		if s.idle[i] <= now {
			return i
		}
	}
	return -1
}

// set changes the capacity for those that arrive from now on. Slots that are taken
// away are the first to become free: a new request starts when fewer than Slots of
// those before it are left.
func (s *station) set(c Capacity) {
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
