package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/doctor"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
)

// tasks is how many requests a batch has.
const tasks = 16

// workload is a batch in which slow-downs are looked for.
type workload struct {
	Name    string `json:"name"`
	Latency string `json:"latency"`
}

// mock is its server.
func (w workload) mock(seed uint64) (mockserver.Config, error) {
	c := mockserver.Config{Seed: seed}
	var err error
	c.Latency, err = mockserver.ParseLatency(w.Latency)
	return c, err
}

// powerPlan is which slow-downs are looked for, where, how often, with how many trials.
type powerPlan struct {
	Workloads []workload `json:"workloads"`
	Slowdowns []int      `json:"slowdowns"` // percent; 0 is the control, where nothing is to be found
	Rounds    int        `json:"rounds"`    // of fanbench: a trial a side each
	Most      int        `json:"most"`      // trials a side of the usual way
	Sets      int        `json:"sets"`      // each a comparison for every slow-down, each way
}

// defaultPower has batches of some 7 ms. The usual way gets four times the trials, to see
// what it makes of them.
var defaultPower = powerPlan{
	Workloads: []workload{{"steady", "constant:3ms"}, {"longtail", "lognormal:p50=1ms,p99=8ms"}},
	Slowdowns: []int{0, 1, 2, 5},
	Rounds:    20,
	Most:      80,
	Sets:      40,
}

// set is one comparison for every slow-down of a workload, both ways.
type set struct {
	Workload string `json:"workload"`
	Paired   series `json:"paired"`
	Blocked  series `json:"blocked"`
}

// series are the comparisons of a set, one way: by slow-down, seconds. The first n values
// of both sides are what n trials a side would have given.
type series struct {
	Took    time.Duration     `json:"took_ns"`           // all of them, with what it takes to start
	Invalid string            `json:"invalid,omitempty"` // why the run declared itself so: then it finds nothing
	Pairs   map[int]stat.Pair `json:"pairs"`
}

// holder measures one set one way.
type holder func(ctx context.Context, w workload, number int) (series, error)

// hold measures all sets, as long as there is time for another one as long as the
// longest, both ways by turns: neither always comes first. With an error come the sets
// before it.
func (p powerPlan) hold(ctx context.Context, paired, blocked holder, more func(longest time.Duration) bool, progress func(string)) ([]set, error) {
	var sets []set
	var longest time.Duration
	for number := 1; number <= p.Sets; number++ {
		if !more(longest) {
			progress(fmt.Sprintf("power: the time is up after %d of %d sets", number-1, p.Sets))
			break
		}
		if number%5 == 1 {
			progress(fmt.Sprintf("power: set %d of %d", number, p.Sets))
		}
		began := time.Now()
		for _, w := range p.Workloads {
			s := set{Workload: w.Name}
			ways := []struct {
				hold holder
				into *series
			}{{paired, &s.Paired}, {blocked, &s.Blocked}}
			if number%2 == 0 {
				slices.Reverse(ways)
			}
			for _, way := range ways {
				var err error
				if *way.into, err = way.hold(ctx, w, number); err != nil {
					return sets, fmt.Errorf("%s, set %d: %w", w.Name, number, err)
				}
			}
			sets = append(sets, s)
		}
		longest = max(longest, time.Since(began))
	}
	return sets, nil
}

// curve is what one way says of one slow-down: for every comparison, the verdict after
// each number of trials a side.
type curve struct {
	trials   []int // ascending
	verdicts [][]stat.Verdict
}

// newCurve judges the comparisons by their first trials. A run that declared itself
// invalid has no verdict.
func newCurve(trials []int, percent int, list []series, judge func(stat.Pair) stat.Verdict) curve {
	c := curve{trials: trials}
	for _, s := range list {
		verdicts := make([]stat.Verdict, len(trials))
		pair := s.Pairs[percent]
		for i, n := range trials {
			verdicts[i] = stat.Undecided
			if s.Invalid == "" && n <= min(len(pair.Base), len(pair.Head)) {
				verdicts[i] = judge(stat.Pair{Base: pair.Base[:n], Head: pair.Head[:n]})
			}
		}
		c.verdicts = append(c.verdicts, verdicts)
	}
	return c
}

// found is how often what there is was found after the i-th number of trials: a
// slow-down by calling it slower.
func (c curve) found(i int) doctor.Rate {
	return c.rate(i, func(v stat.Verdict) bool { return v == stat.Slower })
}

// different is how often the two were called different, either way: of the control,
// wrongly.
func (c curve) different(i int) doctor.Rate {
	return c.rate(i, func(v stat.Verdict) bool { return v == stat.Slower || v == stat.Faster })
}

func (c curve) rate(i int, such func(stat.Verdict) bool) doctor.Rate {
	n := 0
	for _, v := range c.verdicts {
		if such(v[i]) {
			n++
		}
	}
	return doctor.NewRate(n, len(c.verdicts))
}

// at is the index of the least number of trials that is not below n, the last if all are.
func (c curve) at(n int) int {
	i := slices.IndexFunc(c.trials, func(t int) bool { return t >= n })
	if i < 0 {
		return len(c.trials) - 1
	}
	return i
}

// The numbers of trials a side at which verdicts are looked at: the exact tests of many
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
