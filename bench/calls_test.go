package bench

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fanbench/fanbench/bench/call"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/needs"
)

// callScenario is a scenario of 8 tasks that make a call, in two rounds.
func callScenario(t *testing.T, c call.Call) scenario.Scenario {
	t.Helper()
	s := scenarioOf(t, "fixed-pool:workers=3")
	s.Target, s.Workload.Tasks, s.Workload.Timeout = scenario.Target{Call: c}, 8, patient
	s.Measure.Rounds, s.Measure.Warmup, s.Measure.NoPreflight = 2, 0, false
	return s
}

// measured measures it in processes of the strategies, and reads the run from disk.
func measured(t *testing.T, s scenario.Scenario) *results.Run {
	t.Helper()
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run"), Worker: workerCommand(t)})
	if err != nil {
		t.Fatal(err)
	}
	return reopen(t, run)
}

// lines answers every line with itself, and counts connections and lines.
func lines(t *testing.T) (address string, conns, asked *atomic.Int64) {
	t.Helper()
	conns, asked = new(atomic.Int64), new(atomic.Int64)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			wg.Go(func() {
				defer conn.Close()
				for in := bufio.NewReader(conn); ; {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					asked.Add(1)
					_, _ = io.WriteString(conn, line)
				}
			})
		}
	})
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String(), conns, asked
}

// Every task makes its call, in a process of its own strategy. What becomes of connections
// between trials is as for requests.
func TestTCPIsMeasured(t *testing.T) {
	for of, want := range map[scenario.Connections]int64{scenario.ConnectionsWarm: 3 + 3, scenario.ConnectionsKept: 3} {
		address, conns, asked := lines(t)
		s := callScenario(t, &call.TCP{Address: address, Send: "task {task} of round {round}\n", Read: call.ReadLine})
		s.Workload.Connections = of
		s.Measure.NoPreflight = true
		run := measured(t, s)
		for _, trial := range run.Measured(s.Name, "fixed-pool:workers=3") {
			if trial.Audit.Done != 8 || trial.Audit.Failed > 0 || of == scenario.ConnectionsWarm && trial.Usage.Connections != 0 {
				t.Errorf("%s: %d tasks succeeded, %d connections were opened: %q", of, trial.Audit.Done-trial.Audit.Failed, trial.Usage.Connections, trial.Faults)
			}
		}
		if asked.Load() != 16 || conns.Load() != want {
			t.Errorf("%s: %d exchanges over %d connections, want 16 over %d", of, asked.Load(), conns.Load(), want)
		}
	}
}

func TestCommandsAreMeasured(t *testing.T) {
	needs.Program(t, "sh")
	dir := t.TempDir()
	s := callScenario(t, &call.Command{Shell: "echo {task} >>calls; test {task} -ne 5", Dir: dir})
	s.Measure.ErrorBudget = 0.5
	run := measured(t, s)
	for _, trial := range run.Measured(s.Name, "fixed-pool:workers=3") {
		if trial.Audit.Done != 8 || trial.Audit.Failed != 1 || len(trial.Faults) != 1 || trial.Faults[0] != "exit status 1" {
			t.Errorf("%+v, faults %q", trial.Audit, trial.Faults)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if n := strings.Count(string(text), "\n"); err != nil || n != 1+16 {
		t.Errorf("%d calls were made, want the preflight's and 16: %v", n, err)
	}
}

func TestCallsAreCheckedBeforeTheFirstTrial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close() // nothing listens there
	for want, s := range map[string]scenario.Scenario{
		"preflight: tcp " + l.Addr().String() + ", x: ":     callScenario(t, &call.TCP{Address: l.Addr().String(), Send: "x"}),
		"exit status 1: out of paper; check target.command": callScenario(t, &call.Command{Shell: "echo out of paper >&2; exit 1"}),
	} {
		if err := preflight(context.Background(), []scenario.Scenario{s, s}, Options{}); err == nil || strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v, want once %q", err, want)
		}
	}
	for want, c := range map[string]call.Call{
		"target.sql.driver: this program has no driver":                 &call.SQL{Driver: "pgx", DSN: "x", Query: "x"},
		"target.grpc: this program makes no grpc calls":                 &call.GRPC{Address: "127.0.0.1:1", Method: "a.B/C"},
		"target.tcp: 192.0.2.1 is not on this machine's loopback":       &call.TCP{Address: "192.0.2.1:7", Send: "x"},
		"target.sql: db.example is not on this machine's loopback":      &call.SQL{Driver: "pgx", DSN: "postgres://db.example/x", Query: "x"},
		"target.command: missing: argv":                                 &call.Command{},
		"a program only fetches URLs: use the target mock, url or urls": &call.Command{Shell: "true"},
	} {
		s := callScenario(t, c)
		if strings.HasPrefix(want, "a program") {
			var err error
			if s, err = programScenario("  one: [sh]\n", "one"); err != nil {
				t.Fatal(err)
			}
			s.Target = scenario.Target{Call: c}
		}
		if err := Check([]scenario.Scenario{s}, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
