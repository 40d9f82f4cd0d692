// Package simulate computes how often the verdicts of package stat are wrong, by
// drawing runs of which the truth is known.
//
// A Noise fills the time slots of a run, two per round; a schedule says which of the
// two strategies, that are alike but for a known ratio, met which slot; a test judges.
// Every function returns the rows of one table:
//
//	Rejections   schedule x test x noise -> how often the two were called different
//	Coverage     rounds x noise          -> how often the interval held the true ratio
//	Stopping     rule x noise            -> the same where the run stops by itself, and its rounds
//	Detections   noise                   -> how often drift and an unfinished warm-up are reported
//
// The same Plan gives the same rows, however many processors share the work, noise by
// noise. Nothing is measured: no clock is read.
package simulate

import (
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
)

// Plan says how much to simulate. The same runs are drawn for every schedule, test and
// rule, so that rows of one noise differ by those alone.
type Plan struct {
	Trials int // runs per row
	Rounds int // of each run
	Seed   uint64
	Noises []Noise // all those of Noises if empty
}

func (p Plan) noises() []Noise {
	if len(p.Noises) == 0 {
		return Noises()
	}
	return p.Noises
}

// byNoise returns the rows of every noise, in order. Noises are simulated side by side.
func byNoise[Row any](p Plan, rows func(n int, noise Noise) []Row) []Row {
	noises := p.noises()
	all := make([][]Row, len(noises))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for n, noise := range noises {
		g.Go(func() error {
			all[n] = rows(n, noise)
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return slices.Concat(all...)
}

// Alpha is the nominal error rate of all tables; intervals have confidence 1 - Alpha.
const Alpha = 0.05
