package cmd

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
)

// What run prints for programs is the file of that format, and nothing else.
func TestFormatsOfAReport(t *testing.T) {
	dir := t.TempDir()
	args := []string{"run", "--latency", "constant:1ms", "--strategies", "errgroup", "--rounds", "2", "--no-charts", "--out", "out"}
	r := call(t, dir, append(args, "--format", "json")...)
	var v struct{ Status string }
	if err := json.Unmarshal([]byte(r.stdout), &v); err != nil || v.Status == "" || r.stdout != read(t, dir, "out/summary.json") {
		t.Errorf("%v, status %d:\n%s%s", err, r.status, r.stdout, r.stderr)
	}
	r = call(t, dir, "report", "--no-charts", "--format", "csv", "out")
	if rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll(); err != nil || len(rows) != 2 {
		t.Errorf("%v:\n%s", err, r.stdout)
	}
	if r = call(t, dir, "report", "--no-charts", "--format", "markdown", "out"); !strings.Contains(r.stdout, "| errgroup | ") {
		t.Errorf("got\n%s", r.stdout)
	}
	if r = call(t, dir, "run", "--format", "xml"); r.status != exitUsage || !strings.Contains(r.stderr, `unknown format "xml"`) {
		t.Errorf("status %d, %s", r.status, r.stderr)
	}
}
