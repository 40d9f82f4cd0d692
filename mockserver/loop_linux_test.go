package mockserver

import (
	"runtime"
	"sync"
	"testing"

	"github.com/fanbench/fanbench/mockserver/config"
)

// TestSeveralLoops is not parallel: it changes the number of processors, and so of
// loops.
func TestSeveralLoops(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	s := start(t, config.Config{Engine: config.EngineLoop, Behavior: config.Behavior{
		Latency:  mustLatency(t, "exponential:mean=1ms"),
		Capacity: config.Capacity{Slots: 8, Discipline: config.ProcessorSharing},
	}})
	if n := len(s.engine.(*loops).all); n != 3 {
		t.Fatalf("%d loops", n)
	}
	c := client(t)
	var users sync.WaitGroup
	for range 32 {
		users.Go(func() {
			for range 20 {
				if r, err := c.Get(s.URL()); err != nil || r.StatusCode != 200 {
					t.Errorf("got %v, %v", r, err)
				} else {
					r.Body.Close()
				}
			}
		})
	}
	users.Wait()
	eventually(t, "all are served", func() bool { return s.Counters().Served == 640 })
}

// An answer is sent before it is due, but by no more than it takes to arrive.
func TestNeverEarly(t *testing.T) {
	t.Parallel()
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	if d := replyPath(); d < 0 || d > int64(replyPathMost) {
		t.Fatalf("the reply path takes %d ns", d)
	}
	s := start(t, config.Config{Engine: config.EngineLoop, Behavior: config.Behavior{Latency: mustLatency(t, "exponential:mean=1ms")}})
	c := client(t)
	for range 100 {
		r, err := c.Get(s.URL())
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
	}
	eventually(t, "all are counted", func() bool { return s.Counters().Error.Count == 100 })
	if early := s.Counters().Error.Min; early < 0 {
		t.Errorf("an answer was %v too early", -early)
	}
}
