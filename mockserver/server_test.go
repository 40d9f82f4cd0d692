package mockserver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// eachEngine runs a test against every engine that this system has.
func eachEngine(t *testing.T, test func(t *testing.T, engine config.Engine)) {
	for _, e := range []config.Engine{config.EngineLoop, config.EngineNetHTTP} {
		t.Run(string(e), func(t *testing.T) {
			if e == config.EngineLoop && loopSupported() != nil {
				t.Skip(loopSupported())
			}
			t.Parallel()
			test(t, e)
		})
	}
}

func start(t testing.TB, c config.Config) *Server {
	t.Helper()
	s, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		checkAccount(t, s.Counters())
	})
	return s
}

func checkAccount(t testing.TB, c Counters) {
	t.Helper()
	if sum := c.Served + c.Faulted + c.Aborted + c.Rejected + c.BadRequests + c.InFlight; sum != c.Requests || c.InFlight < 0 {
		t.Errorf("%d requests, but %d accounted for: %+v", c.Requests, sum, c)
	}
}

// eventually waits for something that another thread will bring about soon.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("still not so: %s", what)
		}
	}
}

// client returns a client of its own and closes it with the test.
func client(t testing.TB) *http.Client {
	tr := &http.Transport{MaxIdleConnsPerHost: 1000}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: 20 * time.Second}
}

func get(t testing.TB, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

// dial opens a connection of which the test reads and writes the bytes.
func dial(t testing.TB, s *Server) (net.Conn, *bufio.Reader) {
	t.Helper()
	return dialAddr(t, strings.TrimPrefix(s.URL(), "http://"))
}

func dialAddr(t testing.TB, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// isReset reports whether the peer has reset the connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func write(t testing.TB, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

func readAnswer(t testing.TB, r *bufio.Reader, method string) (*http.Response, string) {
	t.Helper()
	answer, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(b)
}

// timing reads a Server-Timing header.
func timing(t testing.TB, r *http.Response) (queue, service time.Duration) {
	t.Helper()
	var q, s float64
	if _, err := fmt.Sscanf(r.Header.Get("Server-Timing"), "queue;dur=%f, service;dur=%f", &q, &s); err != nil {
		t.Fatalf("%q: %v", r.Header.Get("Server-Timing"), err)
	}
	return time.Duration(q * 1e6), time.Duration(s * 1e6)
}

func TestAnswers(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		l := mustLatency(t, "lognormal:p50=1ms,p99=5ms")
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Latency: l}})
		c := client(t)
		for task := range 20 {
			r, body := get(t, c, fmt.Sprintf("%s/any/path?round=-2&task=%d&other=1", s.URL(), task))
			asked := l.At(0, -2, task)
			if _, service := timing(t, r); r.StatusCode != 200 || body != "" || service < asked-time.Microsecond {
				t.Errorf("task %d: %d %q, served in %v, want at least %v", task, r.StatusCode, body, service, asked)
			}
		}
		r, body := get(t, c, s.URL()+"/?delay=0s&status=404&size=200000")
		if r.StatusCode != 404 || len(body) != 200000 || !strings.HasPrefix(body, "The quick") || r.ContentLength != 200000 {
			t.Errorf("got %d, %d bytes", r.StatusCode, len(body))
		}
		for _, status := range []string{"204", "304"} {
			if r, body := get(t, c, s.URL()+"/?size=10&delay=0s&status="+status); r.Status[:3] != status || body != "" {
				t.Errorf("%s: got %s, %q", status, r.Status, body)
			}
		}
		head, err := c.Head(s.URL() + "/?size=10MB")
		if err != nil || head.ContentLength != 10_000_000 {
			t.Errorf("HEAD: %v, %v", head, err)
		}
		for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", 300_000)), io.MultiReader(strings.NewReader("ab"), strings.NewReader(strings.Repeat("y", 300_000)))} {
			r, err := c.Post(s.URL()+"/?size=3", "text/plain", body)
			if err != nil || r.StatusCode != 200 {
				t.Fatalf("POST: %v, %v", r, err)
			}
			r.Body.Close()
		}
		if r, body := get(t, c, s.URL()+"/?delay=-1s"); r.StatusCode != 400 || !strings.Contains(body, "delay: -1s is below zero") {
			t.Errorf("got %d %q", r.StatusCode, body)
		}
		eventually(t, "nothing is in flight", func() bool { return s.Counters().InFlight == 0 })
		if n := s.Counters(); n.Served != 26 || n.BadRequests != 1 || n.BytesOut < 200_006 || n.Error.Min < 0 || n.Error.Count != 26 {
			t.Errorf("counters: %+v", n)
		}
	})
}

