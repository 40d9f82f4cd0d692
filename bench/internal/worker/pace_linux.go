package worker

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// pacer waits between the arrivals of a phase of load. It is for one goroutine.
//
// It waits for a timer of the kernel's by the network poller. The runtime's own timers wake up
// to a millisecond late. A thread that blocks in a system call is more precise by some 20 us,
// but it keeps its P (GOMAXPROCS are all there are), with the goroutines that are ready on it,
// until the runtime takes the P away, up to 10 ms later. On two cores, tasks that slept were
// 12 ms late at p99 because of that.
type pacer struct {
	fd    int // of timer; its Fd method would make it block
	timer *os.File
	last  time.Time
	gap   time.Duration // a moving average of the time between arrivals
}

func newPacer() (*pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("creating a timer: %w", err)
	}
	return &pacer{fd: fd, timer: os.NewFile(uintptr(fd), "timerfd")}, nil
}

func (p *pacer) close() error { return p.timer.Close() }

const (
	// leadShare and leadMost bound the time before an arrival that is not slept but spun: a
	// goroutine wakes up some 20 to 100 us after it asked to, later the longer it slept. It is
	// a share of the time between arrivals, so that spinning costs no more of a core than that:
	// where batches arrive fast, the strategy needs the core.
	leadShare = 10 // one in this number
	leadMost  = 250 * time.Microsecond

	// patience is how late sleep may find out that the context is done.
	patience = 10 * time.Millisecond
)

// sleep waits for d, or returns the context's error if it is done. First it lets goroutines
// run that are ready: what has just arrived starts on this thread, without waiting for another
// to wake up.
func (p *pacer) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	due := time.Now().Add(d)
	runtime.Gosched()
	if left := time.Until(due) - min(p.gap/leadShare, leadMost); left > 0 {
		if left > patience {
			defer context.AfterFunc(ctx, func() { _ = p.timer.SetReadDeadline(longAgo) })()
		}
		if err := p.wait(left); err != nil && ctx.Err() == nil {
			return err
		}
	}
	// It does not yield: each yield wakes a thread that finds nothing to do. At 20,000
	// arrivals a second that took more time than the requests.
	for time.Now().Before(due) && ctx.Err() == nil {
	}
	p.gap += (min(due.Sub(p.last), leadShare*leadMost) - p.gap) / 16
	p.last = due
	return ctx.Err()
}

// wait waits for d, which is above 0.
func (p *pacer) wait(d time.Duration) error {
	if err := unix.TimerfdSettime(p.fd, 0, &unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}, nil); err != nil {
		return fmt.Errorf("setting a timer: %w", err)
	}
	var expirations [8]byte
	_, err := p.timer.Read(expirations[:])
	return err
}
