package bench

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/internal/child"
	"github.com/fanbench/fanbench/bench/internal/worker"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/recordfile"
	"github.com/fanbench/fanbench/strategies"
)

// remoteTrial has a worker process hold one trial of 10 tasks.
func remoteTrial(ctx context.Context, t *testing.T, strategy string, hung time.Duration) (records []strategies.Record, rep worker.Report, said string, err error) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Server-Timing", "queue;dur=1.5, service;dur=20")
		_, _ = w.Write([]byte("hello"))
	}))
	defer server.Close()
	dir := t.TempDir()
	log, path := filepath.Join(dir, "worker.log"), filepath.Join(dir, "x.rec")
	if err := recordfile.Create(path, 10); err != nil {
		t.Fatal(err)
	}
	w, err := openRemote(t.Context(), child.Command{Args: workerCommand(t), Log: log, Death: child.TellOnDeath}, worker.Job{Strategy: strategy, Tasks: 10, Timeout: patient, URL: server.URL + "/?round={round}&task={task}"}, limits{}, hung)
	if err != nil {
		t.Fatal(err)
	}
	rep, err = w.Trial(ctx, worker.Order{Round: 1, Records: path, Census: true})
	if closeErr := w.Close(child.Patience); closeErr != nil {
		t.Error(closeErr)
	}
	records, readErr := recordfile.Read(path)
	if readErr != nil {
		t.Fatal(readErr)
	}
	text, readErr := os.ReadFile(log)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return records, rep, string(text), err
}

func TestAWorkerHoldsATrial(t *testing.T) {
	records, rep, _, err := remoteTrial(t.Context(), t, "fixed-pool:workers=3", patient)
	if err != nil {
		t.Fatal(err)
	}
	if a := results.NewAudit(records, rep.Returned); a != (results.Audit{Done: 10, Starts: 10}) {
		t.Errorf("audit %+v", a)
	}
	for i, r := range records {
		if r.Bytes != 5 || r.Status != 200 || r.Queue != 1.5e6 || r.Service != 20e6 || r.Start <= 0 || r.End < r.Start {
			t.Errorf("record %d: %+v", i, r)
		}
	}
	if u := rep.Usage; u.Connections != 0 || u.Goroutines < 4 || u.Allocs == 0 {
		t.Errorf("usage %+v", u)
	}
}

func TestAWorkerThatDiesLeavesItsRecords(t *testing.T) {
	for strategy, want := range map[string]string{
		"test-panics": "exit status 2: panic: test-panics panics",
		"test-exits":  "exit status 7",
	} {
		records, _, _, err := remoteTrial(t.Context(), t, strategy, patient)
		var crash *crashError
		if !errors.As(err, &crash) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", strategy, err, want)
		}
		if a := results.NewAudit(records, 0); a.Done != 5 || a.Unstarted != 5 {
			t.Errorf("%s: audit %+v", strategy, a)
		}
	}
}

func TestAWorkerThatHangsIsKilledAndItsGoroutinesAreKept(t *testing.T) {
	records, _, said, err := remoteTrial(t.Context(), t, "test-hangs", 3*time.Second)
	var overdue *overdueError
	if !errors.As(err, &overdue) || overdue.status() != results.StatusHang || overdue.signs.done != 5 || overdue.signs.started != 5 {
		t.Errorf("got %v", err)
	}
	if a := results.NewAudit(records, 0); a.Done != 5 {
		t.Errorf("audit %+v", a)
	}
	if !strings.Contains(said, "goroutine ") || !strings.Contains(said, "bench.init") {
		t.Errorf("no goroutine dump in the log:\n%s", said)
	}
}

func TestACancelledTrialEndsTheWorker(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, _, _, err := remoteTrial(ctx, t, "test-hangs", patient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAWorkerThatCannotBegin(t *testing.T) {
	j := worker.Job{Strategy: "no-such", Tasks: 1, Timeout: patient}
	log := filepath.Join(t.TempDir(), "log")
	if _, err := openRemote(t.Context(), child.Command{Args: workerCommand(t), Log: log, Death: child.TellOnDeath}, j, limits{}, patient); err == nil || !strings.Contains(err.Error(), `unknown strategy "no-such"`) {
		t.Errorf("got %v", err)
	}
	if _, err := openRemote(t.Context(), child.Command{Args: []string{filepath.Join(t.TempDir(), "missing")}, Log: log, Death: child.TellOnDeath}, j, limits{}, patient); err == nil || !strings.Contains(err.Error(), "starting a worker") {
		t.Errorf("got %v", err)
	}
	if exe, err := exec.LookPath("true"); err == nil {
		if _, err := openRemote(t.Context(), child.Command{Args: []string{exe}, Log: log, Death: child.TellOnDeath}, j, limits{}, patient); err == nil || !strings.Contains(err.Error(), "exit status 0") {
			t.Errorf("got %v", err)
		}
	}
}

// A worker whose coordinator is gone in mid-trial ends, though its strategy hangs.
func TestAnOrphanEnds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.rec")
	if err := recordfile.Create(path, 1); err != nil {
		t.Fatal(err)
	}
	command := workerCommand(t)
	cmd := exec.Command(command[0])
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = worker.WriteMessage(stdin, "open", "protocol", worker.ProtocolVersion, "strategy", "test-hangs", "tasks", 1, "timeout_ns", int64(patient), "url", "http://127.0.0.1:1/")
	_ = worker.WriteMessage(stdin, "trial", "round", 1, "records", path)
	time.Sleep(100 * time.Millisecond) // it may be in the trial by now, or not yet: it ends either way
	_ = stdin.Close()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case <-done:
	case <-time.After(patient):
		_ = cmd.Process.Kill()
		t.Error("the orphan lives on", <-done)
	}
}
