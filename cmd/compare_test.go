package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// goBench returns ten lines of a Go benchmark of about ns nanoseconds.
func goBench(ns int) string {
	var b strings.Builder
	for i := range 10 {
		fmt.Fprintf(&b, "BenchmarkA-2 1 %d ns/op\n", ns*1000+i)
	}
	return b.String()
}

func TestCompareTellsByItsStatus(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "old.txt", goBench(100))
	write(t, dir, "slow.txt", goBench(120))
	write(t, dir, "few.txt", strings.Join(strings.SplitAfter(goBench(100), "\n")[:3], ""))
	write(t, dir, "prose.txt", "not a benchmark\n")
	for _, c := range []struct {
		args   string
		status int
		want   string // on stdout; on stderr for wrong usage
	}{
		{"old.txt old.txt", exitOK, "PASS"},
		{"old.txt slow.txt", exitGate, "REGRESSION: 1 of 1"},
		{"old.txt slow.txt --max-regress 30%", exitOK, "PASS"},
		{"slow.txt old.txt", exitOK, "faster"},
		{"old.txt few.txt", exitInvalid, "CANNOT TELL"},
		{"old.txt slow.txt --format json", exitGate, `"outcome": "regression"`},
		{"old.txt", exitUsage, "name two to compare, BASE and HEAD, not 1"},
		{"old.txt missing.txt", exitUsage, "missing.txt: no such file"},
		{"missing.txt prose.txt", exitUsage, "prose.txt is neither a run directory nor"},
		{"old.txt slow.txt --format jsn --max-regress x --pairs 3", exitUsage, `unknown format "jsn"; did you mean "json"?`},
		{"old.txt slow.txt --metric p99", exitUsage, `unknown metric "p99"`},
		{"old.txt slow.txt -- -x", exitUsage, "arguments after -- are for the programs of --run"},
	} {
		r := call(t, dir, append([]string{"compare"}, strings.Fields(c.args)...)...)
		text := r.stdout
		if c.status == exitUsage {
			text = r.stderr
		}
		if r.status != c.status || !strings.Contains(text, c.want) {
			t.Errorf("%s: status %d, want %d and %q\n%s%s", c.args, r.status, c.status, c.want, r.stdout, r.stderr)
		}
	}
}

func TestCompareRunsPrograms(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	// Two copies of one program: the verdict is random, but both must have run.
	r := call(t, dir, "compare", "--run", self, self, "--pairs", "2", "--warmup", "0", "--out", "out", "--", "version")
	if r.status != exitInvalid || !strings.Contains(r.stdout, "2 rounds that both have: a verdict takes 6") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out", "head.txt"))
	if err != nil || strings.Count(string(text), "BenchmarkProcess 1 ") != 2 {
		t.Errorf("%v: %s", err, text)
	}
	r = call(t, dir, "compare", "--run", self, "./missing", "--pairs", "1")
	if r.status != exitFailed || !strings.Contains(r.stderr, "missing") {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
	r = call(t, dir, "compare", "--run", self, self, "--", "no-such-command")
	if r.status != exitFailed || !strings.Contains(r.stderr, "exit status 2: ") {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
}

func TestExecute(t *testing.T) {
	if _, _, err := execute(t.Context(), "go", []string{"no-such-command"}); err == nil || !strings.Contains(err.Error(), "running go: exit status 2") {
		t.Errorf("got %v", err)
	}
	if out, took, err := execute(t.Context(), "go", []string{"version"}); err != nil || !strings.HasPrefix(out, "go version") || took <= 0 {
		t.Errorf("got %q %v %v", out, took, err)
	}
}

// Filters and --undecided, as a CI job uses them.
func TestCompareOnlySomeAndUndecided(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.txt", goBench(100))
	write(t, dir, "few.txt", "BenchmarkFanout/scenario=s/strategy=errgroup-2 1 100 ns/op\nBenchmarkFanout/scenario=s/strategy=sequential-2 1 100 ns/op\n")
	for want, args := range map[int][]string{
		exitInvalid: {"few.txt", "few.txt"},
		exitOK:      {"--undecided", "pass", "few.txt", "few.txt"},
		exitGate:    {"--undecided", "fail", "few.txt", "few.txt"},
		exitUsage:   {"--undecided", "perhaps", "--strategies", "errgruop", "few.txt", "few.txt"},
	} {
		if r := call(t, dir, append([]string{"compare"}, args...)...); r.status != want {
			t.Errorf("%v: status %d, want %d\n%s%s", args, r.status, want, r.stdout, r.stderr)
		}
	}
	r := call(t, dir, "compare", "--strategies", "errgroup", "--scenario", "s", "few.txt", "few.txt")
	if !strings.Contains(r.stdout, "errgroup") || strings.Contains(r.stdout, "sequential") {
		t.Errorf("got %s", r.stdout)
	}
	if r := call(t, dir, "compare", "--strategies", "errgruop", "few.txt", "few.txt"); r.status != exitUsage || !strings.Contains(r.stderr, `did you mean "errgroup"?`) {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
}
