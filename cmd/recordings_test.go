package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Recorded latencies are looked up beside the scenario that names them, or, for flags, in
// the working directory. Neither report nor compare needs the recordings.
func TestRecordingsAreBesideWhatNamesThem(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "sub/took.csv", "took\n1ms\n2ms\n")
	write(t, dir, "sub/s.yaml", "target: {mock: {latency: {dist: empirical, file: took.csv, column: took}}}\nworkload: {tasks: 4}\nstrategies: [errgroup]\nmeasure: {rounds: 2, warmup: 0}\n")
	for out, args := range map[string][]string{
		"a": {"sub/s.yaml"},
		"b": {"sub/s.yaml"},
		"c": {"sub/s.yaml", "--latency", "empirical:sub/took.csv,column=took"},
	} {
		if r := call(t, dir, append([]string{"run", "--no-charts", "--out", out}, args...)...); !r.fine() {
			t.Fatalf("status %d\n%s", r.status, r.stderr)
		}
	}
	if r := call(t, dir, "run", "--latency", "empirical:took.csv,column=took"); r.status != exitUsage || !strings.Contains(r.stderr, "--latency: empirical: file: open took.csv") {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
	if err := os.RemoveAll(filepath.Join(dir, "sub")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if r := call(t, dir, "report", "--no-charts", "moved"); !r.fine() || !strings.Contains(r.stdout, "empirical:file=recordings/took-") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, head := range []string{"b", "c"} {
		if r := call(t, dir, "compare", "moved", head); !strings.Contains(r.stdout, "2 pairs") {
			t.Errorf("with %s: status %d\n%s%s", head, r.status, r.stdout, r.stderr)
		}
	}
	if r := call(t, dir, "run", "sub/s.yaml"); r.status != exitUsage {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
}
