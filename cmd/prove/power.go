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

// tasks is the number of requests in a batch.
const tasks = 16

// workload is a batch in which slow-downs are measured.
type workload struct {
	Name    string `json:"name"`
	Latency string `json:"latency"`
}

// mock is the workload's server.
func (w workload) mock(seed uint64) (config.Config, error) {
	c := config.Config{Seed: seed}
	var err error
	c.Latency, err = latency.Parse(w.Latency)
	return c, err
}

// powerPlan sets the slow-downs, workloads, repetitions and numbers of trials.
type powerPlan struct {
	Workloads []workload `json:"workloads"`
	Slowdowns []int      `json:"slowdowns"` // percent; 0 is the control without a difference
	Rounds    int        `json:"rounds"`    // of fanbench: one trial per side each
	Most      int        `json:"most"`      // trials per side of the unpaired way
	Sets      int        `json:"sets"`      // each has a comparison for every slow-down, both ways
}

// defaultPower has batches of about 7 and 20 ms: long enough that a few percent exceed the
// machine's noise on a single trial, and short enough for many trials. The unpaired way gets
// three times the trials, because the goal is a factor of three.
var defaultPower = powerPlan{
	Workloads: []workload{{"steady", "constant:3ms"}, {"longtail", "lognormal:p50=4ms,p99=25ms"}},
	Slowdowns: []int{0, 1, 2, 5},
	Rounds:    20,
	Most:      60,
	Sets:      40,
}

// set has one comparison for every slow-down of a workload, both ways.
type set struct {
	Workload string `json:"workload"`
	Paired   series `json:"paired"`
	Blocked  series `json:"blocked"`
}

// series are the comparisons of a set, one way, by slow-down, in seconds. The first n values
// of both sides are what n trials per side would have given.
type series struct {
	Took    time.Duration     `json:"took_ns"`           // all of them, including startup
	Invalid []string          `json:"invalid,omitempty"` // invalid runs with the reasons; they have no values
	Pairs   map[int]stat.Pair `json:"pairs"`
}

// measurer measures one set one way.
type measurer func(ctx context.Context, w workload, number int) (series, error)

// measure measures sets while there is time for another one as long as the longest. The two
// ways alternate, so that neither always comes first. With an error it returns the sets
// completed before.
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
