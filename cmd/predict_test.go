package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/internal/screen"
)

func TestPredict(t *testing.T) {
	dir := t.TempDir()
	// Tasks take so long that what a busy machine does to them is little beside it.
	write(t, dir, "batch.yaml", "target: {mock: {latency: constant:40ms}}\nworkload: {tasks: 24}\nstrategies: [\"fixed-pool:workers=4\", \"errgroup:limit=4\", failsafe-adaptive]\nmeasure: {rounds: 5, warmup: 0}\n")
	r := call(t, dir, "predict", "batch.yaml", "-n", "1e6", "--out", "run", "--chart", "chart.png")
	for _, want := range []string{"1,000,000 tasks predicted from 24", "fixed-pool:workers=4", "gains nothing beyond", "not predicted: batch, failsafe-adaptive:max=200,initial=20,window=1s: its limit moves"} {
		if r.status != exitOK || !strings.Contains(strings.ReplaceAll(r.stdout, "\n", " "), want) {
			t.Fatalf("no %q: status %d\n%s%s", want, r.status, r.stdout, r.stderr)
		}
	}
	for line := range strings.Lines(r.stdout) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > screen.Usual {
			t.Errorf("wider than %d columns: %s", screen.Usual, line)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "chart.png")); err != nil || info.Size() < 1000 {
		t.Errorf("the chart: %v", err)
	}

	// From the run, nothing is measured.
	r = call(t, dir, "predict", "run", "-n", "1e9", "--strategies", "fixed-pool", "--limit", "8,16", "--format", "json")
	var report predict.Report
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil || r.status != exitOK || len(report.Predictions) != 2 {
		t.Fatalf("status %d, %v\n%s%s", r.status, err, r.stdout, r.stderr)
	}
	// 10^9 tasks of at least 40 ms.
	for i, limit := range []float64{8, 16} {
		p := report.Predictions[i]
		if m := p.Makespan; m.Seconds < 40e6/limit || m.Low > m.Seconds || m.High < m.Seconds || len(p.Warnings) == 0 {
			t.Errorf("limit %v: %+v", limit, p)
		}
	}

	r = call(t, dir, "predict", "run", "--rate", "1/s,100000/s", "--limit", "4", "--strategies", "fixed-pool")
	for _, want := range []string{"batch, fixed-pool:workers=4", "1/s", "unstable"} {
		if r.status != exitOK || !strings.Contains(r.stdout, want) {
			t.Errorf("no %q: status %d\n%s%s", want, r.status, r.stdout, r.stderr)
		}
	}

	// All that is wrong is said at once.
	r = call(t, dir, "predict", "run", "-n", "1.5", "--limit", "0,x", "--format", "yaml", "--chart", "c.pdf", "--out", "other", "--rate", "x")
	for _, want := range []string{`-n: "1.5"`, `--limit: "0"`, `--limit: "x"`, "--format", "--chart", "leave out --out", "leave out -n", `--rate: "x" is not a rate`} {
		if r.status != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("no %q: status %d\n%s", want, r.status, r.stderr)
		}
	}
	r = call(t, dir, "predict", "run", "--strategies", "waves,fixd-pool")
	for _, want := range []string{"waves:size=8 was not measured in run", "fanbench run --strategies waves", `did you mean "fixed-pool"?`} {
		if r.status != exitUsage || !strings.Contains(r.stderr, want) {
			t.Errorf("no %q: status %d\n%s", want, r.status, r.stderr)
		}
	}
	if r = call(t, dir, "predict", "run", "--strategies", "failsafe-adaptive"); r.status != exitFailed || !strings.Contains(r.stderr, "nothing could be predicted") {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
	if r = call(t, dir, "predict", "none"); r.status != exitUsage {
		t.Errorf("status %d\n%s", r.status, r.stderr)
	}
}
