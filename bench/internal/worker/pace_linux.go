package worker

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// pacer waits between the arrivals of a phase of load. It is for one goroutine, whose thread
// it blocks for the last milliseconds: the runtime's timers wake up to a millisecond late,
// and latency.Sleep needs another thread to wake the goroutine.
type pacer struct {
	last time.Time
	gap  time.Duration // a moving average of the time between arrivals
}

const (
	// leadShare and leadMost bound the time before an arrival that is not slept but spun: a
	// thread wakes up some 20 to 100 us after it asked to, later the longer it slept. It is a
	// share of the time between arrivals, so that spinning costs no more of a core than that:
	// where batches arrive fast, the strategy needs the core.
	leadShare = 10 // one in this number
	leadMost  = 250 * time.Microsecond

	// coarse is how long before an arrival the goroutine stops waiting for the runtime's
	// timer, which can be cancelled, and blocks its thread.
	coarse = 5 * time.Millisecond
)

// sleep waits for d, or returns the context's error if it is done; it may find that out 10 ms
// late. First it lets goroutines run that are ready: what has just arrived starts on this
// thread, without waiting for another to wake up.
func (p *pacer) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	due := time.Now().Add(d)
	runtime.Gosched()
	if left := time.Until(due); left > 2*coarse {
		timer := time.NewTimer(left - coarse)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	if left := time.Until(due) - min(p.gap/leadShare, leadMost); left > 0 {
		block(left)
	}
	// It does not yield: each yield wakes a thread that finds nothing to do. At 20,000
	// arrivals a second that took more time than the requests.
	for time.Now().Before(due) {
	}
	p.gap += (min(due.Sub(p.last), leadShare*leadMost) - p.gap) / 16
	p.last = due
	return ctx.Err()
}

// block has the thread sleep for d.
func block(d time.Duration) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // else it is 50 us longer
	t := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&t, nil)                        // a signal ends it early: then it spins
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 0, 0, 0, 0) // the default
}
