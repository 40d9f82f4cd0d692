package results

import (
	"fmt"
	"math"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/strategies"
)

// Phase is what a phase of load came to. All batches that arrived in the window count.
// Response times are from a batch's intended arrival to its last task done; a batch that
// was not done when the phase ended, or was rejected, took longer than any that was. Times
// are nanoseconds.
type Phase struct {
	Arrived    int `json:"arrived"`    // batches, before the window and in it
	Batches    int `json:"batches"`    // those of the window
	Done       int `json:"done"`       // of those: done whole
	Failed     int `json:"failed"`     // done, but the strategy returned an error
	Rejected   int `json:"rejected"`   //
	Unfinished int `json:"unfinished"` // when the phase ended
	Good       int `json:"good"`       // done whole within the deadline

	Rate    float64  `json:"rate"`    // batches that arrived in the window, a second
	Goodput *float64 `json:"goodput"` // share of the batches that were done whole within the deadline; nil without one

	Median *time.Duration `json:"response_p50_ns"` // of all batches; nil where too many were not done
	P99    *time.Duration `json:"response_p99_ns"` // likewise, or there are too few batches
	Mean   *time.Duration `json:"response_mean_ns"`
	Max    time.Duration  `json:"response_max_ns"` // of those that were done

	InSystem float64 `json:"in_system"` // mean number of batches in the window that had arrived and were not done
	Little   float64 `json:"little"`    // the same by Little's law: arrivals a second times mean time in the system
	Growing  bool    `json:"growing"`   // that number still grew at the end of the window: the phase is unstable

	Late    time.Duration `json:"late_p50_ns"` // from a batch's intended arrival until Run was called
	LateP99 time.Duration `json:"late_p99_ns"`
	LateMax time.Duration `json:"late_max_ns"`
	Missed  int           `json:"missed,omitempty"` // batches of which Run was never called

	Broken int `json:"broken,omitempty"` // batches of the window that broke the promise, those that were rejected or not done among them

	Unplanned int           `json:"unplanned,omitempty"` // batches that are not as planned: arrival, size or tenant
	Tenants   []TenantPhase `json:"tenants,omitempty"`
}

// TenantPhase is what a phase of load came to for the batches of one tenant. Response times
// are as in Phase.
type TenantPhase struct {
	Name       string         `json:"name"`
	Batches    int            `json:"batches"` // of the window
	Done       int            `json:"done"`
	Failed     int            `json:"failed"`
	Rejected   int            `json:"rejected"`
	Unfinished int            `json:"unfinished"`
	Goodput    *float64       `json:"goodput"` // share of the batches; nil without a deadline
	Median     *time.Duration `json:"response_p50_ns"`
	P99        *time.Duration `json:"response_p99_ns"`
}

// PlannedBatch is the record of a batch that has not arrived: Ready is its intended arrival,
// Bytes its number of tasks, Status the number of its tenant, from 0.
func PlannedBatch(a scenario.Arrival) strategies.Record {
	return strategies.Record{Ready: int64(a.At), Bytes: int64(a.Tasks), Status: uint32(a.Tenant)}
}

// NewPhase computes what a phase of load came to, from the records of its batches and of
// their tasks, those of the first batch first.
func NewPhase(s scenario.Scenario, round int, batches, tasks []strategies.Record) *Phase {
	a := s.Workload.Arrivals
	p := &Phase{Arrived: len(batches), Unplanned: unplanned(s.Arrivals(round), batches)}
	classes := s.Workload.Classes()
	y := tally{promise: s.Measure.Promise, from: int64(a.Warmup), to: int64(a.Warmup + a.For), tenants: make([]share, len(classes))}
	for i, c := range classes {
		y.tenants[i].deadline = int64(c.Deadline)
	}
	first := 0
	for i := range batches {
		of := tasks[first:min(first+int(batches[i].Bytes), len(tasks))]
		first += len(of)
		y.add(p, &batches[i], of)
	}
	y.conclude(p, a.For.Seconds())
	if len(s.Workload.Tenants) > 0 {
		for i, c := range classes {
			p.Tenants = append(p.Tenants, y.tenants[i].phase(c.Name))
		}
	}
	return p
}

// unplanned counts the batches whose records do not have the planned arrival, size and
// tenant.
func unplanned(plan []scenario.Arrival, batches []strategies.Record) int {
	n := max(len(plan), len(batches)) - min(len(plan), len(batches))
	for i := range min(len(plan), len(batches)) {
		want, b := PlannedBatch(plan[i]), &batches[i]
		if b.Ready != want.Ready || b.Bytes != want.Bytes || b.Status != want.Status {
			n++
		}
	}
	return n
}

