package scenario

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestAssertions(t *testing.T) {
	for text, want := range map[string]Assertion{
		"p99(errgroup:limit=8) < 150ms": {Metric: "p99", Strategy: "errgroup:limit=8", Op: "<", Value: .15},
		"lost == 0":                     {Metric: "lost", Op: "=="},
		" failed<=1% ":                  {Metric: "failed", Op: "<=", Value: .01, Relative: true},
		"efficiency( errgroup )>= 0.9":  {Metric: "efficiency", Strategy: "errgroup", Op: ">=", Value: .9},
		"rss < 64MiB":                   {Metric: "rss", Op: "<", Value: 64 << 20},
		"fixed-pool:workers=8  faster than  sequential ": {Strategy: "fixed-pool:workers=8", Than: "sequential"},
	} {
		want.Text = strings.TrimSpace(text)
		if got, err := ParseAssertion(text); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

// Every mistake has its place, and all are told at once.
func TestMistakesInAssertions(t *testing.T) {
	s, _ := Decode("a.yaml", []byte(`target: {mock: {latency: constant:1ms}}
workload: {tasks: 3}
strategies: [sequential, errgroup]
assert:
  - p98 < 150ms
  - "p99(errgruop) < 150"
  - makespan == 2s
  - lost == some
  - errgroup quicker than sequential
  - errgroup faster than errgroup
  - errgroup faster than waves
  - efficiency >= 1.5
  - rss <
  - [p99]
`))
	err := s.Validate()
	want := []string{
		`a.yaml:5:5: assert: unknown metric "p98"; did you mean "p90"?`,
		`a.yaml:6:10: assert: unknown strategy "errgruop"; did you mean "errgroup"?`,
		`a.yaml:6:22: assert: "150" is not a duration`,
		`a.yaml:7:14: assert: makespan is measured, so it equals nothing but by chance`,
		`a.yaml:8:13: assert: "some" is not a number of tasks`,
		`a.yaml:9:5: assert: "errgroup quicker than sequential" is not an assertion`,
		`a.yaml:10:26: assert: a strategy is not faster than itself`,
		`a.yaml:11:5: assert[6]: errgroup faster than waves: waves:size=8 is not among the strategies`,
		`a.yaml:12:19: assert: 1.5 is out of range`,
		`a.yaml:13:10: assert: `,
		`a.yaml:14:5: assert: want text, not a list`,
	}
	if err == nil {
		t.Fatal("no error")
	}
	got := strings.Split(err.Error(), "\n")
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Fatalf("line %d: want %s in\n%v", i, w, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got\n%v", err)
	}
}

// A flag can take away a strategy that an assertion of the file is about.
func TestAssertionsAboutStrategiesThatAreNotMeasured(t *testing.T) {
	s, err := Decode("a.yaml", []byte("name: a\ntarget: {mock: {latency: constant:1ms}}\nworkload: {tasks: 3}\nstrategies: [sequential, errgroup]\nassert: [\"p50(errgroup) < 1s\", \"lost == 0\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode("again.yaml", text)
	if err != nil || len(again.Assert) != 2 || again.Assert[0] != s.Assert[0] {
		t.Errorf("written back: %v, %+v", err, again.Assert)
	}
	s.Strategies = s.Strategies[:1]
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), `assert[0]: p50(errgroup) < 1s: errgroup is not among the strategies`) {
		t.Errorf("got %v", err)
	}
}

func FuzzParseAssertion(f *testing.F) {
	f.Add("p99(errgroup:limit=8) < 150ms")
	f.Add("a faster than b")
	f.Fuzz(func(t *testing.T, text string) { _, _ = ParseAssertion(text) })
}
