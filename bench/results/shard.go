package results

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/fanbench/fanbench/bench/scenario"
)

// Shard is the part of a larger measurement that a run is: of the same plan it has the rounds
// Index+1, Index+1+Of, Index+1+2*Of, ..., and all warm-up rounds, because each machine has to
// warm up. The union of all shards is the run.
type Shard struct {
	Index   int    `json:"index"`             // from 0
	Of      int    `json:"of"`                // 1 for a run by itself
	Attempt string `json:"attempt,omitempty"` // tells executions of the same shard apart
}

// Whole is the shard that is a run by itself.
var Whole = Shard{Index: 0, Of: 1}

// MaxShards is the greatest number of shards.
const MaxShards = scenario.MaxRounds

// Has reports whether a round is one of the shard.
func (s Shard) Has(round int) bool { return round < 0 || (round-1)%s.Of == s.Index }

// String returns the shard as in "shard 2 of 8".
func (s Shard) String() string { return fmt.Sprintf("%d of %d", s.Index, s.Of) }

// Rounds returns how many of the first measured rounds are the shard's.
func (s Shard) Rounds(rounds int) int { return max(0, rounds-s.Index+s.Of-1) / s.Of }

// plan returns the shard's rounds of a scenario.
func (s Shard) plan(in scenario.Scenario) scenario.Plan {
	warmups, rounds := in.Measure.Planned()
	p := scenario.NewPlan(len(in.Strategies), warmups, rounds, in.Measure.Seed)
	p.Rounds = slices.DeleteFunc(p.Rounds, func(r scenario.Round) bool { return !s.Has(r.Number) })
	return p
}

// attemptForm is that of the names of attempts, which become part of paths and keys.
var attemptForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// Check returns an error for a shard that there cannot be.
func (s Shard) Check() error {
	switch {
	case s.Of < 1 || s.Of > MaxShards || s.Index < 0 || s.Index >= s.Of:
		return fmt.Errorf("there is no shard %d of %d: they are numbered from 0, and there are at most %d", s.Index, s.Of, MaxShards)
	case s.Attempt != "" && !attemptForm.MatchString(s.Attempt):
		return fmt.Errorf("shard %v: %q cannot be the name of an attempt", s, s.Attempt)
	}
	return nil
}
