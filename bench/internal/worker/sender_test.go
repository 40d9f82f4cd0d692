package worker

import (
	"net"
	"net/http"
	"net/http/httptest"
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
	r, err := openRequests(Job{URL: server.URL + "/?task={task}", Tasks: 3, Width: 1, Timeout: patient})
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
