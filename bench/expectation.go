package bench

import (
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Expectation returns what tells how long a trial of a strategy should take: what the
// latencies of the first round do at its width (greedy list scheduling). It is nil where
// they are not known beforehand, or are not all that the time depends on.
func (s Scenario) Expectation() func(c strategies.Choice) time.Duration {
	latencies := s.Latencies(1)
	at := func(c strategies.Choice) *Bound {
		s.Strategies = []strategies.Choice{c}
		return s.bound(latencies, 0)
	}
	if at(strategies.Choice{}) == nil {
		return nil
	}
	return func(c strategies.Choice) time.Duration { return at(c).Greedy }
}
