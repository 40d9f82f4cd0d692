package predict

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Measured is what a run measured of a strategy.
type Measured struct {
	Scenario scenario.Scenario
	Choice   strategies.Choice
	Rounds   []Round

	CPU    time.Duration // of its process, a task
	Server time.Duration // CPU time of the mock server's process, a task; 0 if there is none or it is not known
	Memory int64         // greatest resident set of its process, bytes
	CPUs   float64       // that its process may use
}

// Round is a trial of it. Its tasks are in the order in which the model takes them.
type Round struct {
	Number   int
	Took     []time.Duration // of each task, as measured
	Foreseen []time.Duration // the latency that was injected into it, nil if unknown
	Makespan time.Duration
	Mean     time.Duration // time at which tasks ended
	Pace     time.Duration // mean time from one start to the next, before the first end
	Failed   int
	Extra    int // second attempts
}

// Read reads the measured trials of a strategy that did the whole batch.
func Read(run *results.Run, s scenario.Scenario, c strategies.Choice) (Measured, error) {
	m := Measured{Scenario: s, Choice: c, CPUs: run.Environment.UsableCPUs()}
	var cpu, server []float64
	for _, t := range run.Measured(s.Name, c.String()) {
		if !t.Counts() || t.Makespan <= 0 {
			continue
		}
		records, err := run.Records(t)
		if err != nil {
			return m, err
		}
		m.Rounds = append(m.Rounds, newRound(s, c, t, records))
		if n := len(records); n > 0 {
			cpu = append(cpu, t.Usage.CPU.Seconds()/float64(n))
			server = append(server, t.ServerCPU.Seconds()/float64(n))
		}
		m.Memory = max(m.Memory, t.Usage.PeakRSS)
	}
	if len(m.Rounds) == 0 {
		return m, fmt.Errorf("%s has no round in which it did the whole batch", c)
	}
	m.CPU = time.Duration(stat.Median(cpu) * float64(time.Second))
	m.Server = time.Duration(stat.Median(server) * float64(time.Second))
	return m, nil
}

func newRound(s scenario.Scenario, c strategies.Choice, t results.Trial, records []strategies.Record) Round {
	r := Round{Number: t.Round, Makespan: t.Makespan, Failed: t.Audit.Failed, Extra: t.Extra}
	foreseen := s.ForeseenIn(t.Round)
	order := make([]int, len(records))
	firstEnd := records[0].End
	for i := range records {
		order[i] = i
		firstEnd = min(firstEnd, records[i].End)
	}
	if kind := kindOf(c); kind != waves && kind != chunks {
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(records[a].Start, records[b].Start) })
	}
	begun, lastStart, sum := 0, int64(0), 0.0
	for _, i := range order {
		sum += float64(records[i].End)
		r.Took = append(r.Took, time.Duration(records[i].End-records[i].Start))
		if foreseen != nil {
			r.Foreseen = append(r.Foreseen, foreseen[i])
		}
		if records[i].Start < firstEnd {
			begun++
			lastStart = max(lastStart, records[i].Start)
		}
	}
	r.Mean = time.Duration(sum / float64(len(order)))
	if kindOf(c) == unlimited {
		begun, lastStart = len(order), records[order[len(order)-1]].Start
	}
	if begun > 1 {
		r.Pace = time.Duration(float64(lastStart-records[order[0]].Start) / float64(begun-1))
	}
	return r
}

// floor is the least that so many tasks take of the CPUs, in seconds: all that is known to run on them.
func (m Measured) floor(tasks int) float64 {
	return (m.CPU + m.Server).Seconds() * float64(tasks) / m.CPUs
}

// Tasks is the size of the measured batch.
func (m Measured) Tasks() int { return len(m.Rounds[0].Took) }

// pace is the median over the rounds.
func (m Measured) pace() time.Duration {
	var x []float64
	for _, r := range m.Rounds {
		x = append(x, float64(r.Pace))
	}
	return time.Duration(stat.Median(x))
}

// way is how much longer than their service the first tasks take, for which slots are free: the median.
func (m Measured) way(slots int) time.Duration {
	var x []float64
	for _, r := range m.Rounds {
		for i := range min(slots, len(r.Foreseen)) {
			x = append(x, float64(r.Took[i]-r.Foreseen[i]))
		}
	}
	if len(x) == 0 {
		return 0
	}
	return time.Duration(max(0, stat.Median(x)))
}

// failed is the greatest share of tasks that failed in a round.
func (m Measured) failed() (share float64) {
	for _, r := range m.Rounds {
		share = max(share, float64(r.Failed)/float64(len(r.Took)))
	}
	return share
}
