package mockserver

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

func TestWhenEveryConnectionIsRefused(t *testing.T) {
	const s = time.Second
	m := newModel(config.Config{Behavior: config.Behavior{Faults: []config.Fault{
		{Kind: config.FaultRefuse, After: 10 * s, For: 5 * s},
		{Kind: config.FaultRefuse, After: 20 * s, For: 10 * s, Probability: 1},
		{Kind: config.FaultRefuse, After: 25 * s, For: 10 * s},
		{Kind: config.FaultRefuse, After: 50 * s},
		// These strike some and spare others, or no connections.
		{Kind: config.FaultRefuse, Probability: 0.99},
		{Kind: config.FaultRefuse, Tasks: []latency.TaskRange{{First: 0, Last: math.MaxInt}}},
		{Kind: config.FaultReset},
	}}})
	begin := m.begin.Load()
	at := func(d time.Duration) int64 { return begin + int64(d) }
	for now, want := range map[time.Duration]struct {
		all   bool
		until int64
	}{
		0: {false, at(10 * s)}, 10*s - 1: {false, at(10 * s)}, 10 * s: {true, at(15 * s)}, 15 * s: {false, at(20 * s)},
		22 * s: {true, at(25 * s)}, 28 * s: {true, at(30 * s)}, 30 * s: {true, at(35 * s)}, 35 * s: {false, at(50 * s)},
		50 * s: {true, math.MaxInt64}, 1000 * s: {true, math.MaxInt64},
	} {
		if all, until := m.refusesAll(at(now)); all != want.all || until != want.until {
			t.Errorf("after %v: %v until %v; want %v until %v", now, all, time.Duration(until-begin), want.all, time.Duration(want.until-begin))
		}
	}
}

// connect connects to the server and says the result.
func connect(s *Server) error {
	c, err := net.DialTimeout("tcp", s.engine.addr().String(), 10*time.Second)
	if err == nil {
		err = c.Close()
	}
	return err
}

// change posts to the admin API.
func change(t *testing.T, s *Server, config string) {
	t.Helper()
	if status, text := post(t, client(t), s, "/config", config); status != http.StatusOK {
		t.Fatalf("%d %s", status, text)
	}
}

func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("connections are refused on Linux only; elsewhere they are reset")
	}
}

// Connections are refused by the kernel, as where nobody listens; those that are open go
// on, and the port stays the server's.
func TestConnectionsAreRefused(t *testing.T) {
	onLinux(t)
	eachEngine(t, func(t *testing.T, e config.Engine) {
		for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
			if l, err := net.Listen("tcp", addr); err != nil {
				t.Logf("%s is not to be had: %v", addr, err)
				continue
			} else {
				l.Close()
			}
			s := start(t, config.Config{Engine: e, Addr: addr})
			client := http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			get := func() error {
				res, err := client.Get(s.URL())
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, res.Body)
				return errors.Join(err, res.Body.Close())
			}
			if err := get(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				change(t, s, "faults: [{kind: refuse}]")
				for range 3 {
					if err := connect(s); !errors.Is(err, syscall.ECONNREFUSED) {
						t.Errorf("a connection: %v", err)
					}
				}
				if err := get(); err != nil {
					t.Errorf("a request on a connection that is open: %v", err)
				}
				change(t, s, "faults: [{kind: refuse, probability: 1, after: 1h}]")
				if _, _, err := exchangeOnce(s, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"); err != nil {
					t.Errorf("after it: %v", err)
				}
			}
			if n := s.Counters(); n.Refused != 0 || n.Connections != 4 {
				t.Errorf("counted %+v", n)
			}
		}
	})
}

// A window opens and shuts by itself, and a reset begins it anew.
func TestAWindowOfRefusal(t *testing.T) {
	onLinux(t)
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Faults: []config.Fault{{Kind: config.FaultRefuse, For: 20 * time.Millisecond}}}})
		eventually(t, "the window is over", func() bool { return connect(s) == nil })
		change(t, s, fmt.Sprintf("faults: [{kind: refuse, for: %v}]", time.Hour))
		if err := connect(s); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("in the window: %v", err)
		}
		s.model.begin.Add(-int64(time.Hour)) // an hour passes
		s.gate.look()
		if err := connect(s); err != nil {
			t.Errorf("after the window: %v", err)
		}
		s.Reset()
		if err := connect(s); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("after a reset: %v", err)
		}
	})
}

// A server that refuses from the start has its port, and says which.
func TestAServerThatAlwaysRefuses(t *testing.T) {
	onLinux(t)
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Faults: []config.Fault{{Kind: config.FaultRefuse}}}})
		if err := connect(s); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v", err)
		}
		change(t, s, "faults: []")
		if err := connect(s); err != nil {
			t.Error(err)
		}
	})
}
