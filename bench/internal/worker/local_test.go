package worker

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// localTrial holds one trial in this process, of one task for each URL.
func localTrial(t *testing.T, client scenario.Client, strategy string, timeout time.Duration, urls ...string) ([]strategies.Record, Report) {
	t.Helper()
	dir := t.TempDir()
	list, path := filepath.Join(dir, "urls.txt"), filepath.Join(dir, "x.rec")
	writeFile(t, list, strings.Join(urls, "\n"))
	if err := recordfile.Create(path, len(urls)); err != nil {
		t.Fatal(err)
	}
	l, err := OpenLocal(Job{Strategy: strategy, Tasks: len(urls), Timeout: timeout, URLsFile: list, Client: client})
	if err != nil {
		t.Fatal(err)
	}
	rep, err := l.Trial(t.Context(), Order{Round: 1, Records: path})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(child.Patience); err != nil {
		t.Fatal(err)
	}
	records, err := recordfile.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return records, rep
}

// bothClients are the HTTP clients, which must not differ in what becomes of a request.
var bothClients = []scenario.Client{scenario.ClientNetHTTP, scenario.ClientLean}

func TestWhatBecomesOfEachRequest(t *testing.T) {
	for _, client := range bothClients {
		t.Run(string(client), func(t *testing.T) { whatBecomesOfEachRequest(t, client) })
	}
}

func whatBecomesOfEachRequest(t *testing.T, client scenario.Client) {
	hang := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/ok", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1000)) })
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 500) })
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-hang:
		}
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write(make([]byte, 10))
	})
	mux.HandleFunc("/stall", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 10))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/round", http.StatusFound) })
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://192.0.2.1/", http.StatusFound) // TEST-NET-1: nobody is there
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(hang)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + dead.Addr().String() + "/"
	dead.Close()

	records, rep := localTrial(t, client, "goroutine-per-task", 2*time.Second,
		server.URL+"/ok", server.URL+"/500", server.URL+"/hang", server.URL+"/cut", nobody, server.URL+"/away", "http://nowhere.invalid/", server.URL+"/stall", server.URL+"/round")
	for i, want := range []struct {
		outcome strategies.Outcome
		status  uint32
		bytes   int64
		fault   string
	}{
		{strategies.OK, 200, 1000, ""},
		{strategies.Failed, 500, 3, "HTTP 500 Internal Server Error"},
		{strategies.TimedOut, 0, 0, "no answer within 2s"},
		{strategies.Failed, 200, 10, "reading the body: unexpected EOF"},
		{strategies.Failed, 0, 0, "connection refused"},
		{strategies.Failed, 0, 0, "redirected to 192.0.2.1: not on this machine's loopback; --allow-remote permits it"},
		{strategies.Failed, 0, 0, "looking up nowhere.invalid"},
		{strategies.TimedOut, 200, 10, "not the whole answer within 2s"},
		{strategies.Failed, 0, 0, "redirected more than 10 times"},
	} {
		r := records[i]
		fault := ""
		if r.Error > 0 {
			fault = rep.Faults[r.Error-1]
		}
		if i == 6 && r.Outcome == strategies.TimedOut {
			continue // a machine whose resolver answers slowly
		}
		if r.Outcome != want.outcome || r.Status != want.status || r.Bytes != want.bytes || !strings.Contains(fault, want.fault) || (want.fault == "") != (fault == "") {
			t.Errorf("task %d: %s, status %d, %d bytes, %q; want %+v", i, r.Outcome, r.Status, r.Bytes, fault, want)
		}
	}
	if rep.Error == "" {
		t.Error("the strategy reported no error")
	}
	if records, rep := localTrial(t, client, "errgroup", 100*time.Millisecond, server.URL+"/ok", server.URL+"/hang"); rep.Error != "task 1: no answer within 100ms" {
		t.Errorf("the strategy says %q of %+v", rep.Error, records)
	}
}

func TestWorkLeftBehindIsFound(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	urls := make([]string, 10)
	for i := range urls {
		urls[i] = server.URL
	}
	records, rep := localTrial(t, scenario.ClientNetHTTP, "test-loses", patient, urls...)
	if a := results.NewAudit(records, rep.Returned); a.Unstarted != 5 || a.Complete() {
		t.Errorf("lost: %+v", a)
	}
	records, rep = localTrial(t, scenario.ClientNetHTTP, "test-doubles", patient, urls...)
	if a := results.NewAudit(records, rep.Returned); a.Doubled != 10 || a.Starts != 20 || a.Complete() {
		t.Errorf("doubled: %+v", a)
	}
	records, rep = localTrial(t, scenario.ClientNetHTTP, "test-returns-early", patient, urls...)
	if a := results.NewAudit(records, rep.Returned); a.Running == 0 || a.Lost != 0 || a.Complete() {
		t.Errorf("returned early: %+v", a)
	}
}

// Warm connections are opened before the trial: as many as the strategy runs tasks at
// once, so that none is opened in it. Cold ones are opened in it. Kept ones are opened in
// the first trial, and used again in the next. Where a task may open a connection, net/http
// may dial a few more than there are requests at a time: whichever comes first, the new
// one or one set free, is used.
func TestConnectionsBetweenTrials(t *testing.T) {
	for _, client := range bothClients {
		connectionsBetweenTrials(t, client)
	}
}

