// Package heartbeat detects whether a process stood still: stopped by a signal, in a frozen
// container or a paused virtual machine, or starved of its CPUs.
//
// A goroutine ticks and records the longest gap between two ticks. It does not touch the measured
// code, but every tick of an otherwise idle process costs about 0.3 ms of CPU time, most of it
// for the Go runtime's monitor thread, which wakes up with it. A process that is merely busy
// ticks on time: the Go scheduler runs a goroutine whose timer is due next, and preempts others
// after 10 ms.
package heartbeat

import (
	"sync"
	"time"
)

// Period is the usual time between two ticks.
const Period = 25 * time.Millisecond

// SlowPeriod is the time between two ticks for a process whose own CPU time is measured.
const SlowPeriod = 250 * time.Millisecond

// Heartbeat ticks from Start to Stop. Its methods may be called concurrently.
type Heartbeat struct {
	period time.Duration

	mu      sync.Mutex
	last    time.Time     // time of the last tick
	longest time.Duration // longest gap between two ticks since Start or Restart

	once        sync.Once
	done, ended chan struct{}
}

// Start begins ticking, once in every period.
func Start(period time.Duration) *Heartbeat {
	h := &Heartbeat{period: period, last: time.Now(), done: make(chan struct{}), ended: make(chan struct{})}
	go h.run()
	return h
}

func (h *Heartbeat) run() {
	defer close(h.ended)
	ticker := time.NewTicker(h.period)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			h.tick()
		case <-h.done:
			return
		}
	}
}

func (h *Heartbeat) tick() {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := time.Now()
	h.longest = max(h.longest, now.Sub(h.last))
	h.last = now
}

// Restart forgets the gaps until now.
func (h *Heartbeat) Restart() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last, h.longest = time.Now(), 0
}

// Stood is the longest time for which the process stood still since Start or Restart, 0 if every
// tick came on time. Its error is at most the period.
func (h *Heartbeat) Stood() time.Duration {
	h.tick()
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, h.longest-h.period)
}

// Stop ends the ticking and waits for the goroutine to end. It may be called again.
func (h *Heartbeat) Stop() {
	h.once.Do(func() { close(h.done) })
	<-h.ended
}
