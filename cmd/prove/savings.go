package main

import (
	"math"
	"math/rand/v2"

	"github.com/fanbench/fanbench/bench/stat"
)

const (
	// aim is the usual power for planning experiments.
	aim = 0.8
	// little is a power too low to compare: both ways find almost nothing.
	little = 0.2
	// resamples is the number of bootstrap resamples.
	resamples = 2000
)

// savings says how many times fewer trials fanbench needs than the unpaired way for the same
// power: 80%, or fanbench's own power if that is less.
type savings struct {
	Power           float64 // 0..1
	Paired, Blocked int     // trials per side
	More            bool    // the unpaired way did not reach the power: it needs more than Blocked
	Ratio           float64 // Blocked / Paired
	Interval        stat.Interval
}

// newSavings compares two curves, the unpaired one corrected. ok is false if fanbench found
// too little to compare. The interval is from the bootstrap over comparisons (Efron &
// Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: percentiles), with the
// levels taken as known. Its upper limit is infinite if the unpaired way may not reach the
// power.
func newSavings(paired, blocked curve) (s savings, ok bool) {
	s, ok = save(paired, blocked)
	if !ok {
		return s, false
	}
	random := rand.New(rand.NewPCG(1, 3))
	var ratios, open []float64
	for range resamples {
		again, ok := save(paired.resampled(random), blocked.resampled(random))
		switch {
		case !ok:
			again.Ratio, again.More = 0, false // found nothing, so saves nothing
		case again.More:
			open = append(open, math.Inf(1))
		}
		ratios = append(ratios, again.Ratio)
	}
	const tail = 0.025
	q := stat.Quantiles(ratios, tail, 1-tail)
	s.Interval = stat.Interval{Low: q[0], High: q[1], Confidence: 1 - 2*tail}
	if float64(len(open)) > tail*resamples {
		s.Interval.High = math.Inf(1)
	}
	return s, true
}

// save is newSavings without its interval.
func save(paired, blocked curve) (s savings, ok bool) {
	last := len(paired.trials) - 1
	s.Power = min(aim, share(paired.found(last)))
	if s.Power < little {
		return s, false
	}
	s.Paired, _ = paired.reaches(s.Power)
	var got bool
	s.Blocked, got = blocked.reaches(s.Power)
	s.More = !got
	s.Ratio = float64(s.Blocked) / float64(s.Paired)
	return s, true
}
