package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// leanOn returns the tasks of a lean client on a server of one URL, without connections.
func leanOn(t *testing.T, url string, tasks int) *requests {
	t.Helper()
	r, err := openRequests(Job{URL: url, Tasks: tasks, Timeout: patient, Client: scenario.ClientLean, Connections: scenario.ConnectionsCold})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	r.prepare(1, tasks, 0)
	return r.(*requests)
}

// idleConnections is how many connections a client keeps.
func idleConnections(r *requests) (n int) {
	l := r.current.Load().lean
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, idle := range l.idle {
		n += len(idle)
	}
	return n
}

// rawServer answers each request on a connection with the next of the texts. After the last
// it closes the connection.
func rawServer(t *testing.T, answers ...string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				reader := bufio.NewReader(conn)
				for _, answer := range answers {
					if _, err := http.ReadRequest(reader); err != nil {
						return
					}
					if _, err := io.WriteString(conn, answer); err != nil {
						return
					}
				}
			})
		}
	})
	return "http://" + l.Addr().String() + "/"
}

func TestAnswersThatALeanClientMeets(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		status uint32
		bytes  int64
		idle   int    // connections afterwards
		fault  string // part of the error
	}{
		"a length":          {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, 3, 1, ""},
		"no body":           {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, 0, 1, ""},
		"204":               {"HTTP/1.1 204 No Content\r\n\r\n", 204, 0, 1, ""},
		"304":               {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, 0, 1, ""},
		"chunks":            {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 200, 5, 1, ""},
		"trailers":          {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n", 200, 1, 1, ""},
		"an announcement":   {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 200, 1, 1, ""},
		"until it closes":   {"HTTP/1.1 200 OK\r\n\r\nabcd", 200, 4, 0, ""},
		"it will close":     {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na", 200, 1, 0, ""},
		"HTTP/1.0":          {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", 200, 1, 0, ""},
		"a failure":         {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\nno", 503, 2, 1, "HTTP 503"},
		"cut in the body":   {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200, 3, 0, "unexpected EOF"},
		"cut in the header": {"HTTP/1.1 200 OK\r\nContent-Le", 0, 0, 0, "malformed"},
		"no answer":         {"", 0, 0, 0, "EOF"},
		"not HTTP":          {"SSH-2.0-OpenSSH\r\n\r\n", 0, 0, 0, "malformed HTTP"},
		"an endless header": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", mostHeader), 0, 0, 0, "header of the answer is longer than 10 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			r := leanOn(t, rawServer(t, c.answer), 1)
			var rec strategies.Record
			err := r.do(t.Context(), 0, &rec)
			if (err != nil) != (c.fault != "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %v, want %q", err, c.fault)
			}
			if rec.Status != c.status || rec.Bytes != c.bytes {
				t.Errorf("got status %d and %d bytes", rec.Status, rec.Bytes)
			}
			if got := idleConnections(r); got != c.idle {
				t.Errorf("%d connections are kept, want %d", got, c.idle)
			}
		})
	}
}

// A connection that an answer leaves behind has nothing of it: the next answer is its own.
func TestALeanConnectionIsUsedAgain(t *testing.T) {
	r := leanOn(t, rawServer(t,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"), 3)
	for i, want := range []strategies.Record{{Status: 200, Bytes: 2}, {Status: 404, Bytes: 1}, {Status: 200, Bytes: 4}} {
		var rec strategies.Record
		if err := r.do(t.Context(), i, &rec); rec != want {
			t.Errorf("task %d: %+v, %v", i, rec, err)
		}
	}
	if got := r.takeTraffic(); got != (traffic{connections: 1}) {
		t.Errorf("got %+v", got)
	}
}

// A cancelled request ends at once, and its connection is not used again; the other requests
// go on. One that is cancelled before it begins is not sent.
func TestALeanRequestIsCancelled(t *testing.T) {
	var served atomic.Int64
	reached := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		served.Add(1)
		if q.URL.Query().Get("task") == "0" {
			close(reached)
			<-q.Context().Done() // the client has closed the connection
		}
		fmt.Fprint(w, "done")
	}))
	defer server.Close()
	r := leanOn(t, server.URL+"/?task={task}", 3)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-reached
		cancel()
	}()
	if err := r.do(ctx, 0, new(strategies.Record)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := idleConnections(r); got != 0 {
		t.Errorf("%d connections are kept", got)
	}
	if err := r.do(ctx, 1, new(strategies.Record)); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := r.do(t.Context(), 2, new(strategies.Record)); err != nil {
		t.Errorf("got %v", err)
	}
	if got := served.Load(); got != 2 {
		t.Errorf("%d requests were sent, want 2", got)
	}
}

// A lean client leaves HTTPS to net/http, and warms its connections up there.
func TestALeanClientLeavesTLSToNetHTTP(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	r, err := openRequests(Job{URL: server.URL, Tasks: 2, Width: 2, Timeout: patient, Client: scenario.ClientLean})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.prepare(1, 2, 0)
	if err := r.do(t.Context(), 0, new(strategies.Record)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v, want that the certificate is unknown", err)
	}
}

// Connections in use when the trial ends are closed as soon as they are not.
func TestALeanClientKeepsNothingAfterwards(t *testing.T) {
	inside, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		inside <- struct{}{}
		<-release
	}))
	defer server.Close()
	r := leanOn(t, server.URL, 1)
	done := make(chan error)
	go func() { done <- r.do(t.Context(), 0, new(strategies.Record)) }()
	<-inside
	r.finish()
	close(release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := idleConnections(r); got != 0 {
		t.Errorf("%d connections are kept", got)
	}
}
