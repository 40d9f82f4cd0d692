package cmd

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// The metrics are sent when the run has ended. A system that refuses them costs nothing but a
// warning that says how to send them again, and secrets are in no file and no message.
func TestMetricsAreSent(t *testing.T) {
	var got sync.Map // by request
	var status atomic.Int32
	status.Store(http.StatusOK)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got.Store(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"), string(body))
		w.WriteHeader(int(status.Load()))
		_, _ = io.WriteString(w, "not now")
	}))
	defer s.Close()
	t.Setenv("FANBENCH_PUSH_HEADERS", "Authorization=Bearer%20topsecret1")
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20topsecret2")
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	dir := t.TempDir()
	r := call(t, dir, "run", "-n", "2", "--sleep", "1ms", "--rounds", "1", "--warmup", "0", "--strategies", "sequential", "--no-charts", "--out", "out", "--push", s.URL+"?token=topsecret3", "--otlp", "env")
	text, _ := got.Load("PUT /metrics/job/fanbench Bearer topsecret1")
	if r.status != exitOK || text != read(t, dir, "out/metrics.txt") || !strings.Contains(read(t, dir, "out/metrics.txt"), "fanbench_makespan_seconds") {
		t.Errorf("status %d, %v\n%s", r.status, text, r.stderr)
	}
	if otlp, ok := got.Load("POST /v1/metrics Bearer topsecret2"); !ok || !strings.Contains(otlp.(string), "fanbench.makespan") {
		t.Errorf("by OTLP came %q", otlp)
	}
	status.Store(http.StatusServiceUnavailable)
	again := call(t, dir, "report", "--no-charts", "--push", s.URL+"?token=topsecret3", "--otlp", "env", "out")
	for _, want := range []string{"it answered 503 Service Unavailable: not now", "fanbench report --no-charts --push " + s.URL + "/metrics/job/fanbench out\n", "--otlp env out\n"} {
		if again.status != exitOK || !strings.Contains(again.stderr, want) {
			t.Errorf("status %d, no %q in\n%s", again.status, want, again.stderr)
		}
	}
	files := 0
	err := filepath.WalkDir(filepath.Join(dir, "out"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "topsecret") {
			t.Errorf("%s has a secret", path)
		}
		return err
	})
	if shown := r.stdout + r.stderr + again.stdout + again.stderr; err != nil || files < 5 || strings.Contains(shown, "topsecret") {
		t.Errorf("%v, %d files, shown:\n%s", err, files, shown)
	}
	// Mistakes are found before anything is measured.
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "topsecret2")
	r = call(t, dir, "run", "--out", "none", "--push", "localhost:9091", "--otlp", "env")
	if _, err := os.Stat(filepath.Join(dir, "none")); r.status != exitUsage || err == nil || strings.Contains(r.stderr, "topsecret") ||
		!strings.Contains(r.stderr, "--push: not a URL") || !strings.Contains(r.stderr, "--otlp: OTEL_EXPORTER_OTLP_HEADERS: header 1 is not") {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
}
