package cmd

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
)

func TestAssertionsSetTheStatus(t *testing.T) {
	dir := t.TempDir()
	const scenario = "name: a\ntarget: {sleep: {latency: constant:1ms}}\nworkload: {tasks: 4}\nstrategies: [sequential, errgroup]\nmeasure: {rounds: 2, warmup: 0}\nassert: "
	for _, c := range []struct {
		asserts string
		status  int
		want    string
	}{
		{"[lost > 0, p99 < 1s]", exitGate, "assert: fail: lost > 0: sequential: 0 of 8 tasks"},
		{"[errgroup faster than sequential]", exitInvalid, "2 rounds that both did in full; a verdict takes 6"},
	} {
		write(t, dir, "a.yaml", scenario+c.asserts+"\n")
		r := call(t, dir, "run", "--no-charts", "a.yaml")
		if r.status != c.status || !strings.Contains(flat(r.stdout), c.want) {
			t.Errorf("%s: status %d, want %d and %q\n%s%s", c.asserts, r.status, c.status, c.want, r.stdout, r.stderr)
		}
		if again := call(t, dir, "report", "--no-charts", "reports/latest"); again.status != c.status {
			t.Errorf("%s: rendered again: status %d", c.asserts, again.status)
		}
	}
	// A failed assertion outranks failed strategies.
	write(t, dir, "a.yaml", strings.Replace(scenario, "sleep: {latency: constant:1ms}", "mock: {latency: constant:1ms, faults: [{kind: status, status: 500, probability: 1}]}", 1)+"[failed == 0]\n")
	if r := call(t, dir, "run", "--no-charts", "a.yaml"); r.status != exitGate || !strings.Contains(flat(r.stdout), "8 of 8 tasks failed, over the error budget") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

func TestRoundsAreAddedUntilTheMost(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, "run", "-n", "2", "--latency", "constant:1ms", "--strategies", "sequential,errgroup", "--rounds", "6", "--max-rounds", "7", "--until", "0.01%", "--warmup", "auto", "--out", "out", "--no-charts")
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil || !r.fine() || run.PlannedRounds("default") != 7 || !strings.Contains(r.stdout, "default: after 7 rounds the interval") {
		t.Errorf("status %d, %v\n%s%s", r.status, err, r.stdout, r.stderr)
	}
	for args, want := range map[string]string{
		"--until wide":                       `--until: "wide" is not a fraction`,
		"--until 2% --strategies sequential": "--until: it is about differences",
		"--warmup some":                      `--warmup: want a whole number or auto, not "some"`,
	} {
		if r := call(t, dir, append([]string{"run"}, strings.Fields(args)...)...); r.status != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: status %d, %s", args, r.status, r.stderr)
		}
	}
}
