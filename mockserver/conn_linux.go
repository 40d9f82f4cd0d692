package mockserver

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/mockserver/config"
)

// conn is a connection in a loop.
type conn struct {
	fd          int32
	generation  uint32
	first, last *exchange // not yet answered, in the order of their requests
	pending     int32     // how many there are
	deaf        bool      // its last request has come; what else comes is thrown away
	full        bool      // it was left unread because too many are pending
	owes100     bool      // the client waits for 100 Continue
	begun       int64     // when the first byte of the next request came, 0 if none has
	since       int64     // when the last byte came or went
	drained     int64     // when nothing was left to read
	kept        []byte    // bytes that have come and were not parsed
	unsent      []byte    // bytes of an answer that the kernel has not taken yet
	incoming    incoming
}

// pipelineMost is how many requests of a connection may be pending; more stay unread.
const pipelineMost = 128

// hung reports whether the client gets no answer on purpose.
func (c *conn) hung() bool { return c.first != nil && c.first.reply.fault == config.FaultHang }

// blocked reports whether an answer waits for the kernel to accept more.
func (c *conn) blocked() bool {
	return len(c.unsent) > 0 || c.first != nil && c.first.state == sending && c.first.place < 0
}

// ready handles the events of a connection. A peer that closes its side counts as gone,
// because the server cannot know whether it still reads.
func (l *loop) ready(c *conn, events uint32) {
	if events&unix.EPOLLOUT != 0 && c.blocked() && !l.proceed(c) {
		return
	}
	gone := events&(unix.EPOLLRDHUP|unix.EPOLLHUP|unix.EPOLLERR) != 0
	switch {
	case !c.full:
		l.read(c, gone)
		// The kernel reports only once that the client has closed. A connection that is full from now on
		// would not be read again until there is room, and would be taken for open.
		if gone && c.full && l.conns[c.fd] == c {
			l.close(c)
		}
	case gone:
		l.close(c)
	default:
		l.resume(c)
	}
}

// resume continues reading after too many pending requests stopped the loop.
func (l *loop) resume(c *conn) {
	if c.full && c.pending < pipelineMost {
		c.full = false
		if l.parse(c, nil, l.now) && !c.full {
			l.read(c, true)
		}
	}
}

// atOnce is how many reads, or writes, of a connection may follow each other before
// others have their turn.
const atOnce = 8

// read reads until nothing is left, and handles it. After a short read nothing is left,
// unless the peer has closed, which only another read shows.
func (l *loop) read(c *conn, toEnd bool) {
	for range atOnce {
		n, stamp, errno := l.receiver.Receive(int(c.fd), l.in)
		switch {
		case errno == unix.EINTR:
			continue
		case errno == unix.EAGAIN:
			c.drained = l.now
			return
		case errno != 0 || n == 0:
			l.close(c)
			return
		}
		c.since = l.now
		if l.stamp = stamp; stamp == 0 {
			l.stamp = l.wall + l.now
		}
		if !c.deaf && !l.parse(c, l.in[:n], l.arrival(c, stamp)) || c.full {
			return
		}
		if n < len(l.in) && !toEnd {
			c.drained = l.now
			return
		}
	}
	l.again(c)
}

// arrival converts the kernel's time stamp to the loop's clock. It is limited to between the
// last time that nothing was left to read and now, whatever the wall clock did.
func (l *loop) arrival(c *conn, stamp int64) int64 {
	if stamp == 0 {
		return l.now
	}
	return min(max(stamp-l.wall, c.drained), l.now)
}

// parse parses requests from b, the bytes received on the connection, and reports whether
// the connection is still open.
func (l *loop) parse(c *conn, b []byte, arrival int64) bool {
	joined := len(c.kept) > 0
	if joined {
		c.kept = append(c.kept, b...)
		b = c.kept
	}
	var h head
	taken := 0
	for taken < len(b) && !c.deaf && !c.full {
		n, ok, err := c.incoming.next(b[taken:], &h, &l.limits)
		taken += n
		switch {
		case err != nil:
			l.refuse(c, err, arrival)
		case ok && !l.request(c, &h, arrival):
			return false
		}
		if !ok {
			break
		}
		c.begun = 0
		c.full = c.pending >= pipelineMost
	}
	switch {
	case taken == len(b) || c.deaf:
		c.kept = nil
	case !joined || taken > 0:
		c.kept = append([]byte(nil), b[taken:]...)
	}
	switch begun := c.incoming.kept != nil || len(c.kept) > 0; {
	case !begun:
		c.begun = 0
	case c.begun == 0:
		c.begun = arrival
	}
	if k := c.incoming.kept; k != nil && k.expect {
		k.expect, c.owes100 = false, true
	}
	return l.proceed(c)
}

// request begins an exchange, and ends it at once if it does not have to wait. It reports
// whether the connection is still open.
func (l *loop) request(c *conn, h *head, arrival int64) bool {
	c.owes100 = false
	l.model.log.Load().note(l.stamp, uint64(c.fd)<<32|uint64(c.generation))
	ex := l.begin(c, arrival)
	ex.head, ex.old = h.head, h.old
	ex.close = h.close || l.status != serving
	c.deaf = ex.close
	ex.reply = l.model.admit(text(h.path), text(h.query), arrival)
	switch at := l.sendAt(&ex.reply); {
	case ex.reply.fault == config.FaultHang:
	case at > l.now:
		l.heap.Push(at, ex)
	default:
		ex.ready = true
	}
	return l.proceed(c)
}

// text looks at bytes as a string, for as long as they do not change.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// refuse prepares an answer to an invalid request, and stops reading.
func (l *loop) refuse(c *conn, err *protocolError, arrival int64) {
	ex := l.begin(c, arrival)
	ex.reply = answerAt(arrival).answer(badRequest, err.status, err.text)
	ex.close, ex.ready = true, true
	c.deaf, c.owes100, c.incoming = true, false, incoming{}
}

// begin appends a new exchange to the connection.
func (l *loop) begin(c *conn, arrival int64) *exchange {
	l.model.tally.begin(arrival)
	ex := l.free
	if ex == nil {
		ex = new(exchange)
	} else {
		l.free = ex.next
	}
	*ex = exchange{conn: c, place: -1}
	if c.last == nil {
		c.first = ex
	} else {
		c.last.next = ex
	}
	c.last = ex
	c.pending++
	return ex
}

// drop removes the first exchange from the connection and counts its outcome.
func (l *loop) drop(c *conn, end outcome) {
	ex := c.first
	if ex.place >= 0 {
		l.heap.Remove(ex.place)
	}
	if c.first = ex.next; c.first == nil {
		c.last = nil
	}
	c.pending--
	l.model.tally.end(end, ex.sent)
	*ex = exchange{next: l.free}
	l.free = ex
}

// close closes a connection at once. Pending requests were abandoned by the client, or by
// this server if it is to end; a request that hangs on purpose ends this way.
func (l *loop) close(c *conn) {
	for c.first != nil {
		end := aborted
		if c.hung() {
			end = faulted
		}
		l.drop(c, end)
	}
	l.forget(c)
	unix.Close(int(c.fd))
}

func (l *loop) forget(c *conn) {
	l.conns[c.fd] = nil
	l.open--
	l.model.tally.close()
}