// tally sums up the batches of a phase.
type tally struct {
	from, to int64
	promise  scenario.Promise

	spans    []span    // of all batches: from arrival to end
	inSystem float64   // time of all batches within the window, ns
	response []float64 // of those of the window; +Inf for one that was not done, or rejected
	late     []float64
	times    float64 // sum of the response times of those that were done, ns
	tenants  []share
}

// share sums up the batches of one tenant in the window.
type share struct {
	deadline int64 // 0 if there is none
	response []float64
	good     int // completed within the deadline

	batches, done, failed, rejected, unfinished int
}

// add counts a batch.
func (y *tally) add(p *Phase, b *strategies.Record, tasks []strategies.Record) {
	end, whole := ended(b, tasks)
	y.spans = append(y.spans, span{b.Ready, end})
	y.inSystem += overlap(b.Ready, end, y.from, y.to)
	if b.Ready < y.from || int(b.Status) >= len(y.tenants) {
		return
	}
	if b.Started() == 0 {
		p.Missed++
	} else {
		y.late = append(y.late, float64(b.Start-b.Ready))
	}
	t := &y.tenants[b.Status]
	took := math.Inf(1)
	t.batches++
	switch b.Load() {
	case strategies.Rejected:
		t.rejected++
	case strategies.Unfinished, strategies.Pending:
		t.unfinished++
	default:
		took = float64(end - b.Ready)
		y.times += took
		p.Max = max(p.Max, time.Duration(took))
		t.answered(b.Load(), whole, end-b.Ready)
	}
	if l := y.promise.Limit; l > 0 && took > float64(l) {
		p.Broken++
	}
	y.response, t.response = append(y.response, took), append(t.response, took)
}

// answered counts a batch that ended.
func (t *share) answered(o strategies.Outcome, whole bool, took int64) {
	if o == strategies.Failed {
		t.failed++
	}
	if whole {
		t.done++
		if took <= t.deadline {
			t.good++
		}
	}
}

func (t *share) goodput() *float64 {
	if t.batches == 0 || t.deadline == 0 {
		return nil
	}
	share := float64(t.good) / float64(t.batches)
	return &share
}

// phase is the tenant's part of the phase.
func (t *share) phase(name string) TenantPhase {
	return TenantPhase{
		Name: name, Batches: t.batches, Done: t.done, Failed: t.failed, Rejected: t.rejected, Unfinished: t.unfinished,
		Goodput: t.goodput(), Median: quantileOf(t.response, 0.5), P99: quantileOf(t.response, 0.99),
	}
}

// conclude sets the figures of a window of so many seconds.
func (y *tally) conclude(p *Phase, seconds float64) {
	deadlines := true
	for i := range y.tenants {
		t := &y.tenants[i]
		p.Batches += t.batches
		p.Done += t.done
		p.Failed += t.failed
		p.Rejected += t.rejected
		p.Unfinished += t.unfinished
		p.Good += t.good
		deadlines = deadlines && t.deadline > 0
	}
	if y.promise.Share > 0 && y.promise.Limit == 0 {
		p.Broken = p.Batches - p.Good
	}
	p.Rate = float64(p.Batches) / seconds
	p.InSystem = y.inSystem / float64(y.to-y.from)
	if p.Batches > 0 && deadlines {
		share := float64(p.Good) / float64(p.Batches)
		p.Goodput = &share
	}
	p.Median, p.P99 = quantileOf(y.response, 0.5), quantileOf(y.response, 0.99)
	if answered := p.Batches - p.Rejected - p.Unfinished; answered > 0 {
		mean := y.times / float64(answered)
		p.Little = p.Rate * mean / float64(time.Second)
		if d := time.Duration(mean); answered == p.Batches {
			p.Mean = &d
		}
	}
	p.Growing = grows(y.spans, y.from, y.to)
	if len(y.late) > 0 {
		q := stat.Quantiles(y.late, 0.5, 0.99, 1)
		p.Late, p.LateP99, p.LateMax = time.Duration(q[0]), time.Duration(q[1]), time.Duration(q[2])
	}
}

// ended is when a batch's last task was done, and whether all of them were, without an
// error. A batch that is not done has not ended: that is far beyond any phase.
func ended(b *strategies.Record, tasks []strategies.Record) (end int64, whole bool) {
	if o := b.Load(); o == strategies.Unfinished || o == strategies.Pending {
		return math.MaxInt64, false
	}
	end, whole = b.End, b.Load() == strategies.OK
	for i := range tasks {
		t := &tasks[i]
		end = max(end, t.End)
		whole = whole && t.Load() == strategies.OK
	}
	return end, whole
}

