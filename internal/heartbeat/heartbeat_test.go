package heartbeat

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestAGapIsToldToWithinAPeriod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := Start(Period)
		defer h.Stop()
		time.Sleep(10 * Period)
		if got := h.Stood(); got != 0 {
			t.Errorf("a running process stood still for %v", got)
		}
		// A missing tick: the clock advances without a tick.
		h.mu.Lock()
		h.last = h.last.Add(-3 * time.Second)
		h.mu.Unlock()
		if got := h.Stood(); got < 3*time.Second-Period || got > 3*time.Second {
			t.Errorf("stood still for 3 s, got %v", got)
		}
		h.Restart()
		time.Sleep(2 * Period)
		if got := h.Stood(); got != 0 {
			t.Errorf("after a restart, got %v", got)
		}
	})
}
