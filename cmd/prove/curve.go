package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/doctor"
)

// nominal is the error rate that both ways state.
const nominal = 0.05

// call is what a way says of two samples: the p-value of no difference, 1 where it has
// other reasons to say nothing, and which way they differ.
type call struct {
	p      float64
	slower bool
}

// curve is what one way says of one slow-down: for every comparison, its call after each
// number of trials a side.
type curve struct {
	trials []int     // ascending
	levels []float64 // at which a call is one of a difference, by the number of trials
	calls  [][]call
}

// newCurve judges pairs by their first trials, at the nominal level. A pair without
// values, or with too few, has nothing said of it.
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

// corrected is the curve at stricter levels, at which no more of what is alike is called
// different than the nominal level says. Only so are powers comparable: who calls half of
// everything different finds half of everything.
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

// found is how often what there is was found after the i-th number of trials: a
// slow-down by calling it slower.
func (c curve) found(i int) doctor.Rate {
	return c.rate(i, func(v call) bool { return v.slower })
}

// different is how often the two were called different, either way: of the control,
// wrongly.
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

// at is the index of the least number of trials that is not below n, the last if all are.
func (c curve) at(n int) int {
	i := slices.IndexFunc(c.trials, func(t int) bool { return t >= n })
	if i < 0 {
		return len(c.trials) - 1
	}
	return i
}

// reaches is the least number of trials at which so large a part is found; the last
// number, and false, if at none.
func (c curve) reaches(power float64) (trials int, ok bool) {
	for i, n := range c.trials {
		if share(c.found(i)) >= power {
			return n, true
		}
	}
	return c.trials[len(c.trials)-1], false
}

// resampled draws as many comparisons, each any of them.
func (c curve) resampled(random *rand.Rand) curve {
	calls := make([][]call, len(c.calls))
	for i := range calls {
		calls[i] = c.calls[random.IntN(len(c.calls))]
	}
	c.calls = calls
	return c
}

// The numbers of trials a side at which calls are looked at: the exact tests of many
// values take their time.
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
