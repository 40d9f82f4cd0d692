package queueing

import (
	"cmp"
	"container/heap"
	"math"
	"time"
)

// Events simulates a closed batch event by event: what no recursion over its tasks can do, since
// what happens to a task depends on later ones. These are a server that divides its capacity
// among all requests, second attempts, and limits that move.
type Events struct {
	Limit func() int           // tasks at once, asked before each start; at least 1
	Ended func(e Ended)        // of each task; may be nil
	Hedge *Hedging             // second attempts; nil for none
	Cost  time.Duration        // of an attempt, beyond its service
	Draw  func() time.Duration // the service of the next attempt, alone on the server

	Slots   int  // of the server; 0 for any number
	Sharing bool // the server serves all at once, more slowly if there are more than Slots
}

// Ended is a task that ended.
type Ended struct {
	Start, End time.Duration
	Running    int // tasks, itself included
}

// Hedging is when a task is tried a second time.
type Hedging struct {
	Delay  func() (delay time.Duration, hedge bool) // of the next task
	Budget float64                                  // second attempts, as a share of the tasks started
}

// happening is an event of an attempt of a task.
type happening struct {
	what kind
	of   *running
}

type kind int

const (
	late kind = iota // a task has not ended after its delay
	over             // an attempt ended
)

// running is a task under way.
type running struct {
	start time.Duration
	done  bool
	left  int // attempts
}

// Run simulates n tasks. It stops early when stop, which may be nil and is asked now and then,
// says so. It returns how many tasks ended, and when the last of them did.
func (e *Events) Run(n int, stop func() bool) (done int, last time.Duration) {
	s := simulation{Events: e, n: n}
	if e.Slots > 0 && !e.Sharing {
		s.slots = make(places, e.Slots)
	}
	s.start(0)
	for step := 0; s.ended < n; step++ {
		if step%4096 == 0 && stop != nil && stop() {
			break
		}
		s.step()
	}
	return s.ended, s.last
}

// simulation is the state between two events.
type simulation struct {
	*Events
	n                      int
	calendar               agenda[time.Duration, happening]
	begun, inFlight, ended int
	hedges                 int
	last                   time.Duration
	slots                  places
	share                  sharing
}

func (s *simulation) plan(at time.Duration, what kind, of *running) {
	s.calendar.add(at, happening{what, of})
}

// step lets the next event happen: the next of the calendar, or the end of a service of a
// server that shares.
func (s *simulation) step() {
	at, planned := s.calendar.first()
	if t, some := s.share.first(s.Slots); some && (!planned || t < at) {
		of := s.share.take(t, s.Slots)
		s.plan(t+s.Cost, over, of)
		return
	}
	h := s.calendar.take()
	switch h.what {
	case late:
		if !h.of.done && float64(s.hedges) < s.Hedge.Budget*float64(s.begun) {
			s.hedges++
			s.attempt(at, h.of)
		}
	case over:
		s.over(at, h.of)
	}
}

// start starts the tasks for which there is room now.
func (s *simulation) start(now time.Duration) {
	for s.begun < s.n && s.inFlight < s.Limit() {
		s.begun++
		s.inFlight++
		r := &running{start: now}
		s.attempt(now, r)
		if s.Hedge != nil {
			if delay, hedge := s.Hedge.Delay(); hedge {
				s.plan(now+delay, late, r)
			}
		}
	}
}

// attempt sends a request.
func (s *simulation) attempt(now time.Duration, r *running) {
	r.left++
	service := s.Draw()
	switch {
	case s.Sharing && s.Slots > 0:
		s.share.add(now, service, r, s.Slots)
	case s.slots != nil:
		end := max(now, s.slots[0]) + service
		s.slots.take(end)
		s.plan(end+s.Cost, over, r)
	default:
		s.plan(now+service+s.Cost, over, r)
	}
}

// over ends an attempt, and with the first its task.
func (s *simulation) over(now time.Duration, r *running) {
	if r.done {
		return
	}
	r.done = true
	s.last = now
	if s.Ended != nil {
		s.Ended(Ended{r.start, now, s.inFlight})
	}
	s.inFlight--
	s.ended++
	s.start(now)
}

// sharing is a server that divides its slots among all requests. A request is over when every
// request's part, which grows by so much since it came, is its service; so those under way end
// in the order of that, whatever comes later.
type sharing struct {
	now  time.Duration
	part float64 // of a request that is there since the start
	due  agenda[float64, *running]
}

// speed is that of each request.
func (s *sharing) speed(slots int) float64 {
	return math.Min(1, float64(slots)/float64(max(1, len(s.due.list))))
}

func (s *sharing) advance(now time.Duration, slots int) {
	s.part += float64(now-s.now) * s.speed(slots)
	s.now = now
}

func (s *sharing) add(now, service time.Duration, of *running, slots int) {
	s.advance(now, slots)
	s.due.add(s.part+float64(service), of)
}

// first is when the next request is over.
func (s *sharing) first(slots int) (time.Duration, bool) {
	at, some := s.due.first()
	if !some {
		return 0, false
	}
	return s.now + time.Duration(math.Ceil(math.Max(0, at-s.part)/s.speed(slots))), true
}

func (s *sharing) take(now time.Duration, slots int) *running {
	s.advance(now, slots)
	return s.due.take()
}

// agenda are things in order of when they are due; of two that are due at once, the first that was added.
type agenda[K cmp.Ordered, V any] struct {
	list entries[K, V]
	seq  int
}

func (a *agenda[K, V]) add(at K, v V) {
	a.seq++
	heap.Push(&a.list, entry[K, V]{at, a.seq, v})
}

// first is when the next is due, if there is one.
func (a *agenda[K, V]) first() (at K, some bool) {
	if len(a.list) == 0 {
		return at, false
	}
	return a.list[0].at, true
}

// take removes the next.
func (a *agenda[K, V]) take() V { return heap.Pop(&a.list).(entry[K, V]).what }

type entry[K cmp.Ordered, V any] struct {
	at   K
	seq  int
	what V
}

type entries[K cmp.Ordered, V any] []entry[K, V]

func (e entries[K, V]) Len() int { return len(e) }
func (e entries[K, V]) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].seq < e[j].seq
}
func (e entries[K, V]) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *entries[K, V]) Push(x any)   { *e = append(*e, x.(entry[K, V])) }
func (e *entries[K, V]) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
