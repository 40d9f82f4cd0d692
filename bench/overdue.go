package bench

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/strategies"
)

// overdueError is the error of an executor whose trial did not end in time and was killed.
// The records show whether it hung or was slow.
type overdueError struct {
	after time.Duration // how long it was given
	signs signs
}

// signs are the signs of life in a trial's records when its time was up.
type signs struct {
	started, done int
	idle          time.Duration // since a task last started or ended
	longest       time.Duration // that a task took
}

// readSigns reads them from the records, which are in memory shared with the worker, at the
// given time since the trial began. A worker that writes its records at the end shows none.
func readSigns(records []strategies.Record, at time.Duration) signs {
	s := signs{}
	last := int64(0)
	for i := range records {
		r := &records[i]
		if r.Started() == 0 {
			continue
		}
		s.started++
		last = max(last, r.Start)
		if r.Done() {
			s.done++
			last = max(last, r.End)
			s.longest = max(s.longest, time.Duration(r.End-r.Start))
		}
	}
	s.idle = max(at-time.Duration(last), 0)
	return s
}

// leastStandstill is how long nothing must happen in a trial with short tasks until it
// counts as hung. An overloaded machine can suspend a process for some 100 ms.
const leastStandstill = time.Second

// alive reports whether the trial was only slow: tasks were ending, and the last ended no
// longer ago than a task may take, judging by earlier ones.
func (s signs) alive() bool { return s.done > 0 && s.idle <= max(s.longest, leastStandstill) }

// status is StatusOutOfTime of a trial that was alive, else StatusHang.
func (e *overdueError) status() results.Status {
	if e.signs.alive() {
		return results.StatusOutOfTime
	}
	return results.StatusHang
}

func (e *overdueError) Error() string {
	text := fmt.Sprintf("the trial did not end within %v and was killed", e.after)
	s := e.signs
	idle := s.idle.Round(time.Millisecond)
	switch {
	case s.alive():
		return fmt.Sprintf("%s while it still made progress: a task started or ended %v before, and they took up to %v; allow a trial more time (measure.trial_timeout), or do fewer tasks at once",
			text, idle, s.longest.Round(time.Millisecond))
	case s.started == 0:
		return text + ": no task had started"
	case s.done == 0:
		return fmt.Sprintf("%s: %d tasks had started, the last %v before, and none had ended", text, s.started, idle)
	}
	return fmt.Sprintf("%s: no task had started or ended for %v, and %d were running", text, idle, s.started-s.done)
}
