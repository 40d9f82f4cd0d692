package scenario

import (
	"github.com/fanbench/fanbench/bench/stat"
)

// An automatic warm-up takes so many rounds: as few as stat.DetectWarmup can judge, and
// no more than three times as many.
const (
	LeastWarmup = 8
	MostWarmup  = 24
)

// Planned is how much of each is sure to be held.
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
