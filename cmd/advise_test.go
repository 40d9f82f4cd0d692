package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/advice"
)

// brief is an advise command that takes only a moment.
var brief = []string{"advise", "--sleep", "constant:1ms", "-n", "8", "--quick", "--time", "1s", "--no-charts"}

func TestAdviseMeasuresAndAdvises(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, append(brief, "--out", "out")...)
	if r.status != exitOK {
		t.Fatalf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	for _, want := range []string{"A guess, because 3 rounds cannot decide", "Why\n", "What it costs\n", "When things go wrong\n", "How this was found\n"} {
		if !strings.Contains(flat(r.stdout), flat(want)) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	for _, want := range []string{"screening: ", "decision: ", filepath.Join("out", "summary.md")} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in\n%s", want, r.stderr)
		}
	}
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	if len(run.Scenarios) != 2 || !run.Scenarios[0].Scenario.Measure.Screening || run.Scenarios[1].Scenario.Measure.Screening || run.Status != results.RunComplete {
		t.Errorf("the run is %s, with %d scenarios", run.Status, len(run.Scenarios))
	}
	for _, f := range []string{"advice.md", "advice.json", "summary.md"} {
		if _, err := os.Stat(filepath.Join(dir, "out", f)); err != nil {
			t.Error(err)
		}
	}

	// Derived again, the advice is the same, and nothing is measured.
	again := call(t, dir, "advise", "out")
	if again.status != exitOK || again.stdout != r.stdout || again.stderr != "" {
		t.Errorf("again: status %d\n%s%s", again.status, again.stdout, again.stderr)
	}
	// The advice is available as data.
	again = call(t, dir, "advise", "--format", "json", "out")
	var list []*advice.Advice
	if err := json.Unmarshal([]byte(again.stdout), &list); err != nil || len(list) != 1 || list[0].Use == "" || !strings.Contains(flat(r.stdout), "se "+list[0].Use+": ") {
		t.Errorf("as JSON: %v\n%s", err, again.stdout)
	}
	if r := call(t, dir, "report", "--no-charts", "out"); r.status != exitOK || !strings.Contains(flat(r.stdout), "A first look, which chose what was measured next.") {
		t.Errorf("report: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// Any run can be advised on, also one that advise did not make.
func TestAdviseFromAnyRun(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "two.yaml", "target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4}\nstrategies: [sequential, fixed-pool:workers=1..4]\nmeasure: {rounds: 2, warmup: 0}\n")
	if r := call(t, dir, "run", "two.yaml", "--no-charts", "--out", "out"); r.status != exitOK {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	r := call(t, dir, "advise", "--format", "markdown", "out")
	if r.status != exitOK || !strings.HasPrefix(r.stdout, "# two: 4 tasks, sleep") || !strings.Contains(r.stdout, "| use | ") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

func TestAdviseWhereNothingWorks(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, "advise", "--url", "http://127.0.0.1:1/", "-n", "2", "--quick", "--time", "1s", "--no-charts", "--no-preflight")
	if r.status != exitFailed || !strings.Contains(flat(r.stdout), "Nothing can be recommended: every strategy crashed") || !strings.Contains(r.stdout, "connection refused") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// A scenario need not list strategies, because the search chooses them, and its assertions
// may name other strategies. If the server refuses wide batches, the search goes down to
// narrow ones: a pilot that fails says nothing about them.
func TestAdviseAtARateLimit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "rate.yaml", "target:\n  mock:\n    latency: constant:20ms\n    faults: [{kind: rate-limit, rate: 100, burst: 3}]\nworkload: {tasks: 16}\nassert: [\"failed == 0\"]\n")
	r := call(t, dir, "advise", "rate.yaml", "--time", "4s", "--rate-limit", "100/s", "--no-charts", "--format", "json")
	var list []*advice.Advice
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || r.status != exitOK || len(list) != 1 || list[0].Use == "" {
		t.Fatalf("status %d: %v\n%s%s", r.status, err, r.stdout, r.stderr)
	}
	if !strings.Contains(r.stderr, "pilot: 8 tasks, 8 at once") {
		t.Errorf("no pilot message in\n%s", r.stderr)
	}
}

func TestParseRate(t *testing.T) {
	for text, want := range map[string]float64{"100/s": 100, "600/m": 10, " 7200/h": 2, "0.5": 0.5} {
		if got, err := scenario.ParseRate(text); err != nil || got != want {
			t.Errorf("%q: %g, %v; want %g", text, got, err, want)
		}
	}
	for _, text := range []string{"", "/s", "-1/s", "0", "NaN", "Inf/s", "5/d", "5/"} {
		if v, err := scenario.ParseRate(text); err == nil {
			t.Errorf("%q is read as %g a second", text, v)
		}
	}
}

func TestAdviseBadInput(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.yaml", "target: {sleep: {latency: 1ms}}\nworkload: {tasks: -3}\nstrategies: [fixed-pool:workers=64..1]\n")
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string][]string{
		"advise bad.yaml --tolerance wide --time 1ms": {"bad.yaml:2:19: workload.tasks: -3", "bad.yaml:3:14: fixed-pool: workers=64..1: a range goes upwards", "--tolerance: ", "--time: 1ms is too short"},
		"advise --format htm":                         {`--format: unknown format "htm"`},
		"advise --strategies fixed-pool:workers=1..0": {"--strategies: fixed-pool: workers=0: out of range"},
		"advise empty":                                {"empty is not a run directory"},
		"advise empty -n 5 --time 3s":                 {"empty is a finished run and is not measured again: leave out --tasks, --time"},
		"advise --slots 0 --rate-limit 5/day":         {"--slots: 0 is out of range: want 1 or more", `--rate-limit: "5/day" is not a rate; write it as 100/s`},
		"advise a.yaml b.yaml":                        {"accepts at most 1 arg"},
		"advise missing.yaml":                         {"missing.yaml: no such file"},
	} {
		r := call(t, dir, strings.Fields(args)...)
		if r.status != exitUsage || r.stdout != "" {
			t.Errorf("%s: status %d\n%s", args, r.status, r.stdout)
		}
		for _, w := range want {
			if !strings.Contains(r.stderr, w) {
				t.Errorf("%s: no %q in\n%s", args, w, r.stderr)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "reports")); !os.IsNotExist(err) {
		t.Error("bad input left a run directory")
	}
}
