package summary

import (
	"slices"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// Timeline is the activity of one trial's tasks over time, in no more detail than can be drawn.
type Timeline struct {
	Trial results.Trial
	Tasks int

	// Bars has every task if they are few enough to be drawn one by one. Otherwise it is nil,
	// and Running and Waiting have them in rows of several tasks each.
	Bars []Bar

	Running *Occupancy // started but not done; rows of tasks, over the span of its axis
	Waiting *Occupancy // ready but not started
	Faults  []Fault    // at most maxFaults

	InFlight *Occupancy // one row: tasks started but not done, over the trial's own makespan
}

// Bar is one task. Times are seconds since the trial's start; the time of an event that never
// happened is negative.
type Bar struct {
	Task              int
	Ready, Start, End float64
	Service           float64 // part of End-Start in service, as reported by the server; 0 if not reported
	Outcome           strategies.Outcome
}

// Fault is a failed task, which a chart marks.
type Fault struct {
	Task int
	At   float64 // seconds since the trial's start
}

const (
	maxBars     = 300 // maximum number of tasks drawn one by one: about a pixel each in a panel
	timelineRow = 240 // rows of tasks otherwise
	timelineCol = 900 // columns of time
	maxFaults   = 400 // more marks would cover the data
)

// squeezed is how many times as long as most trials the longest may take before their timelines
// have axes of their own. On a common one, most would have less than a sixth of it.
const squeezed = 6

// clocks are the spans of the timelines' axes in seconds: the longest trial's for all, or each
// trial's own if that would squeeze most others.
func clocks(shown []*results.Trial) (spans []float64, own bool) {
	spans = make([]float64, len(shown))
	var took []float64
	for i, t := range shown {
		if t != nil {
			spans[i] = t.Makespan.Seconds()
			took = append(took, spans[i])
		}
	}
	if len(took) == 0 {
		return spans, false
	}
	slices.Sort(took)
	longest := took[len(took)-1]
	if len(took) > 2 && longest > squeezed*took[len(took)/2] {
		return spans, true
	}
	for i := range spans {
		spans[i] = longest
	}
	return spans, false
}

func newTimeline(t results.Trial, tasks int, span float64) *Timeline {
	const instant = 1e-9 // a batch that took no time still needs an axis
	l := &Timeline{
		Trial:    t,
		Tasks:    tasks,
		InFlight: NewOccupancy(1, timelineCol, max(t.Makespan.Seconds(), instant)),
	}
	if tasks <= maxBars {
		l.Bars = []Bar{} // also if no record can be read
	} else {
		l.Running = NewOccupancy(timelineRow, timelineCol, max(span, instant))
		l.Waiting = NewOccupancy(timelineRow, timelineCol, max(span, instant))
	}
	return l
}

// add adds a task to the timeline.
func (l *Timeline) add(task int, r *strategies.Record) {
	const second = 1e9
	b := Bar{Task: task, Ready: float64(r.Ready) / second, Start: -1, End: -1, Service: float64(r.Service) / second, Outcome: r.Load()}
	end := l.Trial.Makespan.Seconds() // for a task that never ended
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
