package mockserver

import (
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanbench/fanbench/internal/socket"
	"github.com/fanbench/fanbench/mockserver/config"
)

// wake continues an exchange whose time has come.
func (l *loop) wake(ex *exchange) {
	if !ex.ready && !ex.reply.settled(l.now) {
		l.heap.Push(l.sendAt(&ex.reply), ex)
		return
	}
	ex.ready = true
	if c := ex.conn; c.first == ex && l.proceed(c) {
		l.resume(c)
	}
}

// sendAt is the time to send a reply, so that its client has it when it is due. The end of a
// shared service may still move, so that reply is not sent early.
func (l *loop) sendAt(r *reply) int64 {
	if r.job != nil {
		return r.due
	}
	return r.due - l.replyPath
}

// proceed sends all that can be sent on a connection, in order, and reports whether
// the connection is still open.
func (l *loop) proceed(c *conn) bool {
	for {
		if len(c.unsent) > 0 {
			n, ok := l.write(c, c.unsent)
			if !ok {
				return false
			}
			if c.unsent = c.unsent[n:]; len(c.unsent) > 0 {
				return true
			}
			c.unsent = nil
		}
		ex := c.first
		if ex == nil {
			return l.rest(c)
		}
		if !ex.ready {
			if c.hung() && l.status != serving {
				l.close(c) // or its client would wait forever
				return false
			}
			return true
		}
		if ex.state == waiting && !l.answer(c, ex) {
			return false
		}
		if ex.state == sending && len(c.unsent) == 0 && !l.sendBody(c, ex) {
			return false
		}
		if ex.state != finished || len(c.unsent) > 0 {
			return true
		}
		if !l.finish(c, ex) {
			return false
		}
	}
}

// rest does what is left when nothing is pending: it closes the connection if the loop is to
// end, or sends a 100 Continue.
func (l *loop) rest(c *conn) bool {
	if l.status != serving {
		l.close(c)
		return false
	}
	if c.owes100 {
		c.owes100 = false
		return l.push(c, append(l.out[:0], "HTTP/1.1 100 Continue\r\n\r\n"...))
	}
	return true
}

// answer writes the head of an answer, and as much of the body as fits.
func (l *loop) answer(c *conn, ex *exchange) bool {
	r := &ex.reply
	l.tick()
	achieved := l.now + l.replyPath - r.start
	if r.timed() {
		l.model.tally.answered(r.asked(), time.Duration(achieved))
	}
	if r.fault == config.FaultReset {
		l.reset(c)
		return false
	}
	bodiless := ex.head || !bodyAllowed(r.status)
	ex.close = ex.close || r.sent < r.size && !bodiless
	b := l.appendHead(l.out[:0], ex, achieved)
	ex.state = sending
	switch {
	case bodiless:
		ex.state = finished
	case r.text != "":
		b = append(b, r.text...)
		ex.sent = r.size
		ex.state = finished
	case r.rate > 0:
		ex.began = l.now
	default:
		ex.sent = min(r.sent, int64(cap(l.out)-len(b)))
		b = append(b, fillerAt(0, ex.sent)...)
	}
	return l.push(c, b)
}

func (l *loop) appendHead(b []byte, ex *exchange, achieved int64) []byte {
	r := &ex.reply
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(r.status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(r.status)...)
	b = append(b, "\r\nDate: "...)
	b = l.appendDate(b)
	b = append(b, "\r\nContent-Type: text/plain; charset=utf-8\r\n"...)
	if bodyAllowed(r.status) {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, r.size, 10)
		b = append(b, "\r\n"...)
	}
	if r.retry > 0 {
		b = append(b, "Retry-After: "...)
		b = strconv.AppendInt(b, r.retry, 10)
		b = append(b, "\r\n"...)
	}
	if ex.close {
		b = append(b, "Connection: close\r\n"...)
	} else if ex.old {
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	b = append(b, "Server-Timing: "...)
	b = appendTiming(b, r.start-r.arrival, achieved)
	return append(b, "\r\n\r\n"...)
}

// sendBody writes as much of the rest of a body as the kernel accepts, or as is due.
func (l *loop) sendBody(c *conn, ex *exchange) bool {
	r := &ex.reply
	for writes := 0; ex.sent < r.sent; writes++ {
		if writes == atOnce {
			l.again(c)
			return true
		}
		most := r.sent - ex.sent
		if r.rate > 0 {
			most = min(most, slowPiece(r.rate))
			l.tick()
			if due := later(ex.began, sentAfter(ex.sent+most, r.rate)); due > l.now {
				if ex.place < 0 {
					l.heap.Push(due, ex)
				}
				return true
			}
		}
		n, ok := l.write(c, fillerAt(ex.sent, most))
		if !ok {
			return false
		}
		if n == 0 {
			return true
		}
		ex.sent += int64(n)
	}
	ex.state = finished
	return true
}

// finish ends the first exchange, which has been written completely, and closes our side of
// the connection if it ends with it.
func (l *loop) finish(c *conn, ex *exchange) bool {
	if ex.reply.fault == config.FaultResetBody {
		l.reset(c)
		return false
	}
	last := ex.close
	l.drop(c, ex.reply.outcome)
	if last {
		for c.first != nil { // behind an answer that was cut short
			l.drop(c, aborted)
		}
		c.deaf, c.since = true, l.now
		unix.Shutdown(int(c.fd), unix.SHUT_WR)
	}
	return true
}

// reset resets a connection on behalf of its first exchange.
func (l *loop) reset(c *conn) {
	l.drop(c, c.first.reply.outcome)
	for c.first != nil {
		l.drop(c, aborted)
	}
	l.forget(c)
	reset(int(c.fd))
}

// push writes b, and keeps what the kernel does not accept.
func (l *loop) push(c *conn, b []byte) bool {
	n, ok := l.write(c, b)
	if ok && n < len(b) {
		c.unsent = append([]byte(nil), b[n:]...)
	}
	return ok
}

// write writes what the kernel accepts and reports whether the connection is still open. It
// closes a connection that accepts nothing any more.
func (l *loop) write(c *conn, b []byte) (n int, ok bool) {
	for {
		n, errno := socket.Send(int(c.fd), b)
		switch errno {
		case 0:
			c.since = l.now
			return n, true
		case unix.EINTR:
		case unix.EAGAIN:
			return 0, true
		default:
			l.close(c)
			return 0, false
		}
	}
}