func connectionsBetweenTrials(t *testing.T, client scenario.Client) {
	for _, c := range []struct {
		connections  scenario.Connections
		strategy     string
		opened       [2]int64 // at the least and at the most, by the trials
		again        [2]int64 // likewise, in the second trial alone
		newAddresses bool     // the second trial uses other connections than the first
		accepted     int      // by the server, at the least
	}{
		{scenario.ConnectionsWarm, "sequential", [2]int64{0, 0}, [2]int64{0, 0}, true, 2},
		{scenario.ConnectionsWarm, "fixed-pool:workers=4", [2]int64{0, 0}, [2]int64{0, 0}, true, 8},
		{scenario.ConnectionsCold, "sequential", [2]int64{2, 2}, [2]int64{1, 1}, true, 2},
		{scenario.ConnectionsCold, "fixed-pool:workers=4", [2]int64{2, 40}, [2]int64{1, 20}, true, 2},
		{scenario.ConnectionsKept, "sequential", [2]int64{1, 1}, [2]int64{0, 0}, false, 1},
		{scenario.ConnectionsKept, "fixed-pool:workers=4", [2]int64{1, 20}, [2]int64{0, 16}, false, 1},
	} {
		t.Run(strings.Join([]string{string(client), string(c.connections), c.strategy}, " "), func(t *testing.T) {
			var mu sync.Mutex
			var seen [2]map[string]bool // the clients' addresses, by trial
			accepted, trial := 0, 0
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				seen[trial][r.RemoteAddr] = true
			}))
			server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
				mu.Lock()
				defer mu.Unlock()
				if s == http.StateNew {
					accepted++
				}
			}
			server.Start()
			defer server.Close()
			choice, err := strategies.Parse(c.strategy)
			if err != nil {
				t.Fatal(err)
			}
			j := Job{Strategy: c.strategy, Width: choice.Width(100), Tasks: 100, Timeout: patient, URL: server.URL, Connections: c.connections, Client: client}
			l, err := OpenLocal(j)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close(child.Patience) }()
			var opened [2]int64
			for trial = range 2 {
				mu.Lock()
				seen[trial] = map[string]bool{}
				mu.Unlock()
				path := filepath.Join(t.TempDir(), "x.rec")
				if err := recordfile.Create(path, 100); err != nil {
					t.Fatal(err)
				}
				rep, err := l.Trial(t.Context(), Order{Round: trial + 1, Records: path})
				if err != nil {
					t.Fatal(err)
				}
				opened[trial] = rep.Usage.Connections
			}
			mu.Lock()
			defer mu.Unlock()
			if sum := opened[0] + opened[1]; sum < c.opened[0] || sum > c.opened[1] {
				t.Errorf("opened %d in both trials, want %v", sum, c.opened)
			}
			if opened[1] < c.again[0] || opened[1] > c.again[1] {
				t.Errorf("opened %d in the second trial, want %v", opened[1], c.again)
			}
			if accepted < c.accepted {
				t.Errorf("the server accepted %d, want at least %d", accepted, c.accepted)
			}
			for a := range seen[1] {
				if c.newAddresses && seen[0][a] {
					t.Errorf("connection %s was used in both trials", a)
				}
			}
		})
	}
}

func TestServerTiming(t *testing.T) {
	for header, want := range map[string][2]int64{
		"queue;dur=0.012, service;dur=20.001": {12_000, 20_001_000},
		"service;dur=1":                       {0, 1e6},
		"cache;desc=hit, service;dur=x":       {0, 0},
		"":                                    {0, 0},
	} {
		if q, s := serverTiming(header); q != want[0] || s != want[1] {
			t.Errorf("%q: %d %d", header, q, s)
		}
	}
}

func TestFaultsAreNumberedOnce(t *testing.T) {
	var f faults
	if a, b, c := f.number("x"), f.number("y"), f.number("x"); a != 1 || b != 2 || c != 1 {
		t.Error(a, b, c)
	}
	for i := range 3 * maxFaults {
		f.number(time.Duration(i).String())
	}
	texts := f.take()
	if len(texts) != maxFaults+1 || texts[maxFaults] != "other errors" || f.number("x") != 1 {
		t.Errorf("%d texts, the last %q", len(texts), texts[len(texts)-1])
	}
}

// No redirect leads off the machine by way of a proxy that is on it.
func TestARedirectIsNotLedAwayByAProxy(t *testing.T) {
	asked := make(chan string, 10)
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.String() }))
	defer proxy.Close()
	server := httptest.NewServer(http.RedirectHandler("http://192.0.2.1/", http.StatusFound))
	defer server.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	for _, client := range bothClients {
		r, err := openRequests(Job{Tasks: 1, Timeout: patient, URL: server.URL, Client: client})
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		r.prepare(1, 1, 0)
		if err := r.do(t.Context(), 0, new(strategies.Record)); !errors.Is(err, errRemote) {
			t.Errorf("%s: got %v", client, err)
		}
		// net/http reads the environment once in a process: whatever it is by now, there is
		// no proxy.
		if p := r.(*requests).current.Load().sender.Proxy; p != nil {
			t.Errorf("%s: a proxy is asked for", client)
		}
	}
	select {
	case url := <-asked:
		t.Errorf("the proxy was asked for %s", url)
	default:
	}
}
