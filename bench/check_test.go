package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
)

func TestCheckRefusesRemoteTargets(t *testing.T) {
	s, err := scenario.Decode("s.yaml", []byte("target: {urls: {list: [\"http://example.com/a\", \"http://127.0.0.1/b\", \"http://example.com/c\"]}}\nstrategies: [sequential]\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := Check([]scenario.Scenario{s}, Options{AllowRemote: true}); err != nil {
		t.Errorf("with --allow-remote: %v", err)
	}
	err = Check([]scenario.Scenario{s, s}, Options{})
	for _, want := range []string{"s.yaml:1:24: target.urls.list[0]: example.com is not on this machine's loopback", `s.yaml:1:1: name: "s" is the name of another scenario too`} {
		if err == nil || strings.Count(err.Error(), want) == 0 {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// What is wrong with a scenario as a whole is at its place in the file, or in the flag that
// set it; what follows from another mistake is not told.
func TestMistakesOfTheWholeHaveAPlace(t *testing.T) {
	const text = `name: ""
target: {func: nothing}
workload: {tasks: 4, panics: [1, 7], timeout: 10}
programs:
  gone: [./gone]
strategies: [sequential, gone, gone]
measure: {until: 2%, max_rounds: 3}
assert: ["p50(errgroup) < 1s"]
`
	s, _ := scenario.Decode("w.yaml", []byte(text))
	s.Measure.Rounds = 0
	s.SetBy("--rounds", "measure.rounds")
	want := []string{
		"w.yaml:1:7: name: empty",
		`w.yaml:2:16: target.func: unknown function "nothing"`,
		"w.yaml:3:34: workload.panics[1]: there is no task 7",
		"w.yaml:3:47: workload.timeout: 10 has no unit",
		"w.yaml:5:9: programs.gone: ",
		"w.yaml:6:32: strategies[2]: gone is named twice",
		"w.yaml:8:10: assert[0]: p50(errgroup) < 1s: errgroup is not among the strategies",
		"--rounds: 0 is out of range",
	}
	got := strings.Split(Check([]scenario.Scenario{s}, Options{Worker: []string{"worker"}}).Error(), "\n")
	if len(got) != len(want) {
		t.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}

	s, _ = scenario.Decode("n.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: many, panics: [7]}\nstrategies: [sequentiel]\nassert: [\"p50(sequential) < 1s\"]\n"))
	if got := s.Validate().Error(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "n.yaml:2:19: workload.tasks: want a whole number") {
		t.Errorf("got\n%s", got)
	}
	if got := (scenario.Scenario{Name: "made"}).Validate(); !strings.Contains(got.Error(), `scenario "made": workload.tasks: 0; say how many`) {
		t.Errorf("of a scenario without a file: %v", got)
	}
}

// An error about a remote URL names where the URL is written, in the scenario or in its list.
func TestRemoteURLsHaveAPlace(t *testing.T) {
	list := filepath.Join(t.TempDir(), "u.txt")
	if err := os.WriteFile(list, []byte("http://127.0.0.1/\n# a comment\nhttp://example.com/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"target:\n  urls:\n    list:\n      - http://127.0.0.1/\n      - http://example.com/\n": "r.yaml:5:9: target.urls.list[1]: example.com is not on",
		"target: {url: \"http://example.com/\"}\nworkload: {tasks: 1}\n":                        "r.yaml:1:15: target.url: example.com is not on",
		"target: {urls: {file: " + list + "}}\n":                                                "r.yaml:1:16: target.urls.list[1]: " + list + ":3: example.com is not on",
	} {
		s, err := scenario.Decode("r.yaml", []byte(text+"strategies: [sequential]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := Check([]scenario.Scenario{s}, Options{}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
