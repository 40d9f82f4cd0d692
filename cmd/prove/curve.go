package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/doctor"
)

// nominal is the nominal error rate of both ways.
const nominal = 0.05

// call is the result for two samples: the p-value of no difference, 1 if nothing can be
// said for other reasons, and the direction of the difference.
type call struct {
	p      float64
	slower bool
}

// curve holds one way's results for one slow-down: for every comparison, its call after
// each number of trials per side.
type curve struct {
	trials []int     // ascending
	levels []float64 // significance level, by the number of trials
	calls  [][]call
}

// newCurve judges pairs by their first trials, at the nominal level. A pair without values,
// or with too few, gets no call.
func newCurve(trials []int, pairs []stat.Pair, judge func(stat.Pair) call) curve {
	c := curve{trials: trials, levels: slices.Repeat([]float64{nominal}, len(trials))}
	for _, pair := range pairs {
		calls := make([]call, len(trials))
		for i, n := range trials {
			calls[i].p = 1
			if n <= min(len(pair.Base), len(pair.Head)) {
				calls[i] = judge(stat.Pair{Base: pair.Base[:n], Head: pair.Head[:n]})
			}
		}
		c.calls = append(c.calls, calls)
	}
	return c
}

// corrected is the curve at stricter levels, at which the false positive rate on alike does
// not exceed the nominal level. Only then can powers be compared: a way that calls half of
// everything different also finds half of the real differences.
func (c curve) corrected(alike curve) curve {
	c.levels = slices.Clone(c.levels)
	allowed := int(nominal * float64(len(alike.calls)))
	for i := range c.levels {
		var p []float64
		for _, calls := range alike.calls {
			p = append(p, calls[i].p)
		}
		slices.Sort(p)
		if allowed < len(p) {
			c.levels[i] = min(c.levels[i], math.Nextafter(p[allowed], 0))
		}
	}
	return c
}

// found is the rate of real differences found after the i-th number of trials: slow-downs
// that were called slower.
func (c curve) found(i int) doctor.Rate {
	return c.rate(i, func(v call) bool { return v.slower })
}

// different is the rate at which the two were called different, in either direction. For
// the control this is the false positive rate.
func (c curve) different(i int) doctor.Rate {
	return c.rate(i, func(call) bool { return true })
}

func (c curve) rate(i int, such func(call) bool) doctor.Rate {
	n := 0
	for _, calls := range c.calls {
		if calls[i].p <= c.levels[i] && such(calls[i]) {
			n++
		}
	}
	return doctor.NewRate(n, len(c.calls))
}

// at is the index of the smallest number of trials that is at least n, or the last index.
func (c curve) at(n int) int {
	i := slices.IndexFunc(c.trials, func(t int) bool { return t >= n })
	if i < 0 {
		return len(c.trials) - 1
	}
	return i
}

// reaches is the smallest number of trials with at least the given power; the last number
// and false if there is none.
func (c curve) reaches(power float64) (trials int, ok bool) {
	for i, n := range c.trials {
		if share(c.found(i)) >= power {
			return n, true
		}
	}
	return c.trials[len(c.trials)-1], false
}

// resampled draws as many comparisons, with replacement.
func (c curve) resampled(random *rand.Rand) curve {
	calls := make([][]call, len(c.calls))
	for i := range calls {
		calls[i] = c.calls[random.IntN(len(c.calls))]
	}
	c.calls = calls
	return c
}

// The numbers of trials per side at which calls are evaluated. They are limited because
// exact tests of many values are slow.
func pairedTrials(rounds int) (trials []int) {
	for n := min(stat.MinRounds, rounds); n <= rounds; n++ {
		trials = append(trials, n)
	}
	return trials
}

func blockedTrials(most int) (trials []int) {
	for n := min(stat.MinRounds, most); n < most; n += max(1, n/8) {
		trials = append(trials, n)
	}
	return append(trials, most)
}
