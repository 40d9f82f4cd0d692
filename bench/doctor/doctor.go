package doctor

import (
	"context"
	"time"

	"github.com/fanbench/fanbench/bench"
)

// Schema is the version of a diagnosis in JSON.
const Schema = 1

// Options say how thoroughly to examine.
type Options struct {
	Rounds      int               // of each comparison of the A/A test
	Comparisons int               // blocked and as many interleaved
	Repeat      int               // sleeps, and pieces of work, that are timed, each of a millisecond
	Limit       time.Duration     // when the A/A test ends, with fewer comparisons if need be
	Progress    func(what string) // nil for none
	Trial       Trial             // what the A/A test repeats; nil for a small batch against a mock server
}

// Full and Quick are the usual options: under a minute, and some ten seconds.
var (
	Full  = Options{Rounds: 20, Comparisons: 50, Repeat: 800, Limit: 45 * time.Second}
	Quick = Options{Rounds: 10, Comparisons: 20, Repeat: 300, Limit: 8 * time.Second}
)

// Diagnosis is what was found.
type Diagnosis struct {
	Schema      int               `json:"schema"`
	Environment bench.Environment `json:"environment"`
	Clock       Clock             `json:"clock"`
	Scheduler   Scheduler         `json:"scheduler"`
	Noise       Noise             `json:"noise"`
	Limits      Limits            `json:"limits"`
	AA          AA                `json:"aa"`
	Findings    []Finding         `json:"findings"`
}

// Examine measures the machine. Its error says what could not be measured at all; it is
// the context's where that was cancelled.
func Examine(ctx context.Context, o Options) (*Diagnosis, error) {
	progress := o.Progress
	if progress == nil {
		progress = func(string) {}
	}
	d := &Diagnosis{Schema: Schema, Environment: bench.ReadEnvironment(), Limits: readLimits()}
	for _, step := range []struct {
		what    string
		measure func(context.Context)
	}{
		{"the clock and sleeping", func(ctx context.Context) { d.Clock = measureClock(ctx, o.Repeat) }},
		{"the scheduler", func(ctx context.Context) { d.Scheduler = measureScheduler(ctx) }},
		{"noise", func(ctx context.Context) { d.Noise = measureNoise(ctx, o.Repeat) }},
	} {
		progress(step.what)
		step.measure(ctx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	var err error
	if d.AA, err = SelfTest(ctx, o); err != nil {
		return nil, err
	}
	d.Findings = d.findings()
	return d, nil
}
