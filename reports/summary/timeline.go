package summary

import (
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// Timeline is what one trial's tasks did and when, in no more detail than can be drawn.
type Timeline struct {
	Trial results.Trial
	Tasks int

	// Bars holds every task, if they are few enough to be drawn one by one; else it is
	// nil, and Running and Waiting hold them in rows of several tasks each.
	Bars []Bar

	Running *Occupancy // started and not done; rows of tasks, over the span of the scenario
	Waiting *Occupancy // ready and not started
	Faults  []Fault    // no more than maxFaults

	InFlight *Occupancy // one row: tasks started and not done, over the trial's own makespan
}

// Bar is one task. Times are seconds since the trial's start; one that never happened
// is negative.
type Bar struct {
	Task              int
	Ready, Start, End float64
	Service           float64 // of End-Start, what the server says it worked; 0 if it does not say
	Outcome           strategies.Outcome
}

// Fault is a task that did not end well: where a chart marks it.
type Fault struct {
	Task int
	At   float64 // seconds since the trial's start
}

const (
	maxBars     = 300 // tasks drawn one by one: about a pixel each in a panel
	timelineRow = 240 // rows of tasks otherwise
	timelineCol = 900 // columns of time
	maxFaults   = 400 // beyond it, marks would cover what they mark
)

func newTimeline(t results.Trial, tasks int, span float64) *Timeline {
	const instant = 1e-9 // a batch that took no time still has an axis
	l := &Timeline{
		Trial:    t,
		Tasks:    tasks,
		InFlight: NewOccupancy(1, timelineCol, max(t.Makespan.Seconds(), instant)),
	}
	if tasks <= maxBars {
		l.Bars = []Bar{} // also where no record can be read
	} else {
		l.Running = NewOccupancy(timelineRow, timelineCol, max(span, instant))
		l.Waiting = NewOccupancy(timelineRow, timelineCol, max(span, instant))
	}
	return l
}

// add puts a task into the picture.
func (l *Timeline) add(task int, r *strategies.Record) {
	const second = 1e9
	b := Bar{Task: task, Ready: float64(r.Ready) / second, Start: -1, End: -1, Service: float64(r.Service) / second, Outcome: r.Load()}
	end := l.Trial.Makespan.Seconds() // of a task that never ended
	if r.Started() > 0 {
		b.Start = float64(r.Start) / second
		if r.Done() {
			b.End = float64(r.End) / second
			end = b.End
		}
		l.InFlight.Add(0, b.Start, end)
	}
	if b.Start >= 0 && b.Outcome != strategies.OK && len(l.Faults) < maxFaults {
		l.Faults = append(l.Faults, Fault{task, end})
	}
	if l.Running == nil {
		l.Bars = append(l.Bars, b)
		return
	}
	row := min(task*timelineRow/max(l.Tasks, 1), timelineRow-1)
	if b.Start < 0 {
		l.Waiting.Add(row, b.Ready, l.Trial.Makespan.Seconds())
		return
	}
	l.Waiting.Add(row, b.Ready, b.Start)
	l.Running.Add(row, b.Start, end)
}