// quantileOf is that of all batches, nil where it is one that was not done, or where there
// are too few batches for it.
func quantileOf(response []float64, q float64) *time.Duration {
	if !stat.Supports(len(response), q) {
		return nil
	}
	v := stat.Quantiles(response, q)[0]
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	d := time.Duration(v)
	return &d
}

// Figure is the figure that the phase is compared by, 0 if it has none: it is unstable, or
// too many batches were not done. The goodput of a window is known even then.
func (p *Phase) Figure(f scenario.Figure) time.Duration {
	if p.Growing && f != scenario.Goodput {
		return 0
	}
	perBatch := func(n float64, rate float64) time.Duration {
		if rate == 0 {
			return 0
		}
		return time.Duration(n / rate * float64(time.Second))
	}
	v := p.P99
	switch f {
	case scenario.ResponseMedian:
		v = p.Median
	case scenario.ResponseMean:
		v = p.Mean
	case scenario.InSystem:
		return perBatch(p.InSystem, p.Rate)
	case scenario.Goodput:
		if p.Batches == 0 || p.Good == 0 {
			return 0
		}
		return perBatch(1, p.Rate*float64(p.Good)/float64(p.Batches))
	}
	if v == nil {
		return 0
	}
	return *v
}

// Keeps reports whether the phase keeps a promise. A phase whose number in the system grows
// does not: a longer one would break it.
func (p *Phase) Keeps(promise scenario.Promise) bool {
	return !p.Growing && p.Batches > 0 && float64(p.Broken) <= (1-promise.Share)*float64(p.Batches)+1e-9
}

// span is the time from a batch's arrival to its end.
type span struct{ from, to int64 }

func overlap(a, b, from, to int64) float64 { return float64(max(0, min(b, to)-max(a, from))) }

// grows reports whether the number of batches in the system still grows at the end of the
// window: whether its mean over the last quarter is half as large again as over the second
// quarter, by one batch at least, and by more than chance explains. Chance is six standard
// errors of the means, taken from twelve parts of each quarter; the parts depend on each
// other, so a standard error is some half of what it should be.
func grows(spans []span, from, to int64) bool {
	const parts, errors = 12, 6
	quarter := (to - from) / 4
	mean := func(begin int64) (m, deviation float64) {
		x := make([]float64, parts)
		for i := range x {
			a, b := begin+int64(i)*quarter/parts, begin+int64(i+1)*quarter/parts
			for _, s := range spans {
				x[i] += overlap(s.from, s.to, a, b) / float64(b-a)
			}
		}
		d := stat.Describe(x)
		return d.Mean, d.Deviation
	}
	early, spreadEarly := mean(from + quarter)
	late, spreadLate := mean(from + 3*quarter)
	return late > 1.5*early+1 && late-early > errors*math.Hypot(spreadEarly, spreadLate)/math.Sqrt(parts)
}

// String says in a few words what a reader should know of a phase that has no figure.
func (p *Phase) String() string {
	if p.Growing {
		return fmt.Sprintf("unstable: the number of batches in the system still grew at the end (%.3g in the mean)", p.InSystem)
	}
	if p.Goodput != nil && p.Good == 0 {
		return fmt.Sprintf("none of %d batches was completed within its deadline", p.Batches)
	}
	return fmt.Sprintf("%d of %d batches were rejected, and %d not done when the phase ended", p.Rejected, p.Batches, p.Unfinished)
}

// TooLate reports whether the harness itself was late: by more than 1% of the median
// response time and more than 1 ms, at p99.
func (p *Phase) TooLate() bool {
	tolerated := lateLeast
	if p.Median != nil {
		tolerated = max(tolerated, *p.Median/lateShare)
	}
	return p.LateP99 > tolerated
}

const (
	lateLeast = time.Millisecond
	lateShare = 100
)

// LittleOff reports whether the two accounts of the number in the system part by more than
// what is under way at both ends of the window explains.
func (p *Phase) LittleOff() bool {
	if p.Rejected+p.Unfinished > 0 || p.Batches == 0 {
		return false
	}
	window := float64(p.Batches) / p.Rate // seconds
	edges := 2 * p.InSystem * p.Max.Seconds() / window
	return math.Abs(p.InSystem-p.Little) > 0.01*p.InSystem+edges
}
