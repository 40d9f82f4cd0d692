package clock

import (
	"context"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
)

// SleepUntil waits until a time on the clock or returns the context's error.
// Where the runtime's timers wake up to a millisecond late, it is late by some tens
// of microseconds: one thread wakes all sleepers, a little too soon, and each spins
// until its time.
func SleepUntil(ctx context.Context, due int64) error {
	if due-Now() > alarmLead {
		s := &sleeper{done: make(chan struct{}, 1)}
		if err := alarm.add(s, due-alarmLead); err != nil {
			return err
		}
		select {
		case <-s.done:
		case <-ctx.Done():
			alarm.cancel(s)
			return ctx.Err()
		}
	}
	for Now() < due {
	}
	return ctx.Err()
}

// alarmLead is how long before its time a sleeper is woken: about what a goroutine
// takes to run again. alarmLinger is how long the thread stays when nobody sleeps.
const (
	alarmLead   = int64(50 * time.Microsecond)
	alarmLinger = int64(100 * time.Millisecond)
)

// alarm is shared by all sleepers of the process.
var alarm = &alarmClock{}

// alarmClock wakes sleepers from one thread, which runs while there are any.
type alarmClock struct {
	mu      sync.Mutex
	heap    Deadlines[*sleeper]
	running bool
	wakefd  int // interrupts the thread's wait; valid while it runs
}

type sleeper struct {
	done  chan struct{}
	place int32
}

func (s *sleeper) Moved(place int32) { s.place = place }

func (a *alarmClock) add(s *sleeper, at int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.running {
		fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
		if err != nil {
			return err
		}
		a.wakefd, a.running = fd, true
		go a.run()
	}
	earliest := at < a.heap.First()
	a.heap.Push(at, s)
	if earliest {
		socket.Wake(a.wakefd)
	}
	return nil
}

func (a *alarmClock) cancel(s *sleeper) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if s.place < 0 {
		return
	}
	a.heap.Remove(s.place)
	if len(a.heap) == 0 {
		socket.Wake(a.wakefd) // nothing is left to wait for so long
	}
}

func (a *alarmClock) run() {
	// The thread ends with the goroutine, and its timer slack with it.
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // else waits are 50 us longer
	idle := Now()
	for {
		wait, ok := a.ring(&idle)
		if !ok {
			return
		}
		timeout := unix.NsecToTimespec(wait)
		fds := []unix.PollFd{{Fd: int32(a.wakefd), Events: unix.POLLIN}}
		if n, _ := unix.Ppoll(fds, &timeout, nil); n > 0 {
			socket.Woken(a.wakefd)
		}
	}
}

// ring wakes those whose time has come, and returns how long to wait for the next,
// in ns, or false when the thread is to end. idle is since when nobody sleeps.
func (a *alarmClock) ring(idle *int64) (wait int64, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := Now()
	for len(a.heap) > 0 && a.heap[0].At <= t {
		s := a.heap[0].Item
		a.heap.Remove(0)
		s.done <- struct{}{}
		*idle = t
	}
	if first := a.heap.First(); first != NoDeadline {
		return first - t, true
	}
	if t-*idle >= alarmLinger {
		a.running = false
		unix.Close(a.wakefd)
		return 0, false
	}
	return *idle + alarmLinger - t, true
}
