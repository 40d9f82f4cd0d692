package mockserver

import (
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
)

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
		default: // there is no descriptor or no memory now
			l.pause()
			return
		}
		if !l.model.accept() {
			reset(fd)
			continue
		}
		if to := l.dealer.turn(); to == l || !to.give(fd) {
			l.adopt(fd)
		}
		l.tick()
		l.fire()
	}
}

// dealer assigns connections to the loops round robin, regardless of which loop accepted
// them. So every loop has the same number of connections, or one less. If each loop kept the
// connections that it accepts, a loop that happens to be awake would take all of them, and
// many clients would share one thread.
type dealer struct {
	loops []*loop
	dealt atomic.Uint64
}

// turn is the loop that the next connection belongs to.
func (d *dealer) turn() *loop {
	return d.loops[(d.dealt.Add(1)-1)%uint64(len(d.loops))]
}

// give hands a connection to another loop. It reports whether the loop takes it; a loop that
// has ended does not.
func (l *loop) give(fd int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wakefd < 0 {
		return false
	}
	l.given = append(l.given, fd)
	if len(l.given) == 1 { // else it has been woken, and has not looked yet
		socket.Wake(l.wakefd)
	}
	return true
}

// take adopts the connections that other loops have given.
func (l *loop) take() {
	l.mu.Lock()
	given := l.given
	l.given = nil
	l.mu.Unlock()
	for _, fd := range given {
		l.adopt(fd)
		l.tick()
		l.fire()
	}
}

// adopt makes a connection that has been accepted the loop's own.
func (l *loop) adopt(fd int) {
	l.opened++
	c := &conn{fd: int32(fd), generation: l.opened, since: l.now}
	for fd >= len(l.conns) {
		l.conns = append(l.conns, nil)
	}
	l.conns[fd] = c
	l.open++
	if l.status != serving || l.watch(fd, connEvents, c.generation) != nil {
		l.close(c)
	}
}

// pause leaves connections to the kernel's backlog until the next sweep.
func (l *loop) pause() {
	_ = unix.EpollCtl(l.epfd, unix.EPOLL_CTL_DEL, l.listenfd, nil)
	l.paused = true
}

// reset closes a connection so that the peer sees a reset.
func reset(fd int) {
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
	unix.Close(fd)
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

// lingerTime is how long a connection is read after its last answer, so that what
// the client still sends does not destroy the answer on its way (RFC 9112, 9.6).
const lingerTime = time.Second

// expire closes a connection on which nothing has happened for too long.
func (l *loop) expire(c *conn) {
	idle := time.Duration(l.now - c.since)
	switch {
	case c.blocked():
		if idle > l.limits.WriteTimeout {
			l.close(c)
		}
	case c.first != nil:
	case c.deaf:
		if idle > lingerTime {
			l.close(c)
		}
	case c.begun != 0:
		if time.Duration(l.now-c.begun) > l.limits.HeaderTimeout {
			l.refuse(c, errTooSlow, l.now)
			l.proceed(c)
		}
	case idle > l.limits.IdleTimeout:
		l.close(c)
	}
}
