package cmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedAndUnfinishedRuns checks what report and compare print for a run that is
// damaged, partial or unfinished, and their exit statuses.
func TestDamagedAndUnfinishedRuns(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, append([]string{"run", "--out", "whole", "--no-charts", "--strategies", "sequential,errgroup"}, short...)...)
	if !r.fine() {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	record := "tasks/default/sequential/round-0001.rec"
	rerun := func(change func(run fs.FS, into string)) (report, compare result) {
		t.Helper()
		into := filepath.Join(t.TempDir(), "run")
		change(os.DirFS(filepath.Join(dir, "whole")), into)
		return call(t, dir, "report", "--no-charts", into), call(t, dir, "compare", "whole", into)
	}
	copied := func(name string, by func([]byte) []byte) func(fs.FS, string) {
		return func(run fs.FS, into string) {
			if err := os.CopyFS(into, run); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(into, filepath.FromSlash(name))
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, by(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name            string
		change          func(fs.FS, string)
		report, compare int
		want            string
	}{
		{"a record cut short", copied(record, func(b []byte) []byte { return b[:64] }), exitInvalid, exitInvalid, record + " was altered"},
		{"a makespan", copied("trials.jsonl", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"makespan_ns":`), []byte(`"makespan_ns":1`), 1)
		}), exitInvalid, exitInvalid, "trials.jsonl:1 was altered"},
		{"no makespans to compare", func(run fs.FS, into string) {
			if err := errors.Join(os.CopyFS(into, run), os.Remove(filepath.Join(into, "bench.txt"))); err != nil {
				t.Fatal(err)
			}
		}, exitInvalid, exitInvalid, "bench.txt is missing"},
		{"a number that is out of range", copied("bench.txt", func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(" 1 "), []byte(" 1 -1")) }), exitInvalid, exitInvalid, "bench.txt"},
		{"no status", copied("run.json", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"status"`), []byte(`"stotus"`), 1)
		}), exitUsage, exitUsage, `unknown field "stotus"`},
		{"a run that was killed", func(_ fs.FS, into string) {
			if err := os.CopyFS(into, os.DirFS(filepath.Join("..", "reports", "testdata", "schemas", "1"))); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(into, "run.json")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.Replace(text, []byte(`"complete"`), []byte(`"running"`), 1), 0o644); err != nil {
				t.Fatal(err)
			}
		}, exitFailed, exitInvalid, "UNFINISHED"},
	} {
		report, compare := rerun(c.change)
		if text := strings.Join(strings.Fields(report.stdout+report.stderr), " "); report.status != c.report || !strings.Contains(text, c.want) {
			t.Errorf("%s: report exits %d, want %d and %q\n%s%s", c.name, report.status, c.report, c.want, report.stdout, report.stderr)
		}
		if compare.status != c.compare {
			t.Errorf("%s: compare exits %d, want %d\n%s%s", c.name, compare.status, c.compare, compare.stdout, compare.stderr)
		}
	}
}
