package scenario

import (
	"math/rand/v2"
)

// Plan is the order in which the trials of one scenario run: every round has one trial of
// every strategy, in its own random order.
type Plan struct {
	Rounds []Round
}

// Round is one trial of every strategy. Warm-up rounds are numbered -1, -2, ... in
// the order in which they run, and measured rounds 1, 2, ..., so that the latencies
// of a measured round do not depend on how much warm-up came before it.
type Round struct {
	Number int   // selects the latencies
	Order  []int // the strategies, as indices into the scenario's list, in the order they run
}

// Warmup reports whether the round's trials are not counted.
func (r Round) Warmup() bool { return r.Number < 0 }

// NewPlan draws the order of every round from the seed: each a uniform random
// permutation, independent of the others, because any fixed order turns drift or a
// slow first slot into a difference between strategies (docs/statistics.md).
func NewPlan(strategies, warmup, rounds int, seed uint64) Plan {
	var p Plan
	for w := 1; w <= warmup; w++ {
		p.Rounds = append(p.Rounds, NewRound(-w, strategies, seed))
	}
	for r := 1; r <= rounds; r++ {
		p.Rounds = append(p.Rounds, NewRound(r, strategies, seed))
	}
	return p
}

func NewRound(number, strategies int, seed uint64) Round {
	return Round{Number: number, Order: rand.New(rand.NewPCG(seed, uint64(number))).Perm(strategies)}
}
