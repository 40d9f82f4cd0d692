package mockserver

import (
	"bufio"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

func TestFaults(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		for _, c := range []struct {
			name   string
			fault  config.Fault
			query  string
			status int   // of the answer, 0 if there is none
			body   int   // bytes received
			end    error // nil if the connection stays
		}{
			{"status", config.Fault{Kind: config.FaultStatus, Status: 503, RetryAfter: 7 * time.Second}, "?size=5", 503, 5, nil},
			{"reset", config.Fault{Kind: config.FaultReset}, "?size=5", 0, 0, syscall.ECONNRESET},
			{"reset-body", config.Fault{Kind: config.FaultResetBody, At: 0.5}, "?size=3000", 200, 1500, syscall.ECONNRESET},
			{"truncate", config.Fault{Kind: config.FaultTruncate, At: 0.25}, "?size=300000", 200, 75000, io.ErrUnexpectedEOF},
			{"truncate at once", config.Fault{Kind: config.FaultTruncate}, "?size=10", 200, 0, io.ErrUnexpectedEOF},
			{"slow body", config.Fault{Kind: config.FaultSlowBody, BytesPerSecond: 1e6}, "?size=100000", 200, 100000, nil},
			{"refuse", config.Fault{Kind: config.FaultRefuse, Tasks: []latency.TaskRange{{First: 0, Last: 0}}}, "", 0, 0, syscall.ECONNRESET},
			{"another task", config.Fault{Kind: config.FaultReset, Tasks: []latency.TaskRange{{First: 3, Last: 5}}}, "?task=6&size=5", 200, 5, nil},
			{"this task", config.Fault{Kind: config.FaultReset, Tasks: []latency.TaskRange{{First: 1, Last: 1}, {First: 3, Last: 5}}}, "?task=5", 0, 0, syscall.ECONNRESET},
			{"later", config.Fault{Kind: config.FaultReset, After: time.Hour}, "?size=5", 200, 5, nil},
			{"over", config.Fault{Kind: config.FaultReset, For: 1}, "?size=5", 200, 5, nil},
		} {
			t.Run(c.name, func(t *testing.T) {
				s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Faults: []config.Fault{c.fault}}})
				began := time.Now()
				a, body, err := exchangeOnce(s, "GET /"+c.query+" HTTP/1.1\r\nHost: a\r\n\r\n")
				if a != nil && (a.StatusCode != c.status || c.fault.RetryAfter > 0 && a.Header.Get("Retry-After") != "7") {
					t.Errorf("got %s, %v", a.Status, a.Header)
				}
				if len(body) != c.body || !errors.Is(err, c.end) && !(c.end == syscall.ECONNRESET && isReset(err)) {
					t.Errorf("got %d bytes, %v; want %d, %v", len(body), err, c.body, c.end)
				}
				if c.fault.Kind == config.FaultSlowBody && time.Since(began) < 100*time.Millisecond {
					t.Errorf("a slow body took %v", time.Since(began))
				}
				eventually(t, "it is counted", func() bool {
					n := s.Counters()
					if c.fault.Kind == config.FaultRefuse {
						return n.Refused == 1
					}
					return n.Served+n.Faulted == 1 && (n.Served == 1) == (c.status == 200 && c.end == nil)
				})
			})
		}
	})
}

// exchangeOnce sends a request on a connection of its own and returns the result.
func exchangeOnce(s *Server, request string) (*http.Response, []byte, error) {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://"))
	if err != nil {
		return nil, nil, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		return nil, nil, err
	}
	a, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(a.Body)
	return a, body, err
}

func TestHang(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Faults: []config.Fault{{Kind: config.FaultHang}}}})
		var conns []net.Conn
		for range 2 {
			conn, _ := dial(t, s)
			write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			conns = append(conns, conn)
		}
		eventually(t, "both hang", func() bool { return s.Counters().InFlight == 2 })
		conns[0].Close()
		eventually(t, "one has given up", func() bool { n := s.Counters(); return n.Faulted == 1 && n.InFlight == 1 })
		if err := s.Shutdown(t.Context()); err != nil { // does not wait for the other
			t.Error(err)
		}
		if _, err := conns[1].Read(make([]byte, 1)); err == nil {
			t.Error("the other was answered")
		}
	})
}

func TestRejections(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Routes: []config.Route{
			{Path: "/limited", Behavior: config.Behavior{Faults: []config.Fault{{Kind: config.FaultRateLimit, Rate: 0.01, Burst: 1}}}},
			{Path: "/full*", Behavior: config.Behavior{Latency: mustLatency(t, "constant:1h"), Capacity: config.Capacity{Slots: 1, Full: config.FullReject}}},
			{Path: "/reset", Behavior: config.Behavior{Latency: mustLatency(t, "constant:1h"), Capacity: config.Capacity{Slots: 1, Full: config.FullReset}}},
		}})
		c := client(t)
		get(t, c, s.URL()+"/limited")
		if r, _ := get(t, c, s.URL()+"/limited"); r.StatusCode != 429 || r.Header.Get("Retry-After") != "100" {
			t.Errorf("got %s, Retry-After %s", r.Status, r.Header.Get("Retry-After"))
		}
		for _, path := range []string{"/full/a", "/reset"} {
			conn, _ := dial(t, s)
			write(t, conn, "GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n")
		}
		eventually(t, "both slots are taken", func() bool { return s.Counters().InFlight == 2 })
		if r, _ := get(t, c, s.URL()+"/full/b"); r.StatusCode != 503 {
			t.Errorf("got %s", r.Status)
		}
		if _, err := c.Get(s.URL() + "/reset"); err == nil {
			t.Error("a full queue does not reset")
		}
		// net/http's client tries a reset request again on a new connection.
		eventually(t, "all are counted", func() bool { n := s.Counters(); return n.Rejected >= 3 && n.Served == 1 })
	})
}

func TestFaultsAreReproducible(t *testing.T) {
	f := config.Fault{Kind: config.FaultReset, Probability: 0.3}
	struck := 0
	for task := range 10_000 {
		hit := strikes(&f, 2, 1, 0, task, 0)
		if hit != strikes(&f, 2, 1, 0, task, time.Hour) {
			t.Fatal("a fault strikes differently the second time")
		}
		if hit {
			struck++
		}
	}
	if math.Abs(float64(struck)/10_000-0.3) > 0.02 {
		t.Errorf("struck %d of 10000", struck)
	}
	window := config.Fault{Kind: config.FaultReset, After: 2 * time.Second, For: time.Second}
	for at, want := range map[time.Duration]bool{time.Second: false, 2 * time.Second: true, 2999 * time.Millisecond: true, 3 * time.Second: false} {
		if strikes(&window, 0, 1, 0, 0, at) != want {
			t.Errorf("at %v: %v", at, !want)
		}
	}
}

// Requests of several connections are not read in the order of their arrival: that
// takes none of them its token.
func TestBucketOutOfOrder(t *testing.T) {
	t.Parallel()
	b := newBucket(0.001, 5)
	for i := range 5 {
		if wait, ok := b.take(int64(1000 - i)); !ok {
			t.Errorf("request %d has to wait for %d ns", i, wait)
		}
	}
	if wait, ok := b.take(1000); ok || wait != 1e12 {
		t.Errorf("beyond the burst: %d ns, %v", wait, ok)
	}
}
