package config

import (
	"math"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/suggest"
)

// Full is the action for a request that finds the queue full.
type Full string

// The actions of a full queue. With FullWait it is never full: all requests wait.
const (
	FullWait   Full = "wait"
	FullReject Full = "503"
	FullReset  Full = "reset"
)

// Discipline is how the slots serve the requests.
type Discipline string

// The disciplines. With ProcessorSharing all requests are served at once, and n of
// them proceed at slots/n of full speed each when n exceeds the slots.
const (
	FirstInFirstOut  Discipline = "fifo"
	ProcessorSharing Discipline = "ps"
)

// Capacity is a queueing model before the service time: Slots servers and a queue. In
// Kendall's notation the clients' arrivals and the Latency make it M/M/c (exponential),
// M/G/1 and so on. The zero value serves all requests at once.
//
// A request keeps its slot when its client disconnects: the server finishes the request, as
// servers do that do not check.
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
	if c.Queue > 0 && !c.Bounded() {
		wrong("queue", "%d has no effect with full: wait, where all wait; choose full: 503 or reset", c.Queue)
	}
	if c.Slots == 0 {
		switch { // a queue that is given implies what it does when it is full, see SetQueue
		case c.Queue > 0:
			wrong("queue", "has no effect without slots; give slots")
		case c.Bounded():
			wrong("full", "%s has no effect without slots; give slots, or full: wait", c.Full)
		}
		if c.Discipline == ProcessorSharing {
			wrong("discipline", "ps has no effect without slots; give slots, or discipline: fifo")
		}
	}
	return errs
}

// Bounded reports whether the queue can be full.
func (c Capacity) Bounded() bool { return c.Full == FullReject || c.Full == FullReset }

// SetQueue sets the queue. A queue that is set can be full, so it rejects unless Full says
// otherwise. Only this function decides that.
func (c *Capacity) SetQueue(requests int) {
	c.Queue = requests
	if c.Full == "" {
		c.Full = FullReject
	}
}

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
