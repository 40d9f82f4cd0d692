package scenario

import (
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// What a program leaves out has the defaults of a file; what a file or a flag says stays.
func TestZeroValuesOfAProgram(t *testing.T) {
	l, err := latency.Parse("1ms")
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseStrategies([]string{"errgroup"})
	if err != nil {
		t.Fatal(err)
	}
	s := Scenario{Target: Target{Sleep: &l}, Workload: Workload{Tasks: 64}, Strategies: list}
	if s = s.Filled(); s.Name != "batch" || s.Workload.Timeout != DefaultTimeout || s.Measure != DefaultMeasure || s.Validate() != nil {
		t.Errorf("%+v, %v", s, s.Validate())
	}
	own := Measurement{Rounds: 3, MaxRounds: 9, Seed: 7}
	s = Scenario{Name: "x", Workload: Workload{Timeout: time.Second}, Measure: own}.Filled()
	if s.Measure != own || s.Name != "x" || s.Workload.Timeout != time.Second {
		t.Errorf("%+v", s)
	}
	read, err := Decode("x.yaml", []byte("target: {sleep: {latency: 1ms}}\nworkload: {tasks: 4, timeout: 0s}\nstrategies: [errgroup]\n"))
	if err != nil || read.Filled().Workload.Timeout != 0 || read.Filled().Validate() == nil {
		t.Errorf("a timeout of zero in a file is a mistake: %v", read.Filled().Validate())
	}
}
