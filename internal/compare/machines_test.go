package compare

import (
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// planned are the rounds of a scenario.
func planned(rounds int) []results.Planned {
	return []results.Planned{{Scenario: scenario.Scenario{Name: "s"}, Plan: scenario.NewPlan(1, 0, rounds, 1)}}
}

// Rounds of two merged runs are pairs only if the same machine held them.
func TestRoundsOfOtherMachinesAreNotPaired(t *testing.T) {
	run := func(nodes ...string) *results.Run {
		r := &results.Run{}
		for i, node := range nodes {
			r.Parts = append(r.Parts, results.Part{Shard: results.Shard{Index: i, Of: len(nodes)}, Environment: machine.Environment{Node: node}})
		}
		return r
	}
	if !sameMachines(run("a", "b"), run("a", "b")) {
		t.Error("the same machines are different")
	}
	s := Sides{Base: &Side{Run: run("a", "b")}, Head: &Side{Run: run("a", "c")}}
	s.Base.Run.Scenarios, s.Head.Run.Scenarios = planned(4), planned(4)
	if why := strings.Join(s.unlike(), "\n"); !strings.Contains(why, "rounds were held by other machines: BASE has a; b and HEAD a; c") {
		t.Errorf("got %q", why)
	}
	s.Head.Run.Parts = s.Base.Run.Parts
	if why := s.unlike(); len(why) > 0 {
		t.Errorf("got %q", why)
	}
}
