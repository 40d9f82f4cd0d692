package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"go.yaml.in/yaml/v3"
)

// programScenario is a scenario with these programs and strategies.
func programScenario(programs, strategies string) (scenario.Scenario, error) {
	return scenario.Decode("dir/p.yaml", []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 4}\nstrategies: ["+strategies+
		"]\nmeasure: {rounds: 1, warmup: 0}\nprograms:\n"+programs))
}

func TestProgramsAreStrategies(t *testing.T) {
	s, err := programScenario("  plain: [./worker, all]\n  pool: {command: [node, x.mjs], dir: js, params: {workers: 8, queue: 2}}\n",
		`sequential, plain, "pool:workers=3"`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Error(err)
	}
	if got := s.Strategies[2].String(); got != "pool:queue=2,workers=3" || s.Strategies[2].Width(100) != 3 || s.Strategies[1].Width(100) != 100 {
		t.Errorf("got %s", got)
	}
	p := s.Program(s.Strategies[2])
	if p == nil || p.Dir != filepath.Join("dir", "js") || s.Program(s.Strategies[0]) != nil {
		t.Errorf("got %+v", p)
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := scenario.Decode("/elsewhere/again.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	where, err := filepath.Abs(filepath.Join("dir", "js"))
	if p := again.Program(again.Strategies[2]); err != nil || p == nil || p.Dir != where || p.Command[1] != "x.mjs" || again.Strategies[2].String() != "pool:queue=2,workers=3" {
		t.Errorf("%v: written as\n%s", err, text)
	}
}

func TestBadPrograms(t *testing.T) {
	_, err := programScenario("  sequential: [x]\n  none: []\n  Bad Name: [x]\n  zero: {command: [x], params: {workers: 0}, colour: red}\n  word: x\n", "sequential, nun, plain-4")
	for _, want := range []string{
		"dir/p.yaml:6:3: sequential is the name of another strategy", "dir/p.yaml:7:9: none: command is missing",
		`dir/p.yaml:8:3: name "Bad Name"`, "workers: 0 is out of range", `unknown key "colour"`, "word: want key: value pairs",
		`unknown strategy "nun"`, `unknown strategy "plain-4"`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	s, err := programScenario("  gone: [./no-such-program]\n", "gone")
	if err != nil {
		t.Fatal(err)
	}
	s.Workload.Stack = 1 << 10
	err = Check([]scenario.Scenario{s}, Options{})
	for _, want := range []string{"dir/p.yaml:6:9: programs.gone: ", filepath.Join("dir", "no-such-program"), "has it been built?", "none of stack, alloc, panics and nested"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
	s.Programs = nil
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "gone is neither a strategy of this program nor") {
		t.Errorf("got %v", err)
	}
}

// A program that is no worker, one that refuses and one that goes on when its group is
// to end: each is a trial that failed, and none holds up the run.
func TestProgramsThatAreNoWorkers(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no sh")
	}
	s, err := programScenario(`
  exits: [sh, -c, "echo gone >&2; exit 3"]
  babbles: [sh, -c, "echo hello; cat"]
  refuses: [sh, -c, "printf 'refused\\terror=not today\\n'; cat"]
  hangs: [sh, -c, "printf 'ready\\tprotocol=1\\n'; sleep 1000; true"]
`, "exits, babbles, refuses, hangs, sequential")
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Programs {
		s.Programs[i].Dir = ""
	}
	s.Measure.TrialTimeout = time.Second
	run, err := Measure(t.Context(), []scenario.Scenario{s}, Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	for strategy, want := range map[string]struct {
		status results.Status
		text   string
	}{
		"exits":      {results.StatusFatal, "exit status 3: gone"},
		"babbles":    {results.StatusFatal, `unexpected "hello"`},
		"refuses":    {results.StatusFatal, "not today"},
		"hangs":      {results.StatusHang, "did not end within 1s"},
		"sequential": {results.StatusOK, ""},
	} {
		trials := run.Measured(s.Name, strategy)
		if len(trials) != 1 || trials[0].Status != want.status || !strings.Contains(trials[0].Error, want.text) {
			t.Errorf("%s: %+v", strategy, trials)
		}
	}
}

// A path is relative to the scenario's directory, also from there.
func TestProgramBesideItsScenario(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has other executables")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("w.sh", []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"p.yaml", filepath.Join(dir, "p.yaml")} {
		s, err := scenario.Decode(file, []byte("target: {mock: {latency: 1ms}}\nworkload: {tasks: 4}\nprograms: {bad: [./w.sh]}\nstrategies: [bad]\n"))
		if err == nil {
			err = Check([]scenario.Scenario{s}, Options{Worker: []string{"worker"}})
		}
		if err != nil {
			t.Error(err)
		}
	}
}
