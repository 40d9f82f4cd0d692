package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// tasks is how many requests a batch has.
const tasks = 16

// workload is a batch in which slow-downs are looked for.
type workload struct {
	Name    string `json:"name"`
	Latency string `json:"latency"`
}

// mock is its server.
func (w workload) mock(seed uint64) (config.Config, error) {
	c := config.Config{Seed: seed}
	var err error
	c.Latency, err = latency.Parse(w.Latency)
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

// defaultPower has batches of some 7 and 20 ms: long enough that a few percent are more
// than what the machine does to a single trial, and short enough for many. The usual way
// gets three times the trials: as many as it should need, by the goal.
var defaultPower = powerPlan{
	Workloads: []workload{{"steady", "constant:3ms"}, {"longtail", "lognormal:p50=4ms,p99=25ms"}},
	Slowdowns: []int{0, 1, 2, 5},
	Rounds:    20,
	Most:      60,
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
	Invalid []string          `json:"invalid,omitempty"` // runs that declared themselves so, and why; they have no values
	Pairs   map[int]stat.Pair `json:"pairs"`
}

// measurer measures one set one way.
type measurer func(ctx context.Context, w workload, number int) (series, error)

// measure measures all sets, as long as there is time for another one as long as the
// longest, both ways by turns: neither always comes first. With an error come the sets
// before it.
func (p powerPlan) measure(ctx context.Context, paired, blocked measurer, more func(longest time.Duration) bool, progress func(string)) ([]set, error) {
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
				measure measurer
				into    *series
			}{{paired, &s.Paired}, {blocked, &s.Blocked}}
			if number%2 == 0 {
				slices.Reverse(ways)
			}
			for _, way := range ways {
				var err error
				if *way.into, err = way.measure(ctx, w, number); err != nil {
					return sets, fmt.Errorf("%s, set %d: %w", w.Name, number, err)
				}
			}
			sets = append(sets, s)
		}
		longest = max(longest, time.Since(began))
	}
	return sets, nil
}
