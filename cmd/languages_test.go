package cmd

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/needs"
)

// foreign is a strategy in another language with the expected outcome of its trials.
type foreign struct {
	name, command string
	status        results.Status
	text          string // expected in its error
}

func TestRustThreads(t *testing.T) {
	t.Parallel()
	dir := cargo(t, "../examples/rust")
	testForeign(t, "--no-charts", []foreign{
		{"rust-threads", dir + "/fanbench-rust, threads", results.StatusOK, ""},
		{"rust-pool", dir + "/fanbench-rust, pool", results.StatusOK, ""},
		{"rust-panicking", dir + "/fanbench-rust, panicking", results.StatusError, "task 3: the thread panicked"},
		{"rust-detached", dir + "/fanbench-rust, detached", results.StatusIncomplete, ""},
		{"rust-mistake", dir + "/fanbench-rust, thread", results.StatusFatal, `"thread" is none of`},
	})
}

func TestRustPools(t *testing.T) {
	for _, crate := range []string{"rayon", "tokio"} {
		if found, _ := filepath.Glob("/usr/share/cargo/registry/" + crate + "-[0-9]*"); len(found) == 0 {
			t.Skipf("Debian's librust-%s-dev is not installed", crate)
		}
	}
	dir := cargo(t, "../examples/rust/pools", "--config", "debian.toml")
	testForeign(t, "--no-charts", []foreign{
		{"rust-rayon", dir + "/fanbench-rust-pools, rayon", results.StatusOK, ""},
		{"rust-tokio", dir + "/fanbench-rust-pools, tokio", results.StatusOK, ""},
	})
}

func TestNodePromises(t *testing.T) {
	t.Parallel()
	needs.Program(t, "node")
	worker, err := filepath.Abs("../examples/node/worker.mjs")
	if err != nil {
		t.Fatal(err)
	}
	testForeign(t, "--no-charts=false", []foreign{
		{"node-all", "node, " + worker, results.StatusOK, ""},
		{"node-detached", "node, " + worker + ", detached", results.StatusIncomplete, ""},
		{"node-mistake", "node, " + worker + ", al", results.StatusFatal, "al is none of all, detached"},
	})
}

// The same worker does batches that arrive, if the scenario says that it speaks version 2.
func TestNodeDoesPhasesOfLoad(t *testing.T) {
	needs.Program(t, "node")
	worker, err := filepath.Abs("../examples/node/worker.mjs")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "load.yaml", `target: {mock: {latency: 5ms}}
workload: {tasks: "uniform:min=1,max=5", arrivals: {rate: 40/s, for: 1s}}
strategies: [node-all, node-detached]
measure: {rounds: 1, warmup: 0, figure: median, processes: kept}
programs:
  node-all: {command: [node, '`+worker+`'], protocol: 2}
  node-detached: {command: [node, '`+worker+`', detached], protocol: 2}
`)
	r := call(t, dir, "run", "load.yaml", "--out", "out", "--no-charts")
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	for _, name := range []string{"node-all", "node-detached"} {
		trials := run.Measured("load", name)
		if len(trials) != 1 {
			t.Fatalf("%s: %d trials\n%s", name, len(trials), r.stderr)
		}
		if p := trials[0].Phase; p == nil || p.Done != p.Batches || p.Missed+p.Unplanned > 0 || p.Median == nil || trials[0].Audit.Lost > 0 {
			t.Errorf("%s: %+v, %+v", name, trials[0], p)
		}
	}
}

// cargo builds a crate without the network and returns the directory of its programs.
func cargo(t *testing.T, crate string, flags ...string) string {
	t.Helper()
	c := exec.Command(needs.Program(t, "cargo"), append([]string{"build", "--release", "--offline", "--quiet"}, flags...)...)
	c.Dir = crate
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("cargo build in %s: %v\n%s", crate, err, out)
	}
	dir, err := filepath.Abs(filepath.Join(crate, "target", "release"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(dir)
}

// testForeign runs the strategies beside one in Go. charts is the flag for charts, which
// are slow under the race detector. Tasks take longer than a detached strategy waits.
func testForeign(t *testing.T, charts string, list []foreign) {
	t.Helper()
	var programs, names strings.Builder
	for _, f := range list {
		fmt.Fprintf(&programs, "  %s: [%s]\n", f.name, f.command)
		fmt.Fprintf(&names, ", %s", f.name)
	}
	dir := t.TempDir()
	write(t, dir, "languages.yaml", `target: {mock: {latency: 400ms}}
workload: {tasks: 6}
strategies: [goroutine-per-task`+names.String()+`]
measure: {rounds: 1, warmup: 0, error_budget: 100%}
programs:
`+programs.String())
	r := call(t, dir, "run", "languages.yaml", "--out", "out", charts)
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	for _, f := range append(list, foreign{"goroutine-per-task", "", results.StatusOK, ""}) {
		trials := run.Measured("languages", f.name)
		for _, tr := range trials {
			if tr.Status != f.status || !strings.Contains(tr.Error, f.text) {
				t.Errorf("%s: %s %q; want %+v", f.name, tr.Status, tr.Error, f)
			}
			if f.status != results.StatusFatal && (tr.Audit.Done != 6 || tr.Bound != nil && tr.Bound.Lower > tr.Makespan || *tr.Received != 6-tr.Audit.Failed) {
				t.Errorf("%s: %+v, makespan %v, %d requests received", f.name, tr.Audit, tr.Makespan, *tr.Received)
			}
		}
		if len(trials) != 1 {
			t.Errorf("%s: %d trials", f.name, len(trials))
		}
		if f.status == results.StatusOK && !strings.Contains(r.stdout, f.name) {
			t.Errorf("%s is not in the table:\n%s", f.name, r.stdout)
		}
	}
	files, _ := os.ReadDir(filepath.Join(dir, "out", "charts"))
	if want := charts != "--no-charts"; (len(files) > 0) != want {
		t.Errorf("%d charts", len(files))
	}
}
