package worker

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// lean is an HTTP/1.1 transport that does everything in the goroutine of the request: it
// writes the request and reads the answer itself. Go's own transport has two more goroutines
// for each connection and hands every request over to them. When other threads are asleep,
// each hand-over takes some 50 us until one wakes up; at thousands of requests a second it
// takes more CPU time than the request. Under load that makes requests late and their
// response times long, which is the generator's fault and not the server's.
//
// It reads answers with net/http, and leaves to another transport what is not plain HTTP.
type lean struct {
	other    *sender
	takes    func(*http.Request) bool // whether a request is plain HTTP to a server, else other gets it
	dial     dialer
	mostIdle int // connections that are kept for each host
	idleTime time.Duration

	mu     sync.Mutex
	idle   map[string][]*leanConn // by address; the last one returned is the first one taken
	closed bool

	resent atomic.Int64 // requests that were sent again because a kept connection broke
}

// dialer opens a connection.
type dialer func(ctx context.Context, network, addr string) (net.Conn, error)

// leanConn is a connection. Only one request uses it at a time.
type leanConn struct {
	net.Conn
	addr   string
	header io.LimitedReader // of the connection, so that no server can fill the memory
	reader *bufio.Reader    // of header
	since  time.Time        // when it became idle
}

// mostHeader is the maximum size of an answer's header, in bytes; net/http's own limit.
const mostHeader = 10 << 20

var errLongHeader = fmt.Errorf("the header of the answer is longer than %d MiB", mostHeader>>20)

// unlimited is the limit while a body is read.
const unlimited = 1 << 62

func newLeanConn(conn net.Conn, addr string) *leanConn {
	c := &leanConn{Conn: conn, addr: addr}
	c.header.R = conn
	c.reader = bufio.NewReader(&c.header)
	return c
}

// addressOf returns the address of a request's server.
func addressOf(req *http.Request) string {
	if req.URL.Port() != "" {
		return req.URL.Host
	}
	return net.JoinHostPort(req.URL.Hostname(), "80")
}

// RoundTrip sends one request for an http.Client, which follows redirects.
func (l *lean) RoundTrip(req *http.Request) (*http.Response, error) {
	if first, ok := req.Context().Value(answeredKey{}).(*answered); ok && first.res != nil {
		res := first.res
		first.res = nil
		return res, nil
	}
	if !l.takes(req) {
		return l.other.RoundTrip(req)
	}
	if req.Body != nil {
		defer req.Body.Close()
	}
	return l.send(req.Context(), &prepared{Request: req, addr: addressOf(req)}, time.Time{})
}

// answered is a first answer that an http.Client is to go on from.
type answered struct{ res *http.Response }

type answeredKey struct{}

// prepared is a request that can be sent at once. The context of the request does not count.
type prepared struct {
	*http.Request
	addr string
	wire []byte // as it is sent; nil if it is to be written each time
}

// mostWire is the maximum size of a body up to which a request is kept as it is sent.
const mostWire = 4 << 10

func newPrepared(req *http.Request) *prepared {
	p := &prepared{Request: req, addr: addressOf(req)}
	if req.ContentLength > mostWire {
		return p
	}
	var b bytes.Buffer
	again := req.Clone(context.Background())
	if req.GetBody != nil {
		again.Body, _ = req.GetBody() // a string, which fails never
	}
	if again.Write(&b) == nil {
		p.wire = b.Bytes()
	}
	return p
}

// send sends one request, and waits for the header of its answer until a time, if that is not
// zero; then the error is an os.ErrDeadlineExceeded, also that of reading the body. Like
// net/http, it sends a request that changes nothing again if a kept connection breaks before
// the first byte of the answer: the server had closed it.
func (l *lean) send(ctx context.Context, req *prepared, until time.Time) (*http.Response, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		conn, kept := l.take(req.addr)
		if !kept {
			var err error
			if conn, err = l.open(ctx, req.addr, until); err != nil {
				return nil, err
			}
		}
		if err := conn.SetDeadline(until); err != nil {
			_ = conn.Close()
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(longAgo) }) // ends reads and writes
		res, begun, err := conn.exchange(req)
		if err == nil {
			res.Body = &leanBody{ReadCloser: res.Body, ctx: ctx, stop: stop, end: func(whole bool) {
				if whole && !res.Close && res.StatusCode != http.StatusSwitchingProtocols {
					l.put(conn)
				} else {
					_ = conn.Close()
				}
			}}
			if res.ContentLength == 0 {
				_, _ = res.Body.Read(nil) // it has ended
			}
			return res, nil
		}
		stop()
		_ = conn.Close()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case !kept || begun || !repeatable(req.Request):
			return nil, err
		}
		l.resent.Add(1)
	}
}

