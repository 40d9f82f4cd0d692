package summary

import (
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Unstable is the Failure of a strategy that does not keep up with the arrivals: the number
// of batches in the system still grew at the end of a phase of load.
const Unstable = "unstable"

// Rejecting, NotDone and NoGoodput are the Failures of a strategy without a figure to compare,
// because too many of its batches were rejected, late, or not done when the phase ended.
const (
	Rejecting = "rejects batches"
	NotDone   = "not done"
	NoGoodput = "no goodput" // no batch was completed within its deadline
)

// Load is what a strategy's phases of load came to. Counts are sums over the measured
// phases, other figures medians; times are in seconds. nil is not known.
type Load struct {
	Batches    int `json:"batches"`    // that arrived in the windows
	Rejected   int `json:"rejected"`   //
	Unfinished int `json:"unfinished"` // when their phase ended
	Failed     int `json:"failed"`     // of which the strategy returned an error
	Done       int `json:"done"`       // completed without an error
	Good       int `json:"good"`       // of those: within the deadline
	Growing    int `json:"growing"`    // phases in which the number in the system still grew at the end

	Rate     float64  `json:"rate"`    // batches that arrived a second
	Goodput  *float64 `json:"goodput"` // share of the batches that were done whole within the deadline
	P50      *float64 `json:"response_p50"`
	P99      *float64 `json:"response_p99"`
	Mean     *float64 `json:"response_mean"`
	InSystem float64  `json:"in_system"` // mean number of batches that had arrived and were not done
	LateP50  float64  `json:"late_p50"`  // from intended to actual arrival: the harness's own
	LateP99  float64  `json:"late_p99"`
	LateMax  float64  `json:"late_max"` // of all phases

	// Slowest is the longest response time of a batch that ended, over all phases. A percentile
	// that is not known because too many batches were rejected or not done is beyond it.
	Slowest float64      `json:"response_max"`
	Tenants []TenantLoad `json:"tenants,omitempty"`
}

// TenantLoad is what a strategy's phases of load came to for the batches of one tenant.
type TenantLoad struct {
	Name       string   `json:"name"`
	Batches    int      `json:"batches"`
	Rejected   int      `json:"rejected"`
	Unfinished int      `json:"unfinished"`
	Goodput    *float64 `json:"goodput"`
	P50        *float64 `json:"response_p50"`
	P99        *float64 `json:"response_p99"`
}

// newLoad is nil if no trial is a phase of load.
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
		out.Done += p.Done
		out.Good += p.Good
		out.Slowest = max(out.Slowest, p.Max.Seconds())
		out.LateMax = max(out.LateMax, p.LateMax.Seconds())
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
	out.Tenants = tenantLoads(trials)
	return out
}

// tenantLoads returns the figures of each tenant, as Load has them for all.
func tenantLoads(trials []results.Trial) (list []TenantLoad) {
	var p50, p99, goodput [][]float64
	for _, t := range trials {
		if t.Phase == nil {
			continue
		}
		for i, p := range t.Phase.Tenants {
			if i == len(list) {
				list = append(list, TenantLoad{Name: p.Name})
				p50, p99, goodput = append(p50, nil), append(p99, nil), append(goodput, nil)
			}
			list[i].Batches += p.Batches
			list[i].Rejected += p.Rejected
			list[i].Unfinished += p.Unfinished
			if p.Goodput != nil {
				goodput[i] = append(goodput[i], *p.Goodput)
			}
			if p.Median != nil && !t.Phase.Growing {
				p50[i] = append(p50[i], p.Median.Seconds())
			}
			if p.P99 != nil && !t.Phase.Growing {
				p99[i] = append(p99[i], p.P99.Seconds())
			}
		}
	}
	for i := range list {
		list[i].P50, list[i].P99, list[i].Goodput = median(p50[i]), median(p99[i]), median(goodput[i])
	}
	return list
}

// unloaded is the figure that strategies are compared by, of batches that each take as long as
// their slowest task: no limit, and a server of any capacity. It is the median over the rounds,
// nil if the latencies are not known beforehand.
func unloaded(s scenario.Scenario, rounds []int) *float64 {
	var figures []float64
	for _, round := range rounds {
		latencies := s.Latencies(round)
		if s.Workload.Arrivals == nil || latencies == nil {
			return nil
		}
		var batches []strategies.Record
		first := 0
		for _, a := range s.Arrivals(round) {
			b := results.PlannedBatch(a)
			slowest := slices.Max(latencies[first : first+a.Tasks])
			b.Start, b.End, b.Runs, b.Outcome = b.Ready, b.Ready+int64(slowest), 1, strategies.OK
			batches, first = append(batches, b), first+a.Tasks
		}
		if f := results.NewPhase(s, round, batches, nil).Figure(s.Measure.Figure); f > 0 {
			figures = append(figures, f.Seconds())
		}
	}
	return median(figures)
}

// System is the number of batches in the system over a phase of load. Times are seconds
// since its beginning.
type System struct {
	Trial     results.Trial
	InSystem  *Occupancy // one row
	From, To  float64    // the window
	Unlimited *Occupancy // one row: the batches that would be there if each took no longer than its slowest task; nil if that is not known
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
