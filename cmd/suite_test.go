package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// suiteFiles are the scenarios of a suite of the Makefile, in its order.
func suiteFiles(t *testing.T, suite string) (files []string) {
	t.Helper()
	names := regexp.MustCompile(`(?m)^` + suite + ` := \$\(patsubst %,(.*/)%\.yaml,(.*)\)$`).FindStringSubmatch(read(t, "..", "Makefile"))
	if names == nil {
		t.Fatalf("the Makefile has no %s", suite)
	}
	for name := range strings.FieldsSeq(names[2]) {
		files = append(files, names[1]+name+".yaml")
	}
	return files
}

func TestTheSuitesAreWhole(t *testing.T) {
	checkSuite(t, suiteFiles(t, "SUITE"), "suite", "docs/choosing.md")
	checkSuite(t, suiteFiles(t, "LOAD_SUITE"), "load-suite", "docs/choosing-load.md")
}

// checkSuite checks the scenarios of a suite, which lie in the folder and which the page explains.
func checkSuite(t *testing.T, files []string, folder, doc string) {
	t.Helper()
	there, err := filepath.Glob(filepath.Join("..", "examples", "scenarios", folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(there) != len(files) {
		t.Errorf("the Makefile names %d scenarios of %d", len(files), len(there))
	}
	page := read(t, "..", doc)
	var scenarios []scenario.Scenario
	for _, f := range files {
		s, err := scenario.Read(filepath.Join("..", filepath.FromSlash(f)))
		if err != nil {
			t.Error(err)
			continue
		}
		if s.Name+".yaml" != filepath.Base(f) {
			t.Errorf("%s is named %s", f, s.Name)
		}
		if text := read(t, "..", f); !strings.HasPrefix(text, "# ") {
			t.Errorf("%s does not describe its situation", f)
		}
		if !strings.Contains(page, "../"+f) {
			t.Errorf("%s does not mention %s", doc, f)
		}
		if plan := scenario.NewPlan(len(s.Strategies), s.Measure.Warmup, s.Measure.Rounds, s.Measure.Seed); len(plan.Rounds) < 9 {
			t.Errorf("%s: %d rounds are too few for a verdict", f, len(plan.Rounds))
		}
		scenarios = append(scenarios, s)
	}
	if err := bench.Check(scenarios, bench.Options{Worker: []string{"worker"}}); err != nil {
		t.Error(err)
	}
	if _, d := scenario.Estimate(scenarios, true); d.Minutes() > 9 {
		t.Errorf("the suite takes about %v, want less than ten minutes", d)
	}
}

// Every situation is run, briefly, with strategies that behave differently in it.
func TestTheSuiteRuns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{
		"run", "--rounds", "1", "--warmup", "0", "--no-charts", "--out", "out",
		"-n", "48", // the size of the most expensive batch, and more than the number of the task that panics
		"--strategies", "fixed-pool:workers=8,goroutine-per-task,pond:limit=64",
	}
	for _, f := range suiteFiles(t, "SUITE") {
		file, err := filepath.Abs(filepath.Join("..", filepath.FromSlash(f)))
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	r := call(t, dir, args...)
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatalf("%v\n%s", err, r.stderr)
	}
	if r.status != exitFailed && r.status != exitInvalid || run.Status == results.RunPartial { // a busy machine may make it invalid
		t.Errorf("status %d, %s: %v\n%s", r.status, run.Status, run.Reasons, r.stderr)
	}
	if !strings.HasPrefix(r.stderr, "30 trials, about ") {
		t.Errorf("no estimate: %q", r.stderr)
	}
	status := map[string]results.Status{}
	for _, tr := range run.Trials {
		status[tr.Scenario+" "+tr.Strategy] = tr.Status
	}
	// The memory-hungry scenario is left out: the race detector takes several times the memory.
	for of, want := range map[string]results.Status{
		"short-io fixed-pool:workers=8": results.StatusOK,
		"tiny-tasks goroutine-per-task": results.StatusOK,
		"cpu-bound pond:limit=64":       results.StatusOK,
		"panicking goroutine-per-task":  results.StatusPanic,
		"panicking pond:limit=64":       results.StatusError,
	} {
		if status[of] != want {
			t.Errorf("%s: %s, want %s", of, status[of], want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "out", "matrix.md")); err != nil || !strings.Contains(string(text), "| tiny-tasks (too few rounds to compare) |") {
		t.Errorf("the matrix: %v\n%s", err, text)
	}
}