func TestUnnumberedRequestsAreNumbered(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		size, err := latency.ParseSize("uniform:min=1,max=1MiB")
		if err != nil {
			t.Fatal(err)
		}
		s := start(t, config.Config{Engine: e, Seed: 3, Behavior: config.Behavior{Size: size}})
		for range 2 {
			c := client(t)
			for task := range 5 {
				if _, body := get(t, c, s.URL()); int64(len(body)) != size.At(3, 0, task) {
					t.Errorf("task %d: %d bytes, want %d", task, len(body), size.At(3, 0, task))
				}
			}
			s.Reset()
		}
	})
}

func TestConnections(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		for _, c := range []struct {
			request string
			closes  bool
		}{
			{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", false},
			{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", true},
			{"GET / HTTP/1.0\r\n\r\n", true},
			{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false},
			{"GET http://a/?size=0 HTTP/1.1\r\nHost: a\r\n\r\n", false},
			{"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", false},
		} {
			conn, r := dial(t, s)
			write(t, conn, c.request)
			if a, _ := readAnswer(t, r, "GET"); a.StatusCode != 200 || a.Close != c.closes {
				t.Errorf("%q: got %s, close %v", c.request, a.Status, a.Close)
			}
			if c.closes {
				if _, err := r.ReadByte(); err != io.EOF {
					t.Errorf("%q: after the answer %v, want EOF", c.request, err)
				}
				continue
			}
			write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			readAnswer(t, r, "GET")
		}
	})
}

func TestContinue(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		conn, r := dial(t, s)
		write(t, conn, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
		if line, err := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
			t.Fatalf("got %q, %v", line, err)
		}
		r.ReadString('\n')
		write(t, conn, "abc")
		if a, _ := readAnswer(t, r, "POST"); a.StatusCode != 200 {
			t.Errorf("got %s", a.Status)
		}
	})
}

func TestLimits(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Limits: config.Limits{HeaderBytes: 8 << 10, BodyBytes: 1000}})
		for request, want := range map[string]int{
			"GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 20<<10) + "\r\n\r\n":                         431,
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n" + strings.Repeat("x", 1001):              413,
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001): 413,
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 1000):              200,
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n": 200,
		} {
			conn, r := dial(t, s)
			write(t, conn, request)
			a, err := http.ReadResponse(r, nil)
			if err != nil || a.StatusCode != want {
				t.Errorf("%.60q: got %v, %v, want %d", request, a, err, want)
			}
		}
	})
}

func TestConnectionLimit(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Limits: config.Limits{Connections: 2}})
		a, ra := dial(t, s)
		b, rb := dial(t, s)
		c, rc := dial(t, s)
		const request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
		write(t, a, request)
		write(t, b, request)
		readAnswer(t, ra, "GET")
		readAnswer(t, rb, "GET")
		write(t, c, request)
		if n := s.Counters(); n.Open != 2 {
			t.Errorf("%d connections are open", n.Open)
		}
		a.Close()
		readAnswer(t, rc, "GET")
	})
}

