package scenario

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/internal/quote"
)

// Processes is how long a strategy's worker process lives.
type Processes string

const (
	// ProcessesAuto means ProcessesFresh if that costs little, else ProcessesKept. It is
	// decided once, for all strategies of a scenario alike. This is the default.
	ProcessesAuto Processes = "auto"
	// ProcessesFresh starts a new worker process for every measured trial. The new process
	// first does the batch once, so that what is measured is warm, and rests. Nothing of
	// that is recorded.
	//
	// Where a process's memory lies, and on which threads and cores it happened to start,
	// makes all of its trials faster or slower. A process that is kept for a run gives its
	// strategy the same luck in every round, which no order of rounds averages out.
	ProcessesFresh Processes = "fresh"
	// ProcessesKept keeps a strategy's process for the whole run.
	ProcessesKept Processes = "kept"
)

// ParseProcesses reads the value of the option.
func ParseProcesses(text string) (Processes, error) {
	for _, p := range []Processes{ProcessesAuto, ProcessesFresh, ProcessesKept} {
		if text == string(p) {
			return p, nil
		}
	}
	return ProcessesAuto, fmt.Errorf("%s: want auto, fresh or kept", quote.Text(text))
}

const (
	// mostRenewed is the longest mean trial of a scenario for which auto renews processes.
	// A fresh process costs its start, the same batch once more and a rest: short trials
	// take 100 ms more, and none on average over 300 ms more. With this value the ten
	// scenarios of make bench-suite take a minute more, and those of make bench no more.
	mostRenewed = 200 * time.Millisecond
	// startup is about how long it takes to end a worker process and to start another.
	startup = 40 * time.Millisecond
	// rest is how long a new process is left idle between its first batch and the measured
	// one. A process that has just used a processor must wait for it behind others, which
	// one that was idle need not: on two cores with a load of 17, 20 tasks of 0.5 ms took 28
	// ms (MAD 44%) without a rest, 15.2 ms (4%) after 50 ms, 15.4 ms (7%) after 200 ms, and
	// 15.7 ms (5%) in a process that is kept, which rests while other strategies have their
	// turn. Where the load is greater, some of the disadvantage remains.
	RestAfterStart = 50 * time.Millisecond
)

// Resolved returns the scenario as a run measures it; isolated means that strategies have
// their own processes.
func (s Scenario) Resolved(isolated bool) Scenario {
	if p := s.Measure.Processes; p == ProcessesAuto || p == "" {
		s.Measure.Processes = ProcessesKept
		if isolated && s.renewable() {
			s.Measure.Processes = ProcessesFresh
		}
	}
	return s
}

// renewable reports whether auto renews the processes of the scenario: its tasks compute,
// and its trials are short. Of tasks that wait, whether for the mock server or for a timer,
// nothing was seen to stay with the process, and a new one makes their times spread more
// (docs/statistics.md).
func (s Scenario) renewable() bool {
	if s.Target.CPU == nil || s.Measure.Screening || s.Workload.Arrivals != nil {
		return false
	}
	tasks, sum := s.Foreseen(), time.Duration(0)
	for i := range s.Strategies {
		sum += s.Expected(tasks, i)
	}
	return sum <= mostRenewed*time.Duration(len(s.Strategies))
}

// Renewal returns about how much longer a measured trial takes if its process is new.
func (s Scenario) Renewal(trial time.Duration) time.Duration {
	if s.Measure.Processes != ProcessesFresh {
		return 0
	}
	return startup + trial + RestAfterStart
}
