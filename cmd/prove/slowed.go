package main

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// inner is the strategy that is slowed.
const inner = "fixed-pool:workers=8"

// slowedPool is a copy of inner that is slower by a known part. Only such a copy gives real
// measurements with a known true difference.
var slowedPool = strategies.Spec{
	Name:   "slowed-pool",
	Doc:    inner + ", slower by a known part",
	Params: []strategies.Param{{Name: "by", Doc: "extra time, relative to its own", Kind: strategies.Percent, Default: 0, Min: 0, Max: 100}},
	Traits: strategies.Traits{
		KeepsOrder: true,
		Reports:    strategies.ReportsAll,
		OnError:    strategies.RunsAll,
		OnPanic:    strategies.Crashes,
		OnCancel:   strategies.IgnoresCancel,
		OnGoexit:   strategies.Hangs,
	},
	Width: func(strategies.Params) int { return tasks / 2 },
	New: func(p strategies.Params) (strategies.Strategy, error) {
		return newSlowed(p.Fraction("by"))
	},
}

func newSlowed(by float64) (strategies.Strategy, error) {
	choice, err := strategies.Parse(inner)
	if err != nil {
		return nil, err
	}
	s, err := choice.New()
	return slowed{s, by}, err
}

// slowed extends the run of its inner strategy by a part of the time that this run actually
// took.
type slowed struct {
	strategies.Strategy
	by float64
}

// Run runs the batch, then busy-waits for the added time. It does not sleep, because a sleep
// overshoots by more than the time to add.
func (s slowed) Run(ctx context.Context, b *strategies.Batch) error {
	err := s.Strategy.Run(ctx, b)
	for end := time.Duration(float64(b.Elapsed()) * (1 + s.by)); b.Elapsed() < end; {
	}
	return err
}
