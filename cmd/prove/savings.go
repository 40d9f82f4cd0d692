package main

import (
	"math"
	"math/rand/v2"

	"github.com/fanbench/fanbench/bench/stat"
)

const (
	// aim is the power that experiments are usually planned for.
	aim = 0.8
	// little is a power at which there is nothing to compare: both are nearly blind.
	little = 0.2
	// resamples are the bootstrap's.
	resamples = 2000
)

// savings says how many times fewer trials fanbench takes than the usual way for the same
// power: 80%, or what it reached itself if that is less.
type savings struct {
	Power           float64 // 0..1
	Paired, Blocked int     // trials a side
	More            bool    // the usual way had not got there with all its trials: it takes more than Blocked
	Ratio           float64 // Blocked / Paired
	Interval        stat.Interval
}

// newSavings compares two curves, the usual one corrected; ok is false where fanbench found so little that there
// is nothing to compare. The interval is the bootstrap's, over comparisons (Efron &
// Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13: percentiles), levels
// being taken as known. Its upper limit is infinite where the usual way may not have got there.
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
			again.Ratio, again.More = 0, false // nothing found, nothing saved
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
