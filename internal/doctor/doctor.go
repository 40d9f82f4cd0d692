package doctor

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/internal/cgroup"
)

// Schema is the version of a diagnosis in JSON.
const Schema = 1

// Options set the extent of the examination.
type Options struct {
	Repeat   int      // number of sleeps and of pieces of work to time, a millisecond each
	Self     SelfPlan // the A/A test
	Progress Progress // may be nil
}

// Progress is told what begins, and how many of about all steps like it are over; all is 0 for a
// single step.
type Progress func(what string, over, all int)

// Full and Quick are the usual options: about a minute, and about ten seconds. Their A/A tests
// use SelfScenario and lack the commands of the processes.
func Full() (Options, error) {
	return usual(800, SelfPlan{Copies: 6, Rounds: 20, Runs: 4, Limit: 45 * time.Second})
}

// Quick returns options for about ten seconds; see Full.
func Quick() (Options, error) {
	return usual(300, SelfPlan{Copies: 4, Rounds: 10, Runs: 3, Limit: 8 * time.Second})
}

func usual(repeat int, self SelfPlan) (o Options, err error) {
	self.Blocked = true
	self.Scenario, err = SelfScenario()
	return Options{Repeat: repeat, Self: self}, err
}

// Diagnosis is the result of an examination.
type Diagnosis struct {
	Schema      int                 `json:"schema"`
	Environment machine.Environment `json:"environment"`
	Clock       Clock               `json:"clock"`
	Scheduler   Scheduler           `json:"scheduler"`
	Noise       Noise               `json:"noise"`
	Limits      Limits              `json:"limits"`
	AA          AA                  `json:"aa"`
	Findings    []Finding           `json:"findings"`
}

// Examine measures the machine. It returns an error if something could not be measured at all,
// and the context's error if the context was cancelled.
func Examine(ctx context.Context, o Options) (*Diagnosis, error) {
	progress := o.Progress
	if progress == nil {
		progress = func(string, int, int) {}
	}
	groups := cgroup.Find(os.DirFS("/"))
	before := groups.Throttling()
	d := &Diagnosis{Schema: Schema, Environment: machine.ReadEnvironment(), Limits: readLimits()}
	d.Limits.Quota = d.Environment.CPUQuota
	for _, step := range []struct {
		what    string
		measure func(context.Context)
	}{
		{"the clock and sleeping", func(ctx context.Context) { d.Clock = measureClock(ctx, o.Repeat) }},
		{"the scheduler", func(ctx context.Context) { d.Scheduler = measureScheduler(ctx) }},
		{"noise", func(ctx context.Context) { d.Noise = measureNoise(ctx, o.Repeat) }},
	} {
		progress(step.what, 0, 0)
		step.measure(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	runs, err := o.Self.Hold(ctx, progress)
	if err != nil {
		return nil, fmt.Errorf("the A/A test: %w", err)
	}
	d.AA = runs.Judge(o.Self.Describe())
	t := cgroup.Since(before, groups.Throttling())
	d.Limits.QuotaPeriods, d.Limits.ThrottledPeriods = t.Periods, t.Throttled
	d.Findings = d.findings()
	return d, nil
}
