package mockserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/mockserver/internal/socket"
)

// loops is the engine of event loops: each has a thread of its own, accepts from the
// same socket and serves its connections by itself.
type loops struct {
	fd    int
	bound net.Addr
	all   []*loop
	once  sync.Once
}

// loopSupported returns why the loop cannot serve on this system. It asks once.
var loopSupported = sync.OnceValue(func() error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return fmt.Errorf("the event loop needs epoll: %w", err)
	}
	defer unix.Close(epfd)
	if _, errno := socket.Poll(epfd, make([]unix.EpollEvent, 1), 0); errno != 0 {
		return fmt.Errorf("the event loop needs Linux 5.11 for epoll_pwait2: %w", errno)
	}
	return nil
})

func startLoop(c Config, m *model) (engine, error) {
	addr, err := net.ResolveTCPAddr("tcp", c.Addr)
	if err != nil {
		return nil, listenError("addr", c.Addr, err)
	}
	fd, err := socket.Listen(addr)
	if err != nil {
		return nil, listenError("addr", c.Addr, err)
	}
	e := &loops{fd: fd}
	if e.bound, err = socket.Addr(fd); err != nil {
		unix.Close(fd)
		return nil, listenError("addr", c.Addr, err)
	}
	// One processor stays free for the rest of the program: a loop that returns from
	// waiting and finds none would have to queue for it.
	for range max(runtime.GOMAXPROCS(0)-1, 1) {
		l, err := newLoop(c.Limits, m, fd)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("starting an event loop: %w", err), e.shutdown(context.Background()))
		}
		e.all = append(e.all, l)
		go l.run()
	}
	return e, nil
}

func (e *loops) addr() net.Addr { return e.bound }

func (e *loops) shutdown(ctx context.Context) error {
	unix.Shutdown(e.fd, unix.SHUT_RDWR) // refuses connections from now on
	for _, l := range e.all {
		l.tell(draining)
	}
	var err error
	for _, l := range e.all {
		select {
		case <-l.done:
		case <-ctx.Done():
			err = ctx.Err()
			l.tell(cutting)
			<-l.done
		}
	}
	e.once.Do(func() { unix.Close(e.fd) })
	return err
}

// What a loop is told from outside.
const (
	serving  int32 = iota
	draining       // no new connections; end when no request is in flight
	cutting        // end now
)

