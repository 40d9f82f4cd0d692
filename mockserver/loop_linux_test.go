package mockserver

import (
	"runtime"
	"sync"
	"testing"
)

// TestSeveralLoops is not parallel: it changes the number of processors, and so of
// loops.
func TestSeveralLoops(t *testing.T) {
	if loopSupported() != nil {
		t.Skip(loopSupported())
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	s := start(t, Config{Engine: EngineLoop, Behavior: Behavior{
		Latency:  mustLatency(t, "exponential:mean=1ms"),
		Capacity: Capacity{Slots: 8, Discipline: ProcessorSharing},
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
