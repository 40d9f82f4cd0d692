package mockserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/internal/heartbeat"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// post posts a body to the admin API, as it wants to be asked.
func post(t *testing.T, c *http.Client, s *Server, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.AdminURL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/yaml")
	req.Header.Set("Authorization", "Bearer "+s.AdminToken())
	r, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestAdmin(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e, Behavior: config.Behavior{Latency: mustLatency(t, "constant:1us")}})
		c := client(t)
		if r, body := get(t, c, s.AdminURL()+"/healthz"); r.StatusCode != 200 || body != "ok\n" {
			t.Errorf("healthz: %s %q", r.Status, body)
		}
		get(t, c, s.URL())
		counters := func() (n Counters) {
			_, body := get(t, c, s.AdminURL()+"/counters")
			if err := json.Unmarshal([]byte(body), &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		eventually(t, "a request is counted", func() bool { return counters().Served == 1 })
		if n := counters(); n.Requested.P50 != time.Microsecond || n.Achieved.P50 < time.Microsecond || n.Requested.Sum != time.Microsecond {
			t.Errorf("counters: %+v", n)
		}
		if _, body := get(t, c, s.AdminURL()+"/metrics"); !strings.Contains(body, `fanbench_mock_requests_total{outcome="served"} 1`) || !strings.Contains(body, `fanbench_mock_service_seconds{what="requested",quantile="0.5"} 1e-06`) {
			t.Errorf("metrics:\n%s", body)
		}

		status, body := post(t, c, s, "/config", "latency: 0s\nfaults: [{kind: status, status: 418}]\nslots: 2\nroutes: [{path: /quick, size: 3}]\n")
		if status != 200 || !strings.Contains(body, "status: 418") || !strings.Contains(body, "slots: 2") {
			t.Errorf("after a change: %d\n%s", status, body)
		}
		if r, _ := get(t, c, s.URL()); r.StatusCode != 418 {
			t.Errorf("after a change: %s", r.Status)
		}
		if r, body := get(t, c, s.URL()+"/quick"); r.StatusCode != 200 || len(body) != 3 {
			t.Errorf("the new route: %s %q", r.Status, body)
		}
		if status, body = post(t, c, s, "/config", "faults: []\nslots: 0\n"); status != 200 || strings.Contains(body, "418") || !strings.Contains(body, "/quick") {
			t.Errorf("after a second change: %d\n%s", status, body)
		}
		for _, change := range []string{"slots: 3\nqueue: 5\ndiscipline: ps\n", "slots: 0\nqueue: 0\nfull: wait\ndiscipline: fifo\n"} {
			if status, body := post(t, c, s, "/config", change); status != 200 {
				t.Errorf("%q: %d %s", change, status, body)
			}
		}
		for wrong, want := range map[string]string{
			"addr: x":                `request body:1:1: unknown key "addr"`,
			"latency: 1h2":           "request body:1:10: ",
			"":                       "the file is empty",
			"queue: 3":               "queue: has no effect without slots",
			"latency: 1s\n---\na: 1": "second document",
		} {
			if status, body := post(t, c, s, "/config", wrong); status != 400 || !strings.Contains(body, want) {
				t.Errorf("%q: %d %s", wrong, status, body)
			}
		}
		if status, _ := post(t, c, s, "/reset", ""); status != 204 {
			t.Errorf("reset: %d", status)
		}
		if n := counters(); n.Served != 0 || n.Requested.Count != 0 || n.Connections != n.Open {
			t.Errorf("after a reset: %+v", n)
		}
	})
}

