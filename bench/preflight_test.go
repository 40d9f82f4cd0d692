package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
)

// preflightServer answers as the path says, and notes what it was asked for.
func preflightServer(t *testing.T) (server *httptest.Server, asked func() string) {
	t.Helper()
	var mu sync.Mutex
	var paths []string
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		paths = append(paths, r.URL.Path)
		mu.Unlock()
		switch r.URL.Path {
		case "/401", "/404", "/429", "/503":
			var code int
			_, _ = fmt.Sscanf(r.URL.Path, "/%d", &code)
			w.WriteHeader(code)
		case "/elsewhere":
			http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound)
		case "/silent":
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	return server, func() string {
		mu.Lock()
		defer mu.Unlock()
		defer func() { paths = nil }()
		return strings.Join(paths, " ")
	}
}

func TestPreflightSaysWhatToCheck(t *testing.T) {
	server, _ := preflightServer(t)
	for path, want := range map[string]string{
		"/401":       "HTTP 401 Unauthorized; check the user and password",
		"/404":       "HTTP 404 Not Found; check the path",
		"/429":       "HTTP 429 Too Many Requests; the server refuses even one request",
		"/503":       "HTTP 503 Service Unavailable; check the server's log",
		"/elsewhere": "redirected to 192.0.2.1: not on this machine's loopback; --allow-remote permits it; the server sends its clients to another machine",
	} {
		s := scenarioOf(t, "sequential")
		s.Target, s.Workload.Timeout = scenario.Target{URL: server.URL + path}, patient
		err := preflight(t.Context(), []scenario.Scenario{s}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "preflight: "+server.URL+path+": ") || !strings.Contains(err.Error(), "--no-preflight") {
			t.Errorf("%s: %v", path, err)
		}
	}
	s := scenarioOf(t, "sequential")
	s.Target, s.Workload.Timeout = scenario.Target{URL: server.URL + "/silent"}, 20*time.Millisecond
	if err := preflight(t.Context(), []scenario.Scenario{s}, Options{}); err == nil || !strings.Contains(err.Error(), "no answer within 20ms; check whether the server is overloaded or stuck, or raise the timeout") {
		t.Error(err)
	}
}

// A target that fails ends the run before it has a directory; so does Ctrl-C.
func TestPreflightComesFirst(t *testing.T) {
	server, asked := preflightServer(t)
	dir := filepath.Join(t.TempDir(), "run")
	s := scenarioOf(t, "sequential")
	s.Target, s.Workload.Timeout = scenario.Target{URL: server.URL + "/503"}, patient
	s.Measure.Rounds, s.Measure.Warmup = 1, 0
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: dir})
	if run != nil || err == nil || asked() != "/503" {
		t.Errorf("run %v, %v", run, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s was made: %v", dir, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if run, err := Measure(ctx, []scenario.Scenario{s}, Options{Dir: dir}); run != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: run %v, %v", run, err)
	}
	asked()
	s.Measure.NoPreflight = true
	run, err = Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: dir})
	if err != nil || len(run.Trials) != 1 {
		t.Errorf("without a preflight: %v", err)
	}
}

// Of a list, the first URL of each host is asked for; a target of several scenarios once.
func TestPreflightAsksEachHostOnce(t *testing.T) {
	one, askedOne := preflightServer(t)
	other, askedOther := preflightServer(t)
	list := scenarioOf(t, "sequential")
	list.Name, list.Workload.Timeout = "list", patient
	list.Target = scenario.Target{URLs: []string{one.URL + "/a", one.URL + "/503", other.URL + "/b", one.URL + "/c"}}
	single := scenarioOf(t, "sequential")
	single.Name, single.Workload.Timeout, single.Measure.Warmup = "single", patient, 2
	single.Target = scenario.Target{URL: one.URL + "/{round}/{task}"}
	again := single
	again.Name = "again"
	if err := preflight(t.Context(), []scenario.Scenario{list, single, again}, Options{}); err != nil {
		t.Error(err)
	}
	if a, b := askedOne(), askedOther(); a != "/a /-1/0" && a != "/-1/0 /a" || b != "/b" {
		t.Errorf("asked for %q and %q", a, b)
	}
	if err := preflight(t.Context(), []scenario.Scenario{scenarioOf(t, "sequential")}, Options{}); err != nil {
		t.Errorf("a mock server that is not started yet: %v", err)
	}
}

// All hosts that fail are named, up to ten.
func TestPreflightNamesEveryHost(t *testing.T) {
	s := scenarioOf(t, "sequential")
	s.Target, s.Workload.Timeout = scenario.Target{}, patient
	for i := range 12 {
		// AppleTalk's ports, on which nobody listens. A free port that was just closed may be
		// another test's a moment later.
		s.Target.URLs = append(s.Target.URLs, fmt.Sprintf("http://user:secret@127.0.0.1:%d/", 201+i))
	}
	err := preflight(t.Context(), []scenario.Scenario{s}, Options{})
	if err == nil || strings.Count(err.Error(), "check that the server runs and listens on this address") != 10 || !strings.Contains(err.Error(), "and 2 more hosts failed") || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}
