package scenario

import (
	"github.com/fanbench/fanbench/bench/stat"
)

// The number of rounds of an automatic warm-up: at least as many as stat.DetectWarmup needs,
// and at most three times as many.
const (
	LeastWarmup = 8
	MostWarmup  = 24
)

// Planned returns the number of warm-up rounds and of measured rounds that will run in any
// case.
func (m Measurement) Planned() (warmups, rounds int) {
	if m.AutoWarmup {
		return LeastWarmup, m.Rounds
	}
	return m.Warmup, m.Rounds
}

// StoppingRule is the plan of a run that goes on until its intervals are narrow.
func (m Measurement) StoppingRule() stat.Until {
	return stat.Until{Width: m.Until, Min: m.Rounds, Max: m.MaxRounds}
}
