package main

import (
	"testing"

	"github.com/fanbench/fanbench/strategies"
	"github.com/fanbench/fanbench/strategies/strategytest"
)

func init() { strategies.Register(staggered) }

// The suite checks that every task is done exactly once, and that the traits are true.
func TestConformance(t *testing.T) {
	// With its pause it would take longer to start them than they take, and never reach
	// its width.
	c, err := strategies.Parse("staggered:pause=0s")
	if err != nil {
		t.Fatal(err)
	}
	strategytest.Conform(t, c)
}
