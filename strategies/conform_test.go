package strategies_test

import (
	"testing"

	"github.com/fanbench/fanbench/strategies"
	"github.com/fanbench/fanbench/strategies/strategytest"
)

// The strategies of this package and those of libraries are tested together, in
// package all.
func TestExampleConforms(t *testing.T) {
	c, err := strategies.Parse("round-robin")
	if err != nil {
		t.Fatal(err)
	}
	strategytest.Conform(t, c)
}
