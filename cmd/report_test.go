package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/reports/summary"
)

// The exit status is that of the gravest problem of the run.
func TestStatusOfARun(t *testing.T) {
	asserting := func(o summary.AssertionOutcome) *summary.Run {
		return &summary.Run{Scenarios: []*summary.Scenario{{Assertions: []summary.Assertion{{Outcome: o}}}}}
	}
	fails, open := asserting(summary.AssertionFails), asserting(summary.AssertionOpen)
	crashed := []results.Trial{{Scenario: "s", Strategy: "x", Status: results.StatusPanic}}
	run := func(status results.RunState, trials []results.Trial, reasons ...string) *results.Run {
		return &results.Run{Manifest: results.Manifest{Status: status, Reasons: reasons}, Trials: trials}
	}
	for name, c := range map[string]struct {
		run       *results.Run
		summary   *summary.Run
		measured  bool
		unwritten bool
		want      int
	}{
		"all well":                          {run(results.RunComplete, nil), &summary.Run{}, true, false, exitOK},
		"interrupted, and fails":            {run(results.RunPartial, crashed, "interrupted"), fails, true, true, exitInterrupted},
		"invalid, fails, crashed":           {run(results.RunInvalid, crashed), fails, true, true, exitInvalid},
		"invalid, and a chart failed":       {run(results.RunInvalid, nil), &summary.Run{}, true, true, exitInvalid},
		"invalid, no report at all":         {run(results.RunInvalid, nil), nil, true, true, exitInvalid},
		"fails, crashed":                    {run(results.RunComplete, crashed), fails, true, true, exitGate},
		"crashed":                           {run(results.RunComplete, crashed), open, true, false, exitFailed},
		"crashed, when it was measured":     {run(results.RunComplete, crashed), &summary.Run{}, false, false, exitOK},
		"ended by an error":                 {run(results.RunPartial, nil, "the server died"), &summary.Run{}, true, false, exitFailed},
		"a chart failed":                    {run(results.RunComplete, nil), &summary.Run{}, false, true, exitFailed},
		"an assertion that is inconclusive": {run(results.RunComplete, nil), open, true, false, exitInvalid},
		"an assertion that does not hold":   {run(results.RunComplete, nil), fails, false, false, exitGate},
		"no report":                         {run(results.RunComplete, nil), nil, false, true, exitFailed},
	} {
		if got := statusOf(c.run, c.summary, c.measured, c.unwritten); got != c.want {
			t.Errorf("%s: status %d, want %d", name, got, c.want)
		}
	}
}

// An invalid run whose report cannot be written is still an invalid run: the status names
// the graver problem, stderr the other.
func TestInvalidOutranksAReportThatFails(t *testing.T) {
	dir := t.TempDir()
	if r := call(t, dir, "run", "-n", "2", "--sleep", "1ms", "--rounds", "1", "--warmup", "0", "--strategies", "sequential", "--out", "out", "--no-charts"); r.status != exitOK {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	text := strings.Replace(read(t, dir, "out/run.json"), `"status": "complete"`, `"status": "invalid"`, 1)
	write(t, dir, "out/run.json", text)
	if err := os.RemoveAll(filepath.Join(dir, "out", "hist")); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "out/hist", "not a directory")
	r := call(t, dir, "report", "--no-charts", "out")
	if r.status != exitInvalid || !strings.Contains(r.stderr, "hist") || !strings.HasPrefix(r.stdout, "INVALID") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}
