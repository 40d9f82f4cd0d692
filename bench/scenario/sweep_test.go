package scenario

import (
	"testing"
)

func TestAScenariosSweepOfAProgram(t *testing.T) {
	s, err := Decode("p.yaml", []byte("target: {url: \"http://127.0.0.1:1/\"}\nworkload: {tasks: 8}\nprograms: {other: {command: [true], params: {workers: 4}}}\nstrategies: [other:workers=2..8]\n"))
	if err != nil || len(s.Strategies) != 3 || s.Strategies[2].String() != "other:workers=8" || s.Strategies[2].Width(8) != 8 {
		t.Errorf("got %v, %v", s.Strategies, err)
	}
}

func TestMistakesInSweeps(t *testing.T) {
	s, _ := Decode("s.yaml", []byte(`target: {mock: {latency: constant:1ms}}
workload: {tasks: 8}
strategies:
  - fixed-pool:workers=64..1
  - errgroup:limit=0..2000000
  - semaphore:limit=1..8
  - semaphore:limit=4
assert: ["p50(semaphore:limit=1..8) < 1s"]
`))
	err := s.Validate()
	want := `s.yaml:4:5: fixed-pool: workers=64..1: a range goes upwards; write 1..64
s.yaml:5:5: errgroup: limit=0: out of range; limit takes 1..1000000
s.yaml:5:5: errgroup: limit=2000000: out of range; limit takes 1..1000000
s.yaml:7:5: strategies[3]: semaphore:limit=4 is named twice; leave one out
s.yaml:8:15: assert: semaphore:limit=1..8 are 4 strategies, semaphore:limit=1 to semaphore:limit=8: name one of them`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
