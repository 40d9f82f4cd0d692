package mockserver

import (
	"runtime"
	"slices"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

// However many connections a client opens, each loop has as many as the others, or one
// less: they cannot come to lie on one thread by luck.
func TestConnectionsAreDealtEvenly(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	before := runtime.GOMAXPROCS(4) // three loops
	defer runtime.GOMAXPROCS(before)
	for _, n := range []int{1, 8, 9, 100} {
		s, err := Start(config.Config{Engine: config.EngineLoop})
		if err != nil {
			t.Fatal(err)
		}
		for range n {
			conn, r := dial(t, s)
			write(t, conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			if a, _ := readAnswer(t, r, "GET"); a.StatusCode != 200 {
				t.Errorf("the answer is %s", a.Status)
			}
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		// The loops have ended, so that what is theirs may be read.
		var has []int
		for _, l := range s.engine.(*loops).all {
			has = append(has, int(l.opened))
		}
		if len(has) != 3 || has[0]+has[1]+has[2] != n || slices.Max(has)-slices.Min(has) > 1 {
			t.Errorf("%d connections were dealt as %v", n, has)
		}
		if c := s.Counters(); c.Open != 0 || c.Served != int64(n) {
			t.Errorf("afterwards: %+v", c)
		}
	}
}

// Connections that are being handed over when the server ends are closed, and counted.
func TestConnectionsOnTheirWayToAnotherLoopEndWithTheServer(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	before := runtime.GOMAXPROCS(4)
	defer runtime.GOMAXPROCS(before)
	for range 20 {
		s, err := Start(config.Config{Engine: config.EngineLoop})
		if err != nil {
			t.Fatal(err)
		}
		for range 30 {
			dial(t, s)
		}
		if err := s.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		if c := s.Counters(); c.Open != 0 || c.Aborted != 0 {
			t.Errorf("afterwards: %+v", c)
		}
	}
}
