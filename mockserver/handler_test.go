package mockserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHandlerWaitsUntilItIsDue uses a clock that does not run: it only notes until
// when the handler would sleep.
func TestHandlerWaitsUntilItIsDue(t *testing.T) {
	l := mustLatency(t, "uniform:min=1h,max=2h")
	h := Handler(Config{Seed: 4, Behavior: Behavior{Latency: l, Capacity: Capacity{Slots: 1}}}).(*handler)
	var slept time.Duration
	h.sleepUntil = func(_ context.Context, due int64) error {
		slept = time.Duration(due - now())
		return nil
	}
	total := time.Duration(0)
	for task := range 3 {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/?round=1&task="+string(rune('0'+task)), nil))
		total += l.At(4, 1, task)
		queue, _ := timing(t, w.Result())
		if d := total - slept; w.Code != 200 || d < 0 || d > time.Minute {
			t.Errorf("task %d: %d, sleeps %v, want %v", task, w.Code, slept, total)
		}
		if d := total - l.At(4, 1, task) - queue; d < 0 || d > time.Minute {
			t.Errorf("task %d: in the queue for %v", task, queue)
		}
	}
	checkAccount(t, h.model.tally.snapshot())
}

func TestHandlerOfAWrongConfigSaysSo(t *testing.T) {
	w := httptest.NewRecorder()
	Handler(Config{Behavior: Behavior{Capacity: Capacity{Slots: -1}}}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "slots: -1") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestSleepUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	for range 10 {
		go func() { done <- sleepUntil(ctx, now()+int64(time.Hour)) }()
	}
	for range 10 {
		due := now() + int64(2*time.Millisecond)
		if err := sleepUntil(ctx, due); err != nil || now() < due {
			t.Errorf("woken %v too soon, %v", time.Duration(due-now()), err)
		}
	}
	cancel()
	for range 10 {
		if err := <-done; err != context.Canceled {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkAt(b *testing.B) {
	for _, short := range []string{"constant:2s", "lognormal:p50=20ms,p99=200ms", "lognormal:p50=20ms,p99=200ms,rho=0.9"} {
		l := mustLatency(b, short)
		b.Run(short, func(b *testing.B) {
			b.ReportAllocs()
			task := 0
			for b.Loop() {
				l.At(1, 0, task)
				task++
			}
		})
	}
}

func BenchmarkAdmit(b *testing.B) {
	m := newModel(Config{Behavior: Behavior{Latency: mustLatency(b, "lognormal:p50=20ms,p99=200ms")}})
	b.ReportAllocs()
	for b.Loop() {
		m.admit("/", "round=3&task=17", 0)
	}
}
