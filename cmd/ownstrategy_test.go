package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/needs"
)

// A separate module with its own strategy has the whole command line.
func TestAModuleWithAStrategyOfItsOwn(t *testing.T) {
	t.Parallel()
	goTool := needs.Program(t, "go")
	const module = "../examples/ownstrategy"
	program := filepath.Join(t.TempDir(), "ownstrategy")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	for _, args := range [][]string{{"build", "-o", program, "."}, {"test", "."}} {
		c := exec.Command(goTool, args...)
		c.Dir = module
		c.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v (if go.mod has changed: run 'go mod tidy' in examples/ownstrategy)\n%s", args, err, out)
		}
	}
	dir := t.TempDir()
	c := exec.Command(program, "run", "--sleep", "1ms", "-n", "4", "--rounds", "2", "--strategies", "staggered,sequential", "--out", "out")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "staggered:pause=1ms") {
		t.Fatalf("%v\n%s", err, out)
	}
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil || !run.Isolated || len(run.Failures()) > 0 {
		t.Errorf("%+v, %v", run, err)
	}
}
