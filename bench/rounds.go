package bench

import (
	"github.com/fanbench/fanbench/bench/stat"
)

// An automatic warm-up takes so many rounds: as few as stat.DetectWarmup can judge, and
// no more than three times as many.
const (
	leastWarmup = 8
	mostWarmup  = 24
)

// planned is how much of each is sure to be held.
func (m Measurement) planned() (warmups, rounds int) {
	if m.AutoWarmup {
		return leastWarmup, m.Rounds
	}
	return m.Warmup, m.Rounds
}

// until is the plan of a run that goes on until its intervals are narrow.
func (m Measurement) until() stat.Until {
	return stat.Until{Width: m.Until, Min: m.Rounds, Max: m.MaxRounds}
}
