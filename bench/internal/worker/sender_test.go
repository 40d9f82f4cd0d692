package worker

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

func TestRequestsThatAreSentAgainAreCounted(t *testing.T) {
	for _, client := range bothClients {
		t.Run(string(client), func(t *testing.T) { requestsThatAreSentAgain(t, client) })
	}
}

func requestsThatAreSentAgain(t *testing.T, client scenario.Client) {
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
	r, err := openRequests(Job{URL: server.URL + "/?task={task}", Tasks: 3, Width: 1, Timeout: patient, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.prepare(1, 3, 0)
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

// A request that net/http calls cancelled though nobody has cancelled it is sent again; one
// that was cancelled, or failed otherwise, is not.
func TestACancellationThatIsAnothersIsNoError(t *testing.T) {
	live, cancel := context.WithCancel(t.Context())
	gone, end := context.WithCancel(t.Context())
	defer cancel()
	end()
	for name, tc := range map[string]struct {
		ctx    context.Context
		errs   []error
		sends  int
		answer bool
	}{
		"another's":       {live, []error{context.Canceled}, 2, true},
		"again and again": {live, []error{context.Canceled, context.Canceled, context.Canceled, context.Canceled}, mostSends, false},
		"its own":         {gone, []error{context.Canceled}, 1, false},
		"refused":         {live, []error{syscall.ECONNREFUSED}, 1, false},
	} {
		req, err := http.NewRequestWithContext(tc.ctx, http.MethodGet, "http://127.0.0.1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		sends := 0
		res, err := sendLive(req, func(*http.Request) (*http.Response, error) {
			if sends++; sends <= len(tc.errs) {
				return nil, tc.errs[sends-1]
			}
			return &http.Response{}, nil
		})
		if sends != tc.sends || (res != nil) != tc.answer || (err == nil) != tc.answer {
			t.Errorf("%s: %d times, %v, %v", name, sends, res, err)
		}
	}
}
