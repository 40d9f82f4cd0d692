package cmd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/needs"
)

// services are the examples that measure fan-outs against services that work, each in a
// directory of its own with a scenario of its name and run.sh.
var services = []struct {
	name, needs string
	tasks       string // of a batch
	succeeds    string // a strategy of which no task fails
	fails       string // one that is to fail, "" for none
	because     string
}{
	{"load-nginx", "nginx", "20", "shared-semaphore:limit=16", "goroutine-per-task", "HTTP 429 Too Many Requests"},
	{"load-sqlite", "go", "2", "shared-pool:workers=1", "", ""},
	{"load-function", "nginx", "2", "shared-semaphore:limit=16", "", ""},
}

func TestServicesAreMeasured(t *testing.T) {
	for _, s := range services {
		t.Run(s.name, func(t *testing.T) {
			needs.Program(t, s.needs)
			needs.Program(t, "go")
			sh := needs.Program(t, "sh")
			dir, temporary := t.TempDir(), t.TempDir()
			self := fanbench(t, dir)
			c := exec.Command(sh, filepath.Join("..", "examples", s.name, "run.sh"),
				"--rate", "40/s", "--for", "1s", "--ramp-up", "0s", "-n", s.tasks, "--rounds", "1", "--warmup", "0", "--no-charts",
				"--strategies", strings.Trim(s.succeeds+","+s.fails, ","), "--out", filepath.Join(dir, "out"))
			c.Env = append(self.Env, "FANBENCH="+self.Path, "PORT="+freePort(t), "TMPDIR="+temporary, "GOFLAGS=-mod=readonly", "GOWORK=off")
			text, err := c.CombinedOutput()
			run, openErr := results.Open(filepath.Join(dir, "out"))
			if openErr != nil {
				t.Fatalf("%v, %v\n%s", err, openErr, text)
			}
			if left, err := os.ReadDir(temporary); len(left) > 0 || err != nil {
				t.Errorf("left behind: %v, %v", left, err)
			}
			for strategy, fails := range map[string]bool{s.succeeds: false, s.fails: true} {
				if strategy == "" {
					continue
				}
				trials := run.Measured(s.name, strategy)
				if len(trials) != 1 || trials[0].Phase == nil || trials[0].Phase.Batches < 15 || (trials[0].Audit.Failed > 0) != fails {
					t.Fatalf("%s: %+v\n%s", strategy, trials, text)
				}
				if faults := trials[0].Faults; fails && (len(faults) != 1 || faults[0] != s.because) {
					t.Errorf("%s: %q, want %q and nothing else", strategy, faults, s.because)
				}
			}
		})
	}
}

// Each example says what it stands for, and its scenario is one that a run accepts: rates
// below, at and beyond what the service can do, enough rounds, phases of some seconds.
func TestServicesAreWhole(t *testing.T) {
	page := read(t, "..", "docs/load.md")
	makefile := read(t, "..", "Makefile")
	for _, s := range services {
		file := filepath.Join("..", "examples", s.name, s.name+".yaml")
		if text := read(t, "..", "examples/"+s.name+"/"+s.name+".yaml"); !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not say what it is", file)
		}
		for _, want := range []string{"(../examples/" + s.name + ")", "make " + s.name, "](images/" + s.name} {
			if !strings.Contains(page, want) {
				t.Errorf("docs/load.md has no %s", want)
			}
		}
		if !strings.Contains(makefile, "\n"+s.name+": build ##") {
			t.Errorf("the Makefile has no %s", s.name)
		}
		sc, err := scenario.Read(file)
		if err != nil {
			t.Error(err)
			continue
		}
		list := scenario.Expand([]scenario.Scenario{sc})
		if len(list) < 3 {
			t.Errorf("%s has %d rates", file, len(list))
		}
		for _, sc := range list {
			if a := sc.Workload.Arrivals; a == nil || a.Warmup+a.For > 10*time.Second || sc.Measure.Rounds < 7 {
				t.Errorf("%s: %+v, %d rounds", sc.Name, a, sc.Measure.Rounds)
			}
		}
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
