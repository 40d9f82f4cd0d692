package cmd

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"
)

// With this variable set, the test binary is fanbench: workers and servers are started
// exactly as the real program starts them.
const mainEnv = "FANBENCH_TEST_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(mainEnv) != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// fanbench returns a command with these arguments that works in dir.
func fanbench(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Dir = dir
	// With its default, the race detector makes every process wait a second before it ends.
	c.Env = append(os.Environ(), mainEnv+"=1", "GORACE=atexit_sleep_ms=0")
	return c
}

// result is a command's status and output.
type result struct {
	status         int
	stdout, stderr string
}

func call(t *testing.T, dir string, args ...string) result {
	t.Helper()
	c := fanbench(t, dir, args...)
	var out, err strings.Builder
	c.Stdout, c.Stderr = &out, &err
	var exit *exec.ExitError
	if e := c.Run(); e != nil && !errors.As(e, &exit) {
		t.Fatal(e)
	}
	return result{c.ProcessState.ExitCode(), out.String(), err.String()}
}

// short are flags that shorten a run to a moment.
var short = []string{"--rounds", "2", "--warmup", "1", "-n", "4", "--latency", "constant:1ms"}

func TestRunWritesARunAndSaysWhere(t *testing.T) {
	dir := t.TempDir()
	r := call(t, dir, append([]string{"run"}, short...)...)
	if !r.fine() {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	for _, want := range []string{"default", "sequential", "fixed-pool:workers=4", "baseline"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("no %q in\n%s", want, r.stdout)
		}
	}
	if !strings.Contains(r.stderr, "default: round 2/2, trial 12 of 12") {
		t.Errorf("progress:\n%s", r.stderr)
	}
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if _, err := os.Stat(filepath.Join(dir, lines[len(lines)-1])); err != nil {
		t.Errorf("the last line is not a path: %v", err)
	}
	run, err := results.Open(filepath.Join(dir, "reports", "latest"))
	if err != nil {
		t.Fatal(err)
	}
	if run.Status != results.RunComplete && r.status == exitOK || !run.Isolated || run.Command[0] != "fanbench" || run.Command[1] != "run" {
		t.Errorf("got %+v", run.Manifest)
	}

	for _, tr := range run.Trials {
		if known := runtime.GOOS == "linux"; (tr.ServerCPU > 0) != known || tr.ServerCPU > 10*time.Second {
			t.Errorf("%s, round %d: the mock server used %v of CPU time", tr.Strategy, tr.Round, tr.ServerCPU)
		}
	}

	// Rendering again measures nothing and changes nothing.
	summary := filepath.Join(run.Dir, "summary.json")
	before, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	if r := call(t, dir, "report", "--no-charts", "reports/latest"); !r.fine() {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	if after, _ := os.ReadFile(summary); string(after) != string(before) && !strings.Contains(string(after), `"latest"`) {
		t.Error("a second rendering differs")
	}
}

func TestScenariosAndFlagsMerge(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", "target: {mock: {latency: constant:1ms}}\nworkload: {tasks: 3}\nstrategies: [sequential, errgroup]\nmeasure: {rounds: 9, seed: 5}\n")
	write(t, dir, "b.yaml", "target: {mock: {latency: constant:2ms}}\nworkload: {tasks: 4}\nstrategies: [errgroup]\n")
	r := call(t, dir, "run", "a.yaml", "b.yaml", "--rounds", "1", "--warmup", "0", "--isolate=false", "--no-charts", "--out", "out")
	if !r.fine() {
		t.Fatalf("status %d\n%s", r.status, r.stderr)
	}
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	a, b := run.Scenarios[0].Scenario, run.Scenarios[1].Scenario
	if a.Measure.Rounds != 1 || a.Measure.Seed != 5 || a.Workload.Tasks != 3 || b.Workload.Tasks != 4 || b.Target.Mock.Latency.String() != "constant:2ms" {
		t.Errorf("got %+v and %+v", a, b)
	}
	if run.Isolated || len(run.Trials) != 3 {
		t.Errorf("isolated %v, %d trials", run.Isolated, len(run.Trials))
	}
	if r := call(t, dir, "run", "a.yaml", "--out", "out"); r.status != exitUsage || !strings.Contains(r.stderr, "out is not empty") {
		t.Errorf("an existing run was overwritten: %d %s", r.status, r.stderr)
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad.yaml", "target: {mock: {latency: constant:1ms}}\nworkload: {tasks: -3, tusks: 1}\nstrategies: [sequentil]\n")
	write(t, dir, "whole.yaml", "target: {url: http://example.com/}\nworkload: {tasks: 3}\nstrategies: [sequential]\nmeasure: {until: 2%}\n")
	write(t, dir, "half.yaml", "target: {url: http://example.org/}\nworkload: {tasks: -3}\nstrategies: [sequentil]\nassert: [p50(sequentil) < 1s]\nmeasure: {until: 2%}\n")
	write(t, dir, "list.yaml", "[target, workload]\n")
	write(t, dir, "urls.txt", "http://127.0.0.1:1/\nnonsense\n")
	write(t, dir, "remote.txt", "http://example.com/\n")
	for _, tc := range []struct {
		args   string
		status int
		want   []string
	}{
		{"run bad.yaml", exitUsage, []string{"bad.yaml:2:19: workload.tasks: -3 is out of range", `bad.yaml:2:23: unknown key "tusks"; did you mean "tasks"?`, `bad.yaml:3:14: unknown strategy "sequentil"; did you mean "sequential"?`}},
		{"run missing.yaml bad.yaml", exitUsage, []string{"missing.yaml: no such file", "bad.yaml:2:19"}},
		{"run --strategies sequentil,fixed-pool:workers=0 --latency constant:x --error-budget 7", exitUsage, []string{"--strategies: unknown strategy", "--strategies: fixed-pool: workers=0: out of range", "--latency: ", "--error-budget: 7 is out of range"}},
		{"run --cpu much --stack 5apples --memory-limit x", exitUsage, []string{"--cpu: unknown distribution", "--stack: ", "--memory-limit: "}},
		{"run --sleep 1ms --stack 1GiB --memory-limit 1B --thread-limit 2", exitUsage, []string{"--stack: 1GiB is out of range", "--memory-limit: 1B is", "--thread-limit: 2 is"}},
		{"run --sleep 1ms --thread-limit 20 --isolate=false", exitUsage, []string{"--thread-limit: needs each strategy in its own process"}},
		{"run --func none", exitUsage, []string{`unknown function "none" (none is known)`}},
		{"semantics --format htm --strategies sequential", exitUsage, []string{`unknown format "htm"`}},
		{"semantics --strategies sequentil,errgruop", exitUsage, []string{`did you mean "sequential"?`, `did you mean "errgroup"?`}},
		{"run -n 0", exitUsage, []string{"--tasks: 0; say how many"}},
		{"run -n many", exitUsage, []string{`--tasks: "many" is not a whole number`, "See 'fanbench run --help'"}},
		{"run --rounds 0 --warmup -1 --timeout 0s", exitUsage, []string{"--rounds: 0", "--warmup: -1", "--timeout: 0s"}},
		{"run --urls urls.txt", exitUsage, []string{`--urls: urls.txt:2:1: "nonsense" is not a URL`}},
		{"run --urls urls.txt --url http://127.0.0.1/", exitUsage, []string{"--url, --urls: give one of them only"}},
		{"run --urls missing.txt", exitUsage, []string{"missing.txt: no such file"}},
		{"run --urls remote.txt", exitUsage, []string{"--urls: remote.txt:1: example.com is not on this machine's loopback", "--allow-remote"}},
		{"run --out bad.yaml", exitUsage, []string{"bad.yaml is a file"}},
		{"run --no-such-flag", exitUsage, []string{"unknown flag: --no-such-flag\n"}},
		{"run --ronds 3", exitUsage, []string{"unknown flag: --ronds; did you mean --rounds?"}},
		{"run -z", exitUsage, []string{"unknown flag: -z"}},
		{"run -n 99999999999999999999", exitUsage, []string{"--tasks: 99999999999999999999 is out of range"}},
		{"run --timeout 5", exitUsage, []string{`--timeout: "5" is not a duration such as 2s`}},
		{"run --seed -1", exitUsage, []string{`--seed: "-1" is not a whole number of at least 0`}},
		{"run --isolate=maybe", exitUsage, []string{`--isolate: "maybe" is not true or false`}},
		{"run --rounds", exitUsage, []string{"--rounds: a value is missing, a whole number"}},
		{"run --quick --rounds 3", exitUsage, []string{"--quick, --rounds: give one of them only"}},
		// Mistakes in a whole scenario are reported together with those in its parts.
		{"run whole.yaml half.yaml missing.yaml --error-budget x --out . --theme pink", exitUsage, []string{
			`whole.yaml:1:15: target.url: example.com is not on this machine's loopback`, `whole.yaml:4:18: measure.until: it is about differences`,
			"half.yaml:2:19: workload.tasks: -3", `half.yaml:1:15: target.url: example.org is not on`, "missing.yaml: no such file",
			"--error-budget: ", ". is not empty", `--theme: no theme "pink"`,
		}},
		{"run --latency x --rounds 0", exitUsage, []string{`--latency: unknown distribution "x"`, "--rounds: 0 is out of range"}},
		{"run list.yaml", exitUsage, []string{"list.yaml:1:1: scenario: want key: value pairs, not a list\n"}},
		{"run /dev/zero", exitUsage, []string{"/dev/zero is a device, not a regular file"}},
		{"run --urls /dev/zero --benchstat=x", exitUsage, []string{"--urls: reading the list of URLs: /dev/zero is a device"}},
		{"compare /dev/zero bad.yaml --metric=", exitUsage, []string{"--metric: name one at least"}},
		{"compare /dev/zero bad.yaml", exitUsage, []string{"/dev/zero is a device", "bad.yaml is neither a run directory nor"}},
		{"serve --config /dev/zero", exitUsage, []string{"is a device"}},
		{"serve --latency empirical:/dev/zero,column=x", exitUsage, []string{"is a device"}},
		{"serve --addr 127.0.0.1:99999", exitUsage, []string{"port 99999 is not a number from 0 to 65535"}},
		{"doctor now", exitUsage, []string{`fanbench doctor takes no arguments, only flags; "now" is one too many`}},
		{"rum", exitUsage, []string{`unknown command "rum"; did you mean "run"? (known: `}},
		{"report", exitUsage, []string{"name one run directory, such as reports/latest, not 0"}},
		{"report missing", exitUsage, []string{"missing is not a run directory"}},
		{"serve --addr 192.0.2.1:0", exitUsage, []string{"not a loopback address"}},
		{"list errgruop", exitUsage, []string{`unknown strategy "errgruop"; did you mean "errgroup"?`}},
	} {
		r := call(t, dir, strings.Fields(tc.args)...)
		if r.status != tc.status {
			t.Errorf("%s: status %d, want %d", tc.args, r.status, tc.status)
		}
		for _, want := range tc.want {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("%s: no %q in\n%s", tc.args, want, r.stderr)
			}
		}
		if r.stdout != "" {
			t.Errorf("%s: on stdout: %s", tc.args, r.stdout)
		}
		for _, beside := range []string{"name exactly one of", "none is named", "tasks: 0", "half.yaml:5", "among the strategies", "named twice"} {
			if strings.Contains(r.stderr, beside) && tc.args != "run -n 0" {
				t.Errorf("%s: %q, a mere consequence of another mistake, is reported in\n%s", tc.args, beside, r.stderr)
			}
		}
		if strings.Contains(r.stderr, "goroutine ") {
			t.Errorf("%s: a panic:\n%s", tc.args, r.stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "reports")); !os.IsNotExist(err) {
		t.Error("bad input left a run directory")
	}
}

func TestAPortInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := call(t, t.TempDir(), "serve", "--addr", l.Addr().String())
	if r.status != exitFailed || !strings.Contains(r.stderr, "in use") {
		t.Errorf("status %d: %s", r.status, r.stderr)
	}
}

func TestAListOfURLs(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			http.Error(w, "no", 500)
			return
		}
		_, _ = w.Write(make([]byte, 2048))
	}))
	defer server.Close()
	dir := t.TempDir()
	flags := []string{"--no-charts", "--rounds", "1", "--warmup", "0", "--strategies", "goroutine-per-task,fixed-pool:workers=2"}
	write(t, dir, "good.txt", "# two\n"+server.URL+"/a\n"+server.URL+"/b\n")
	r := call(t, dir, append([]string{"run", "--urls", "good.txt"}, flags...)...)
	if md := read(t, dir, "reports/latest/summary.md"); r.status != exitOK || !strings.Contains(md, server.URL+"/b") || !strings.Contains(md, "2.00KiB") {
		t.Errorf("status %d\n%s%s", r.status, md, r.stderr)
	}
	write(t, dir, "bad.txt", server.URL+"/a\n"+server.URL+"/broken\n")
	r = call(t, dir, append([]string{"run", "--urls", "bad.txt"}, flags...)...)
	if r.status != exitFailed || !strings.Contains(flat(r.stdout), "failed: - urls: goroutine-per-task: 1 of 2 tasks failed, over the error budget of 0% (--error-budget): HTTP 500") {
		t.Errorf("status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	r = call(t, dir, append([]string{"run", "--urls", "bad.txt", "--error-budget", "50%"}, flags...)...)
	if r.status != exitOK {
		t.Errorf("within the budget: status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

func TestCtrlCKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	c := fanbench(t, dir, "run", "-n", "2", "--latency", "constant:50ms", "--rounds", "10000", "--no-charts", "--out", "out")
	var out, errs strings.Builder
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	trials := filepath.Join(dir, "out", "trials.jsonl")
	for range 600 {
		if text, _ := os.ReadFile(trials); strings.Count(string(text), "\n") >= 6 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	if s := c.ProcessState.ExitCode(); s != exitInterrupted {
		t.Errorf("status %d\n%s", s, errs.String())
	}
	// On a busy machine the run has a second reason. The reasons are then a list.
	if text := out.String(); !strings.HasPrefix(text, "PARTIAL: interrupted") && !(strings.HasPrefix(text, "PARTIAL for ") && strings.Contains(text, "\n- interrupted\n")) {
		t.Errorf("the report has a different beginning:\n%s", out.String())
	}
	run, err := results.Open(filepath.Join(dir, "out"))
	if err != nil || !run.Interrupted() || len(run.Trials) < 6 {
		t.Fatalf("got %+v, %v", run, err)
	}
	var summary map[string]any
	text, err := os.ReadFile(filepath.Join(dir, "out", "summary.json"))
	if err != nil || json.Unmarshal(text, &summary) != nil || summary["status"] != "partial" {
		t.Errorf("summary: %v %s", err, text)
	}
}

func TestEverySubcommandHasHelpWithExamples(t *testing.T) {
	dir := t.TempDir()
	root := newRoot()
	for _, c := range append(root.Commands(), root) {
		if c.Hidden || c.Name() == "completion" || c.Name() == "help" {
			continue
		}
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example or no description", c.Name())
		}
	}
	if r := call(t, dir, "run", "--help"); r.status != exitOK || !strings.Contains(r.stdout, "Examples:") || !strings.Contains(r.stdout, "--error-budget") {
		t.Errorf("status %d\n%s", r.status, r.stdout)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if r := call(t, dir, "completion", shell); r.status != exitOK || !strings.Contains(r.stdout, "fanbench") {
			t.Errorf("completion %s: status %d", shell, r.status)
		}
	}
	if r := call(t, dir, "__complete", "run", "--strategies", "sequential,err"); !strings.Contains(r.stdout, "sequential,errgroup\t") {
		t.Errorf("completion of strategies: %s", r.stdout)
	}
	if r := call(t, dir, "version"); r.status != exitOK || !strings.HasPrefix(r.stdout, "fanbench ") {
		t.Errorf("version: %+v", r)
	}
	if r := call(t, dir, "list"); r.status != exitOK || !strings.Contains(r.stdout, "fixed-pool") || !strings.Contains(r.stdout, "1..1000000") {
		t.Errorf("list: %+v", r)
	}
}

// fine reports whether a run against the mock server went well. On a machine that is too
// busy for the server to keep its latencies, the matching warning also counts as well.
func (r result) fine() bool {
	if r.status != exitInvalid {
		return r.status == exitOK
	}
	text := flat(r.stdout + r.stderr)
	return slices.ContainsFunc([]string{
		"did not achieve the latencies asked for", "a process stood still", "the generator is saturated", "the hypervisor gave", "quota",
	}, func(reason string) bool { return strings.Contains(text, reason) })
}

// flat undoes the wrapping of lines.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