// loop serves connections on one thread. All but order, the wake-up descriptor and
// done is the thread's own.
type loop struct {
	model  *model
	limits Limits
	order  atomic.Int32
	done   chan struct{}

	epfd, wakefd, listenfd int

	conns  []*conn // by descriptor
	open   int
	heap   deadlines[*exchange]
	free   *exchange // exchanges to be used again
	events []unix.EpollEvent
	in     []byte // what was read last
	out    []byte // what is written next

	receiver socket.Receiver
	paused   bool // no connection is accepted for now

	now    int64 // as of the last look at the clock
	wall   int64 // the wall clock's time at the zero of now, ns since 1970
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

func newLoop(limits Limits, m *model, listenfd int) (l *loop, err error) {
	l = &loop{
		model: m, limits: limits, done: make(chan struct{}),
		epfd: -1, wakefd: -1, listenfd: listenfd,
		events: make([]unix.EpollEvent, eventsAtOnce),
		in:     make([]byte, readBytes),
		out:    make([]byte, 0, readBytes),
		gap:    spinMost,
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
	for _, fd := range []int{l.epfd, l.wakefd} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
}

// watch adds a descriptor; generation comes back with its events.
func (l *loop) watch(fd int, events uint32, generation uint32) error {
	return unix.EpollCtl(l.epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: events, Fd: int32(fd), Pad: int32(generation)})
}

// tell gives an order from outside. Orders only grow.
func (l *loop) tell(order int32) {
	for {
		old := l.order.Load()
		if old >= order || l.order.CompareAndSwap(old, order) {
			break
		}
	}
	one := [8]byte{0: 1, 7: 1} // not zero in either byte order
	unix.Write(l.wakefd, one[:])
}

// spinLeast and spinMost bound the stretch before a deadline in which the loop does
// not sleep but looks for events again and again: a thread wakes up some 20 to 100 us
// after it asked to, later the longer it slept. spinShare is the share of the time
// that this may take.
const (
	spinLeast = int64(20 * time.Microsecond)
	spinMost  = int64(250 * time.Microsecond)
	spinShare = 10 // one in so many
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
	l.now = int64(t.Sub(epoch))
	l.wall = t.UnixNano() - l.now
}

// tick reads the monotonic clock.
func (l *loop) tick() { l.now = now() }

// patience is how long to wait for events, in ns.
func (l *loop) patience() int64 {
	wait := l.heap.first()
	if wait != noDeadline {
		if wait -= l.now; wait <= l.spin() {
			return 0
		}
		wait -= l.spin()
	}
	if l.open > 0 || l.paused {
		wait = min(wait, sweepEvery)
	}
	if wait == noDeadline {
		return -1
	}
	return wait
}

// fire answers what is due.
func (l *loop) fire() {
	for len(l.heap) > 0 && l.heap[0].at <= l.now {
		due := l.heap[0]
		l.gap += (min(due.at-l.fired, spinMost*spinShare) - l.gap) / 16
		l.fired = due.at
		l.heap.remove(0)
		l.wake(due.item)
		l.tick()
	}
}

// handle serves one event.
func (l *loop) handle(e *unix.EpollEvent) {
	switch fd := int(e.Fd); fd {
	case l.wakefd:
		var count [8]byte
		unix.Read(fd, count[:])
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
}

// acceptsAtOnce bounds how long accepting may keep the loop from its deadlines.
const acceptsAtOnce = 16

func (l *loop) accept() {
	for range acceptsAtOnce {
		if l.model.tally.openNow() >= int64(l.limits.Connections) {
			l.pause()
			return
		}
		fd, _, err := unix.Accept4(l.listenfd, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
		switch err {
		case nil:
		case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED:
			return
		default: // no descriptor or no memory is to be had now
			l.pause()
			return
		}
		if !l.model.accept() {
			reset(fd)
			continue
		}
		l.opened++
		c := &conn{fd: int32(fd), generation: l.opened, since: l.now}
		for fd >= len(l.conns) {
			l.conns = append(l.conns, nil)
		}
		l.conns[fd] = c
		l.open++
		if l.watch(fd, unix.EPOLLIN|unix.EPOLLOUT|unix.EPOLLRDHUP|unix.EPOLLET, c.generation) != nil {
			l.close(c)
		}
		l.tick()
		l.fire()
	}
}

// pause leaves connections to the kernel's backlog until the next sweep.
func (l *loop) pause() {
	unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, l.listenfd, nil)
	l.paused = true
}

// reset closes a connection so that the peer sees a reset.
func reset(fd int) {
	unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	unix.Close(fd)
}

// appendDate appends the time of a Date header, which changes once a second.
func (l *loop) appendDate(b []byte) []byte {
	if second := (l.wall + l.now) / int64(time.Second); second != l.dateAt || l.date == nil {
		l.dateAt = second
		l.date = time.Unix(second, 0).UTC().AppendFormat(l.date[:0], http.TimeFormat)
	}
	return append(b, l.date...)
}

// sweepEvery is how often a part of the connections is looked at for time-outs;
// sweepParts such sweeps see them all.
const (
	sweepEvery = int64(50 * time.Millisecond)
	sweepParts = 10
)

// sweep closes connections on which nothing has happened for too long.
func (l *loop) sweep() {
	if l.now-l.swept < sweepEvery {
		return
	}
	l.swept = l.now
	if l.paused && l.status == serving {
		l.paused = l.watch(l.listenfd, unix.EPOLLIN|unix.EPOLLEXCLUSIVE, 0) != nil
	}
	for range len(l.conns)/sweepParts + 1 {
		if l.cursor >= len(l.conns) {
			l.cursor = 0
			break
		}
		if c := l.conns[l.cursor]; c != nil {
			l.expire(c)
		}
		l.cursor++
	}
}