func TestSlowClients(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		const limit = 100 * time.Millisecond
		s := start(t, config.Config{Engine: e, Limits: config.Limits{HeaderTimeout: limit, IdleTimeout: 2 * limit, WriteTimeout: limit}})
		for _, begun := range []string{"GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"} {
			conn, r := dial(t, s)
			write(t, conn, begun)
			rest, err := io.ReadAll(r)
			if err != nil || len(rest) > 0 && !bytes.Contains(rest, []byte("HTTP/1.1 40")) {
				t.Errorf("%q: got %q, %v", begun, rest, err)
			}
		}
		_, idle := dial(t, s)
		if rest, err := io.ReadAll(idle); err != nil || len(rest) > 0 {
			t.Errorf("idle: got %q, %v", rest, err)
		}
		stuck, _ := dial(t, s)
		write(t, stuck, "GET /?size=1GiB HTTP/1.1\r\nHost: a\r\n\r\n")
		eventually(t, "the client that does not read is given up", func() bool { return s.Counters().Aborted >= 1 && s.Counters().Open == 0 })

		// One byte at a time is slow, but good.
		conn, r := dial(t, start(t, config.Config{Engine: e}))
		for _, b := range []byte("GET /?size=5 HTTP/1.1\r\nHost: a\r\n\r\n") {
			write(t, conn, string(b))
		}
		if _, body := readAnswer(t, r, "GET"); len(body) != 5 {
			t.Errorf("got %q", body)
		}
	})
}

func TestClientsThatGoAreAborted(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		for i := range 3 {
			conn, _ := dial(t, s)
			write(t, conn, "GET /?delay=1h HTTP/1.1\r\nHost: a\r\n\r\n")
			eventually(t, "the request is in flight", func() bool { return s.Counters().InFlight == 1 })
			if i == 1 {
				conn.(*net.TCPConn).SetLinger(0)
			}
			conn.Close()
			eventually(t, "the request is aborted", func() bool { n := s.Counters(); return n.Aborted == int64(i+1) && n.InFlight == 0 && n.Open == 0 })
		}
	})
}

func TestPipeliningKeepsTheOrder(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		conn, r := dial(t, s)
		const n = 2 * 1000
		go func() {
			var all strings.Builder
			for i := range n {
				fmt.Fprintf(&all, "GET /?delay=%dus&size=%d HTTP/1.1\r\nHost: a\r\n\r\n", (i*7919)%500, i)
			}
			io.WriteString(conn, all.String())
		}()
		for i := range n {
			if _, body := readAnswer(t, r, "GET"); len(body) != i {
				t.Fatalf("answer %d has %d bytes", i, len(body))
			}
		}
	})
}

func TestEveryRequestIsAccountedFor(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{
			Latency:  mustLatency(t, "exponential:mean=1ms"),
			Capacity: config.Capacity{Slots: 8, Queue: 4, Full: config.FullReject},
			Faults: []config.Fault{
				{Kind: config.FaultStatus, Status: 500, Probability: 0.1},
				{Kind: config.FaultReset, Probability: 0.05},
				{Kind: config.FaultTruncate, At: 0.5, Probability: 0.05},
				{Kind: config.FaultRefuse, Probability: 0.05},
			},
		}})
		var users sync.WaitGroup
		var sent, answered sync.Map
		for u := range 16 {
			users.Add(1)
			go func() {
				defer users.Done()
				rng := rand.New(rand.NewPCG(1, uint64(u)))
				c := client(t)
				n, ok := 0, 0
				for range 60 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rng.IntN(20))*time.Millisecond)
					r, err := http.NewRequestWithContext(ctx, "GET", s.URL()+"/?size=100kB", nil)
					if err != nil {
						t.Error(err)
					}
					n++
					if a, err := c.Do(r); err == nil {
						if _, err := io.Copy(io.Discard, a.Body); err == nil {
							ok++
						}
						a.Body.Close()
					}
					cancel()
				}
				sent.Store(u, n)
				answered.Store(u, ok)
			}()
		}
		stop := make(chan struct{})
		var watch sync.WaitGroup
		watch.Add(1)
		go func() {
			defer watch.Done()
			for {
				select {
				case <-stop:
					return
				case <-time.After(5 * time.Millisecond):
					checkAccount(t, s.Counters())
				}
			}
		}()
		users.Wait()
		close(stop)
		watch.Wait()
		eventually(t, "nothing is in flight", func() bool { return s.Counters().InFlight == 0 })
		total := 0
		answered.Range(func(_, v any) bool { total += v.(int); return true })
		n := s.Counters()
		if done := n.Served + n.Rejected + n.Faulted; done < int64(total) {
			t.Errorf("%d answers were received, the server says %d: %+v", total, done, n)
		}
	})
}

