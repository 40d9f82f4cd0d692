package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
)

// TestMain makes the test's program a fanbench-full where asMain is set.
func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		main()
	}
	os.Exit(m.Run())
}

const asMain = "FANBENCH_FULL_TEST_MAIN"

// Each example of a target measures, and no task of it fails.
func TestExamplesOfTargets(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for script, needed := range map[string]string{
		"command/run.sh": "gzip", "tcp/run.sh": "go", "grpc/run.sh": "go", "sql/run-sqlite.sh": "sh", "sql/run-postgres.sh": "pg_ctl",
	} {
		t.Run(script, func(t *testing.T) {
			if _, err := exec.LookPath(needed); err != nil {
				t.Skipf("no %s", needed)
			}
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "out")
			c := exec.Command(sh, filepath.Join("..", "..", "examples", script), "--rounds", "1", "--warmup", "1", "-n", "8",
				"--strategies", "fixed-pool:workers=4,goroutine-per-task", "--no-charts", "--out", dir)
			c.Env = append(os.Environ(), asMain+"=1", "FANBENCH="+self, "PORT="+freePort(t), "GOFLAGS=-mod=readonly", "GOWORK=off")
			text, err := c.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			run, err := results.Open(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, trial := range run.Trials {
				if trial.Audit.Done != 8 || trial.Audit.Failed > 0 {
					t.Errorf("%s: %+v, faults %q", trial.Strategy, trial.Audit, trial.Faults)
				}
			}
			if len(run.Trials) != 4 {
				t.Errorf("%d trials, want 4", len(run.Trials))
			}
		})
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
