package summary

import (
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Unstable is the Failure of a strategy that does not keep up with the arrivals: the number
// of batches in the system still grew at the end of a phase of load.
const Unstable = "unstable"

// Load is what a strategy's phases of load came to. Counts are sums over the measured
// phases, other figures medians; times are in seconds. nil is not known.
type Load struct {
	Batches    int `json:"batches"`    // that arrived in the windows
	Rejected   int `json:"rejected"`   //
	Unfinished int `json:"unfinished"` // when their phase ended
	Failed     int `json:"failed"`     // of which the strategy returned an error
	Growing    int `json:"growing"`    // phases in which the number in the system still grew at the end

	Rate     float64  `json:"rate"`    // batches that arrived a second
	Goodput  *float64 `json:"goodput"` // share of the batches that were done whole within the deadline
	P50      *float64 `json:"response_p50"`
	P99      *float64 `json:"response_p99"`
	Mean     *float64 `json:"response_mean"`
	InSystem float64  `json:"in_system"` // mean number of batches that had arrived and were not done
	LateP50  float64  `json:"late_p50"`  // from intended to actual arrival: the harness's own
	LateP99  float64  `json:"late_p99"`
}

// newLoad is nil where no trial is a phase of load.
func newLoad(trials []results.Trial) *Load {
	out := &Load{}
	var rate, goodput, p50, p99, mean, inSystem, late50, late99 []float64
	known := func(to *[]float64, v *time.Duration) {
		if v != nil {
			*to = append(*to, v.Seconds())
		}
	}
	for _, t := range trials {
		p := t.Phase
		if p == nil {
			continue
		}
		out.Batches += p.Batches
		out.Rejected += p.Rejected
		out.Unfinished += p.Unfinished
		out.Failed += p.Failed
		if p.Growing {
			out.Growing++
		}
		rate, inSystem = append(rate, p.Rate), append(inSystem, p.InSystem)
		late50, late99 = append(late50, p.Late.Seconds()), append(late99, p.LateP99.Seconds())
		if p.Goodput != nil {
			goodput = append(goodput, *p.Goodput)
		}
		if !p.Growing {
			known(&p50, p.Median)
			known(&p99, p.P99)
			known(&mean, p.Mean)
		}
	}
	if len(rate) == 0 {
		return nil
	}
	out.Rate, out.InSystem, out.LateP50, out.LateP99 = stat.Median(rate), stat.Median(inSystem), stat.Median(late50), stat.Median(late99)
	out.Goodput, out.P50, out.P99, out.Mean = median(goodput), median(p50), median(p99), median(mean)
	return out
}

// System is the number of batches in the system over a phase of load. Times are seconds
// since its beginning.
type System struct {
	Trial     results.Trial
	InSystem  *Occupancy // one row
	From, To  float64    // the window
	Unlimited *Occupancy // one row: the batches that would be there if each took no longer than its slowest task; nil where that is not known
}

// system reads the batches of a phase of load, nil if they cannot be read.
func (r *reader) system(t results.Trial, s scenario.Scenario) *System {
	a := s.Workload.Arrivals
	if a == nil || t.Batches == "" {
		return nil
	}
	span := max((a.Warmup + a.For).Seconds(), t.Returned.Seconds())
	out := &System{Trial: t, From: a.Warmup.Seconds(), To: (a.Warmup + a.For).Seconds(), InSystem: NewOccupancy(1, timelineCol, span)}
	latencies := s.Latencies(t.Round)
	if latencies != nil {
		out.Unlimited = NewOccupancy(1, timelineCol, span)
	}
	first := 0
	err := r.run.ScanBatches(t, func(_ int, b *strategies.Record) {
		end := time.Duration(b.End).Seconds()
		if o := b.Load(); o == strategies.Unfinished || o == strategies.Pending {
			end = span
		}
		arrived := time.Duration(b.Ready).Seconds()
		out.InSystem.Add(0, arrived, end)
		slowest := time.Duration(0)
		for i := first; latencies != nil && i < min(first+int(b.Bytes), len(latencies)); i++ {
			slowest = max(slowest, latencies[i])
		}
		if out.Unlimited != nil {
			out.Unlimited.Add(0, arrived, arrived+slowest.Seconds())
		}
		first += int(b.Bytes)
	})
	if err != nil {
		return nil
	}
	return out
}
