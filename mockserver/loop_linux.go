package mockserver

import (
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// Commands to a loop from outside.
const (
	serving  int32 = iota
	draining       // no new connections; end when no request is in flight
	cutting        // end now
)

// loop serves connections on one thread.
type loop struct {
	order atomic.Int32  // from outside
	done  chan struct{} // closed at the end
	mu    sync.Mutex    // of wakefd, which others write to, and of given
	given []int         // descriptors of connections that other loops have accepted for this one
	// The rest is the thread's own.

	model     *model
	dealer    *dealer
	limits    config.Limits
	replyPath int64 // ns by which an answer is sent before it is due, see there

	epfd, wakefd, listenfd int // -1 once they are closed

	conns  []*conn // by descriptor
	open   int
	heap   clock.Deadlines[*exchange]
	free   *exchange // exchanges to be used again
	events []unix.EpollEvent
	in     []byte // what was read last
	out    []byte // what is written next

	receiver socket.Receiver
	paused   bool // no connection is accepted for now

	stamp  int64 // the kernel's on what was read last, ns since 1970
	now    int64 // as of the last look at the clock
	wall   int64 // the wall clock's time at the zero of the engines', ns since 1970
	date   []byte
	dateAt int64  // the second since 1970 that date says
	gap    int64  // a moving average of the time between deadlines
	fired  int64  // when the last deadline was
	swept  int64  // when the last sweep was
	cursor int    // where the next sweep goes on
	status int32  // the order that has been carried out
	opened uint32 // connections, to tell a descriptor's uses apart
}

const (
	eventsAtOnce = 256
	readBytes    = 64 << 10
)

func newLoop(limits config.Limits, m *model, d *dealer, listenfd int) (l *loop, err error) {
	l = &loop{
		model: m, dealer: d, limits: limits, replyPath: replyPath(), done: make(chan struct{}),
		epfd: -1, wakefd: -1, listenfd: listenfd,
		events: make([]unix.EpollEvent, eventsAtOnce),
		in:     make([]byte, readBytes),
		out:    make([]byte, 0, readBytes),
		gap:    spinMost * spinShare,
	}
	if l.epfd, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err == nil {
		l.wakefd, err = unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	}
	if err == nil {
		err = l.watch(l.wakefd, unix.EPOLLIN, 0)
	}
	if err == nil {
		err = l.watch(listenfd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, 0)
	}
	if err != nil {
		l.closeDescriptors()
		return nil, err
	}
	return l, nil
}

func (l *loop) closeDescriptors() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, fd := range []*int{&l.epfd, &l.wakefd} {
		if *fd >= 0 {
			unix.Close(*fd)
			*fd = -1
		}
	}
}

// connEvents are edge-triggered: each is reported once.
const connEvents = unix.EPOLLIN | unix.EPOLLOUT | unix.EPOLLRDHUP | unix.EPOLLET

// again makes epoll report a connection's events again if they still hold, after work was
// interrupted to serve other connections.
func (l *loop) again(c *conn) {
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_MOD, int(c.fd), &unix.EpollEvent{Events: connEvents, Fd: c.fd, Pad: int32(c.generation)})
}

// watch adds a descriptor; generation comes back with its events.
func (l *loop) watch(fd int, events uint32, generation uint32) error {
	return unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd), Pad: int32(generation)})
}

// tell gives the loop an order. Orders only increase.
func (l *loop) tell(order int32) {
	for {
		old := l.order.Load()
		if old >= order || l.order.CompareAndSwap(old, order) {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wakefd >= 0 {
		socket.Wake(l.wakefd)
	}
}

// spinLeast and spinMost bound the stretch before a deadline in which the loop does
// not sleep but looks for events again and again: a thread wakes up some 20 to 100 us
// after it asked to, later the longer it slept. spinShare is the share of the time
// that this may take.
const (
	spinLeast = int64(20 * time.Microsecond)
	spinMost  = int64(250 * time.Microsecond)
	spinShare = 10 // one in this number
)

func (l *loop) spin() int64 { return min(max(l.gap/spinShare, spinLeast), spinMost) }

func (l *loop) run() {
	// The thread ends with the goroutine, and its timer slack with it.
	runtime.LockOSThread()
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0) // else waits are 50 us longer
	defer close(l.done)
	defer l.end()
	for {
		l.look()
		l.fire()
		if !l.obey() {
			return
		}
		n, errno := socket.Poll(l.epfd, l.events, l.patience())
		if errno != 0 && errno != unix.EINTR {
			// Only a descriptor closed by someone else comes to this.
			return
		}
		l.look()
		for i := range n {
			l.handle(&l.events[i])
			l.tick()
			l.fire()
		}
		l.sweep()
	}
}

// look reads both clocks.
func (l *loop) look() {
	t := time.Now()
	l.now = clock.Of(t)
	l.wall = t.UnixNano() - l.now
}

// tick reads the monotonic clock.
func (l *loop) tick() { l.now = clock.Now() }

// patience returns how long to wait for events, in ns.
func (l *loop) patience() int64 {
	wait := l.heap.First()
	if wait != clock.NoDeadline {
		if wait -= l.now; wait <= l.spin() {
			return 0
		}
		wait -= l.spin()
	}
	if l.open > 0 || l.paused {
		wait = min(wait, sweepEvery)
	}
	if wait == clock.NoDeadline {
		return -1
	}
	return wait
}

// fire answers what is due.
func (l *loop) fire() {
	for len(l.heap) > 0 && l.heap[0].At <= l.now {
		due := l.heap[0]
		l.gap += (min(due.At-l.fired, spinMost*spinShare) - l.gap) / 16
		l.fired = due.At
		l.heap.Remove(0)
		l.wake(due.Item)
		l.tick()
	}
}

// handle serves one event.
func (l *loop) handle(e *unix.EpollEvent) {
	switch fd := int(e.Fd); fd {
	case l.wakefd:
		socket.Woken(fd)
		l.take()
	case l.listenfd:
		l.accept()
	default:
		if c := l.conns[fd]; c != nil && c.generation == uint32(e.Pad) {
			l.ready(c, e.Events)
		}
	}
}

// obey carries out a new order, and reports whether the loop goes on.
func (l *loop) obey() bool {
	order := l.order.Load()
	if order == serving {
		return true
	}
	if l.status == serving {
		unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, l.listenfd, nil)
		for _, c := range l.conns {
			if c != nil && (c.first == nil || c.hung()) {
				l.close(c)
			}
		}
	}
	l.status = order
	return order != cutting && l.open > 0
}

// end closes what is left.
func (l *loop) end() {
	for _, c := range l.conns {
		if c != nil {
			l.close(c)
		}
	}
	l.closeDescriptors()
	for _, fd := range l.given { // no connection is given to a loop without descriptors
		unix.Close(fd)
		l.model.tally.close()
	}
}

// appendDate appends the time of a Date header, which changes once a second.
func (l *loop) appendDate(b []byte) []byte {
	if second := (l.wall + l.now) / int64(time.Second); second != l.dateAt || l.date == nil {
		l.dateAt = second
		l.date = time.Unix(second, 0).UTC().AppendFormat(l.date[:0], http.TimeFormat)
	}
	return append(b, l.date...)
}