func TestShutdownDrains(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s, err := Start(config.Config{Engine: e})
		if err != nil {
			t.Fatal(err)
		}
		conn, r := dial(t, s)
		idle, ri := dial(t, s)
		write(t, idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") // net/http waits 5 s for a first request
		readAnswer(t, ri, "GET")
		write(t, conn, "GET /?delay=3s&size=7 HTTP/1.1\r\nHost: a\r\n\r\n")
		eventually(t, "the request is in flight", func() bool { n := s.Counters(); return n.Served == 1 && n.InFlight == 1 })
		ended := make(chan error, 1)
		go func() { ended <- s.Shutdown(context.Background()) }()
		if _, err := idle.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("an idle connection: %v, want EOF", err)
		}
		if _, body := readAnswer(t, r, "GET"); len(body) != 7 {
			t.Errorf("got %q", body)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if _, err := net.Dial("tcp", strings.TrimPrefix(s.URL(), "http://")); err == nil {
			t.Error("it still accepts connections")
		}
		if n := s.Counters(); n.Served != 2 || n.Open != 0 {
			t.Errorf("counters: %+v", n)
		}
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestShutdownCutsWhatTakesTooLong(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s, err := Start(config.Config{Engine: e})
		if err != nil {
			t.Fatal(err)
		}
		conn, r := dial(t, s)
		write(t, conn, "GET /?delay=1h HTTP/1.1\r\nHost: a\r\n\r\n")
		eventually(t, "the request is in flight", func() bool { return s.Counters().InFlight == 1 })
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := r.ReadByte(); err == nil {
			t.Error("the connection is still there")
		}
		eventually(t, "the request is aborted", func() bool { return s.Counters().Aborted == 1 })
	})
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		taken := strings.TrimPrefix(s.URL(), "http://")
		if _, err := Start(config.Config{Engine: e, Addr: taken}); err == nil || !strings.Contains(err.Error(), "is in use by another process") {
			t.Errorf("got %v", err)
		}
		if _, err := Start(config.Config{Engine: e, AdminAddr: taken}); err == nil || !strings.Contains(err.Error(), "admin_addr: ") {
			t.Errorf("got %v", err)
		}
		if _, err := Start(config.Config{Engine: e, Addr: "nowhere.invalid:1", AllowRemote: true}); err == nil || !strings.Contains(err.Error(), "nowhere.invalid") {
			t.Errorf("got %v", err)
		}
		var wrong *ConfigError
		_, err := Start(config.Config{Engine: e, Addr: "0.0.0.0:0", Behavior: config.Behavior{Capacity: config.Capacity{Queue: 3}}})
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), "not a loopback address") || !strings.Contains(err.Error(), "queue: ") {
			t.Errorf("got %v", err)
		}
		remote, err := Start(config.Config{Engine: e, Addr: "0.0.0.0:0", AllowRemote: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := remote.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestIPv6(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		l, err := net.Listen("tcp", "[::1]:0")
		if err != nil {
			t.Skip("no IPv6 here")
		}
		l.Close()
		s := start(t, config.Config{Engine: e, Addr: "[::1]:0"})
		if r, _ := get(t, client(t), s.URL()); r.StatusCode != 200 {
			t.Errorf("got %s", r.Status)
		}
	})
}

func mustLatency(t testing.TB, short string) latency.Latency {
	t.Helper()
	l, err := latency.Parse(short)
	if err != nil {
		t.Fatalf("%s: %v", short, err)
	}
	return l
}