// repeatable reports whether sending the request twice does what sending it once does.
func repeatable(req *http.Request) bool {
	switch req.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return req.Body == nil
	}
	return false
}

// longAgo is a deadline that has passed.
var longAgo = time.Unix(1, 0)

// exchange sends the request and reads the header of the answer. begun reports whether any of
// the answer has come.
func (c *leanConn) exchange(req *prepared) (res *http.Response, begun bool, err error) {
	c.header.N = mostHeader
	if err := c.write(req); err != nil {
		return nil, false, err
	}
	if _, err := c.reader.Peek(1); err != nil {
		return nil, false, err
	}
	for {
		res, err = http.ReadResponse(c.reader, req.Request)
		if err != nil {
			if c.header.N <= 0 {
				err = errLongHeader
			}
			return nil, true, err
		}
		// Answers below 200 announce the one that follows.
		if res.StatusCode >= http.StatusOK || res.StatusCode == http.StatusSwitchingProtocols {
			c.header.N = unlimited
			return res, true, nil
		}
	}
}

func (c *leanConn) write(req *prepared) error {
	if req.wire != nil {
		_, err := c.Write(req.wire)
		return err
	}
	w := bufio.NewWriter(c)
	if err := req.Write(w); err != nil {
		return err
	}
	return w.Flush()
}

// open dials a connection.
func (l *lean) open(ctx context.Context, addr string, until time.Time) (*leanConn, error) {
	if !until.IsZero() {
		within, cancel := context.WithDeadline(ctx, until)
		defer cancel()
		conn, err := l.dial(within, "tcp", addr)
		switch {
		case err == nil:
			return newLeanConn(conn, addr), nil
		case within.Err() != nil && ctx.Err() == nil:
			return nil, os.ErrDeadlineExceeded
		}
		return nil, err
	}
	conn, err := l.dial(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return newLeanConn(conn, addr), nil
}

// leanBody is the body of an answer. When it has been read to its end, or is closed before,
// the connection is free.
type leanBody struct {
	io.ReadCloser
	ctx   context.Context
	stop  func() bool      // no longer ends the connection when ctx does; false if it already has
	end   func(whole bool) // of the connection; whole: it can be used again
	ended bool
}

func (b *leanBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.finish(err == io.EOF)
		if err != io.EOF && b.ctx.Err() != nil {
			err = b.ctx.Err()
		}
	}
	return n, err
}

// Close does not read what is left, which may be long: such a connection is not used again.
func (b *leanBody) Close() error {
	b.finish(false)
	return nil
}

func (b *leanBody) finish(whole bool) {
	if !b.ended {
		b.ended = true
		b.end(b.stop() && whole)
	}
}

// take returns the connection that was idle for the shortest time, if there is one.
func (l *lean) take(addr string) (*leanConn, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	idle := l.idle[addr]
	for len(idle) > 0 {
		c := idle[len(idle)-1]
		idle = idle[:len(idle)-1]
		l.idle[addr] = idle
		if time.Since(c.since) < l.idleTime {
			return c, true
		}
		_ = c.Close()
	}
	return nil, false
}

// put keeps a connection for the next request.
func (l *lean) put(c *leanConn) {
	c.since = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if idle := l.idle[c.addr]; !l.closed && len(idle) < l.mostIdle {
		l.idle[c.addr] = append(idle, c)
		return
	}
	_ = c.Close()
}

// CloseIdleConnections closes the idle connections, and those in use as soon as they are not.
func (l *lean) CloseIdleConnections() {
	l.mu.Lock()
	l.closed = true
	for _, idle := range l.idle {
		for _, c := range idle {
			_ = c.Close()
		}
	}
	clear(l.idle)
	l.mu.Unlock()
	l.other.CloseIdleConnections()
}
