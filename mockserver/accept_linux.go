package mockserver

import (
	"time"

	"golang.org/x/sys/unix"
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
		if l.watch(fd, connEvents, c.generation) != nil {
			l.close(c)
		}
		l.tick()
		l.fire()
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
