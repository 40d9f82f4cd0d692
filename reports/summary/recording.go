package summary

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// Recording is the resource usage of a strategy's process during one trial: its last warm-up.
// Times are seconds since the batch's start, and none is after End.
type Recording struct {
	Trial results.Trial
	End   float64 // end of the trial: the last task done or, if the process died, the last sample

	InFlight    *Occupancy // one row: tasks started and not done
	Goroutines  []Sample   // empty if the worker does not report them, like Collections
	Threads     []Sample   // empty if the system does not report them, like the next two
	RSS         []Sample   // bytes
	Cores       []Sample   // mean number of busy cores since the sample before
	Collections []float64  // times at which a garbage collection of the Go runtime was complete
}

// Sample is a figure at a point in time.
type Sample struct{ At, Value float64 }

// recording reads the last recording among a strategy's trials. It returns nil if there is none.
func (r *reader) recording(trials []results.Trial) *Recording {
	var last *results.Trial
	for _, t := range trials {
		if t.UsageFile != "" {
			last = &t
		}
	}
	if last == nil {
		return nil
	}
	samples, err := r.run.UsageSeries(*last)
	if err != nil {
		r.warnings = append(r.warnings, fmt.Sprintf("%s, %s: %v", last.Scenario, last.Strategy, err))
		return nil
	}
	out := newRecording(*last, samples)
	r.records(*last, func(_ int, record *strategies.Record) {
		if record.Started() == 0 {
			return
		}
		end := out.End
		if record.Done() {
			end = time.Duration(record.End).Seconds()
		}
		out.InFlight.Add(0, time.Duration(record.Start).Seconds(), end)
	})
	return out
}

func newRecording(t results.Trial, samples results.UsageSeries) *Recording {
	r := &Recording{Trial: t, End: max(t.Makespan, t.Returned).Seconds()}
	if t.Died() {
		r.End = t.Makespan.Seconds()
		for _, s := range samples.Process {
			r.End = max(r.End, s.At.Seconds())
		}
		for _, s := range samples.Runtime {
			r.End = max(r.End, s.At.Seconds())
		}
	}
	const instant = 1e-9 // a batch that took no time still needs an axis
	r.End = max(r.End, instant)
	r.InFlight = NewOccupancy(1, timelineCol, r.End)

	// The last sample is taken when the trial ends, and so slightly after its end.
	over := false
	at := func(t time.Duration) (at float64, ok bool) {
		if over {
			return 0, false
		}
		over = t.Seconds() >= r.End
		return min(t.Seconds(), r.End), true
	}
	for i, s := range samples.Process {
		t, ok := at(s.At)
		if !ok {
			samples.Process = samples.Process[:i]
			break
		}
		r.Threads = append(r.Threads, Sample{t, float64(s.Threads)})
		r.RSS = append(r.RSS, Sample{t, float64(s.RSS)})
	}
	r.Cores = cores(samples.Process, r.End)
	over = false
	for i, s := range samples.Runtime {
		t, ok := at(s.At)
		if !ok {
			break
		}
		r.Goroutines = append(r.Goroutines, Sample{t, float64(s.Goroutines)})
		if i > 0 && s.GCs > samples.Runtime[i-1].GCs {
			r.Collections = append(r.Collections, t)
		}
	}
	return r
}

// cores returns the number of busy cores between samples at least 1/25 of the trial apart.
// The system counts CPU time when it schedules, so shorter distances are mostly noise.
func cores(samples []machine.ProcessSample, end float64) (out []Sample) {
	if len(samples) == 0 {
		return nil
	}
	last := samples[0]
	for _, s := range samples[1:] {
		if passed := s.At - last.At; passed > 0 && passed.Seconds() >= end/25 {
			out = append(out, Sample{min(s.At.Seconds(), end), (s.CPU - last.CPU).Seconds() / passed.Seconds()})
			last = s
		}
	}
	return out
}

// Peak is the largest sample of a series; ok is false if the series is empty.
func Peak(samples []Sample) (peak Sample, ok bool) {
	for i, s := range samples {
		if i == 0 || s.Value > peak.Value {
			peak = s
		}
	}
	return peak, len(samples) > 0
}
