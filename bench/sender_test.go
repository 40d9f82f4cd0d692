package bench

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fanbench/fanbench/strategies"
)

func TestRequestsThatAreSentAgainAreCounted(t *testing.T) {
	var served, closed atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The second request is read, and its connection closed without an answer.
		if served.Add(1) == 2 {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			if err := conn.(*net.TCPConn).SetLinger(0); err != nil {
				t.Error(err)
			}
			closed.Add(1)
			conn.Close()
		}
	}))
	defer server.Close()
	r, err := openRequests(job{url: server.URL + "/?task={task}", tasks: 3, width: 1, timeout: patient})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.prepare(1)
	for i := range 3 {
		var rec strategies.Record
		if err := r.do(t.Context(), i, &rec); err != nil {
			t.Errorf("task %d: %v", i, err)
		}
	}
	if got := r.takeTraffic(); got.resent != 1 || served.Load() != 4 || closed.Load() != 1 {
		t.Errorf("%+v, and the server counted %d requests", got, served.Load())
	}
	if got := r.takeTraffic(); got != (traffic{}) {
		t.Errorf("after it was taken: %+v", got)
	}
}

func TestARequestSentAgainIsNoTaskRunTwice(t *testing.T) {
	s, err := DecodeScenario("r.yaml", []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 50}\nstrategies: [errgroup]\n"))
	if err != nil {
		t.Fatal(err)
	}
	trial := func(received, resent int) Trial {
		return Trial{Scenario: s.Name, Strategy: "errgroup", Round: 1, Audit: Audit{Done: 50, Starts: 50}, Received: &received, Resent: resent}
	}
	for _, c := range []struct {
		trial   Trial
		invalid bool
	}{
		{trial(50, 0), false},
		{trial(51, 1), false}, // the server had read the request before the connection broke
		{trial(50, 1), false}, // it had not
		{trial(51, 0), true},
		{trial(52, 1), true},
		{trial(49, 1), true},
	} {
		if reason := unaccounted(s, []Trial{c.trial}); (reason != "") != c.invalid {
			t.Errorf("%d requests, %d sent again: %q", *c.trial.Received, c.trial.Resent, reason)
		}
	}
	got := resent(s, []Trial{trial(50, 0), trial(51, 1), trial(52, 2)})
	if len(got) != 1 || !strings.Contains(got[0], "sent 3 requests again in 2 trials") {
		t.Errorf("warned of %q", got)
	}
	if got := resent(s, []Trial{trial(50, 0)}); got != nil {
		t.Errorf("warned of %q", got)
	}
}
