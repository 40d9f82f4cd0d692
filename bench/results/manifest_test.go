package results

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/scenario"
)

// A sweep is written out as the file is read: the run has its strategies, not the range.
func TestAScenariosSweepIsResolved(t *testing.T) {
	s, err := scenario.Decode("sweep.yaml", []byte(sweepScenario))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(Planned{s, scenario.NewPlan(len(s.Strategies), 1, 1, 1)})
	if err != nil {
		t.Fatal(err)
	}
	want := `["sequential","fixed-pool:workers=1","fixed-pool:workers=2","fixed-pool:workers=4",` +
		`"hedged:workers=2,delay=10ms,budget=10%","hedged:workers=2,delay=20ms,budget=10%"]`
	if !strings.Contains(string(text), want) {
		t.Errorf("run.json would have\n%s\nwant\n%s", text, want)
	}
	again, err := readManifest("run.json", []byte(`{"schema": 1, "status": "complete", "shard": {"index": 0, "of": 1}, "scenarios": [`+string(text)+`]}`))
	if err != nil || len(again.Scenarios[0].Scenario.Strategies) != 6 {
		t.Errorf("read again: %v, %+v", err, again)
	}
}

const sweepScenario = `name: sweep
target: {mock: {latency: constant:1ms}}
workload: {tasks: 8}
strategies: [sequential, fixed-pool:workers=1..4, "hedged:workers=2,delay=10ms..20ms"]
`

// What a program with strategies of its own has measured, any fanbench can report on.
func TestARunOfStrategiesThatAreNotKnownHereIsRead(t *testing.T) {
	s, err := scenario.Decode("s.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 2}\nstrategies: [sequential]\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Strategies[0].Spec.Name = "somebody-elses"
	text, err := Planned{Scenario: s}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	m, err := readManifest("run.json", []byte(`{"schema": 1, "status": "complete", "shard": {"index": 0, "of": 1}, "scenarios": [`+string(text)+`]}`))
	if err != nil || m.Scenarios[0].Scenario.Strategies[0].String() != "somebody-elses" {
		t.Errorf("%+v, %v", m, err)
	}
}