func TestResetKeepsWhatIsInFlight(t *testing.T) {
	eachEngine(t, func(t *testing.T, e config.Engine) {
		s := start(t, config.Config{Engine: e})
		conn, _ := dial(t, s)
		write(t, conn, "GET /?delay=1h HTTP/1.1\r\nHost: a\r\n\r\n")
		eventually(t, "the request is in flight", func() bool { return s.Counters().InFlight == 1 })
		s.Reset()
		if n := s.Counters(); n.Requests != 1 || n.Carried != 1 || n.InFlight != 1 || n.Connections != 1 {
			t.Errorf("after the reset: %+v", n)
		}
		other, r := dial(t, s)
		write(t, other, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		readAnswer(t, r, "GET")
		if n := s.Counters(); n.Requests-n.Carried != 1 {
			t.Errorf("after another request: %+v", n)
		}
		conn.Close()
		eventually(t, "its client has gone", func() bool { n := s.Counters(); return n.Aborted == 1 && n.Served == 1 })
	})
}

// A request can be read after a reset that it arrived before.
func TestARequestBelongsToTheAccountInWhichItArrived(t *testing.T) {
	var a tally
	a.init()
	before := clock.Now()
	a.reset()
	a.begin(before - 1)
	a.begin(clock.Now())
	if c := a.snapshot(); c.Requests != 2 || c.Carried != 1 || c.InFlight != 2 {
		t.Errorf("got %+v", c)
	}
	a.end(served, 0)
	a.reset()
	if c := a.snapshot(); c.Requests != 1 || c.Carried != 1 || c.InFlight != 1 {
		t.Errorf("after a reset: %+v", c)
	}
}

func TestTLSAndHTTP2(t *testing.T) {
	s := start(t, config.Config{TLS: true, Behavior: config.Behavior{Latency: mustLatency(t, "constant:1ms")}})
	if !strings.HasPrefix(s.URL(), "https://") || s.Config().Engine != config.EngineNetHTTP {
		t.Fatalf("%s by %s", s.URL(), s.Config().Engine)
	}
	_, pem := get(t, client(t), s.AdminURL()+"/ca.pem")
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(pem)) {
		t.Fatalf("not a certificate: %q", pem)
	}
	plain := start(t, config.Config{Engine: config.EngineNetHTTP, Behavior: config.Behavior{Latency: mustLatency(t, "constant:1ms"), Faults: []config.Fault{{Kind: config.FaultReset, Tasks: []latency.TaskRange{{First: 7, Last: 7}}}, {Kind: config.FaultTruncate, At: 0.5, Tasks: []latency.TaskRange{{First: 8, Last: 8}}}}}})
	for url, set := range map[string]func(*http.Protocols){
		s.URL():     func(p *http.Protocols) { p.SetHTTP2(true) },
		plain.URL(): func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		protocols := new(http.Protocols)
		set(protocols)
		tr := &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{RootCAs: roots}}
		defer tr.CloseIdleConnections()
		c := &http.Client{Transport: tr, Timeout: 20 * time.Second}
		r, body := get(t, c, url+"/?size=100000")
		if _, service := timing(t, r); r.ProtoMajor != 2 || len(body) != 100000 || service < time.Millisecond {
			t.Errorf("%s: %s, %d bytes, service %v", url, r.Proto, len(body), service)
		}
		if url == s.URL() {
			continue
		}
		if _, err := c.Get(url + "/?task=7"); err == nil {
			t.Error("a reset stream was answered")
		}
		if r, err := c.Get(url + "/?task=8&size=1000"); err == nil {
			if b, err := io.ReadAll(r.Body); err == nil || len(b) != 500 {
				t.Errorf("truncated: %d bytes, %v", len(b), err)
			}
			r.Body.Close()
		}
		if r, _ := get(t, c, url); r.StatusCode != 200 {
			t.Errorf("the connection is of no more use: %s", r.Status)
		}
	}
}

func TestSummary(t *testing.T) {
	var a tally
	a.init()
	for i := range 100 {
		a.begin(0)
		a.answered(time.Millisecond, time.Millisecond+time.Duration(i-10)*time.Microsecond)
		a.end(served, 10)
	}
	a.begin(0)
	a.end(aborted, 0)
	c := a.snapshot()
	checkAccount(t, c)
	if c.Error.Min.Round(time.Microsecond) != -10*time.Microsecond || c.Error.P50.Round(time.Microsecond) != 39*time.Microsecond || c.Error.Max.Round(time.Microsecond) != 89*time.Microsecond {
		t.Errorf("errors: %+v", c.Error)
	}
	if c.Error.Sum != 3950*time.Microsecond || c.Achieved.Sum-c.Requested.Sum != c.Error.Sum || c.BytesOut != 1000 {
		t.Errorf("sums: %+v", c)
	}
	if text := c.Summary(); !strings.Contains(text, "100 served") || !strings.Contains(text, "1 aborted") || !strings.Contains(text, "requested") {
		t.Errorf("got\n%s", text)
	}
	for line := range strings.Lines(Counters{Error: Percentiles{Count: 1, P50: -123456789, P99: 59*time.Minute + 59987654321}}.Summary()) {
		if n := len(line) - 1; n > 60 && !strings.Contains(line, "requests") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	a.answered(48*time.Hour, 48*time.Hour)
	if c := a.snapshot(); c.Requested.Max != 24*time.Hour || c.Requested.Count != 101 {
		t.Errorf("beyond the histogram: %+v", c.Requested)
	}
	if text := (Counters{}).Summary(); strings.Count(text, "\n") != 1 {
		t.Errorf("of nothing: %q", text)
	}
	if got := fmt.Sprintf("%s %s", appendMillis(nil, 1_234_567), appendMillis(nil, -5)); got != "1.235 0.000" {
		t.Errorf("milliseconds: %s", got)
	}
}

// The account tells for how long the server stood still, and begins anew with a reset.
func TestCountersTellStandstills(t *testing.T) {
	s, err := Start(config.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if d := s.Counters().Stood; d < 0 {
		t.Errorf("stood still for %v", d)
	}
	s.heart.Stop() // nobody ticks any more
	time.Sleep(3 * heartbeat.Period)
	before := s.Counters().Stood
	if before < 2*heartbeat.Period {
		t.Errorf("without a tick for %v it says %v", 3*heartbeat.Period, before)
	}
	began := time.Now()
	s.Reset()
	if after := s.Counters().Stood; after > time.Since(began) {
		t.Errorf("after a reset it says %v, of which %v was before", after, before)
	}
}
