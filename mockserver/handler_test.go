package mockserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// TestHandlerWaitsUntilItIsDue uses a clock that does not run: it only notes until
// when the handler would sleep.
func TestHandlerWaitsUntilItIsDue(t *testing.T) {
	l := mustLatency(t, "uniform:min=1h,max=2h")
	h := Handler(config.Config{Seed: 4, Behavior: config.Behavior{Latency: l, Capacity: config.Capacity{Slots: 1}}}).(*handler)
	var slept time.Duration
	h.sleepUntil = func(_ context.Context, due int64) error {
		slept = time.Duration(due - clock.Now())
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
	Handler(config.Config{Behavior: config.Behavior{Capacity: config.Capacity{Slots: -1}}}).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "slots: -1") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func BenchmarkAdmit(b *testing.B) {
	m := newModel(config.Config{Behavior: config.Behavior{Latency: mustLatency(b, "lognormal:p50=20ms,p99=200ms")}})
	b.ReportAllocs()
	for b.Loop() {
		m.admit("/", "round=3&task=17", 0)
	}
}
