package mockserver

import (
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// outcome is how a request ended.
type outcome uint8

const (
	served     outcome = iota
	faulted            // a fault answered it or cut its answer short
	aborted            // the client went away first
	rejected           // a full queue or a rate limit turned it away
	badRequest         // it could not be understood, or was beyond the limits
)

// Counters account for every connection and request since the start or the last
// reset. At any time
//
//	Requests == Served + Faulted + Aborted + Rejected + BadRequests + InFlight
//
// An answer is counted once the kernel has taken all of it, a moment after its client
// may have seen it. So a client that resets the server right after its last answer can
// find that request in the new account. Carried counts these: Requests - Carried is the
// number of requests that arrived after the reset.
type Counters struct {
	Connections int64 `json:"connections"` // accepted
	Refused     int64 `json:"refused"`     // by a fault; not among the accepted
	Open        int64 `json:"open"`        // now

	Requests    int64 `json:"requests"`
	Carried     int64 `json:"carried"`      // of them: arrived before the last reset, and not yet accounted for then
	Served      int64 `json:"served"`       // answered in full
	Faulted     int64 `json:"faulted"`      // answered by a fault, or cut short by one
	Aborted     int64 `json:"aborted"`      // the client went away before the answer was sent
	Rejected    int64 `json:"rejected"`     // turned away by a full queue or a rate limit
	BadRequests int64 `json:"bad_requests"` // not understood, or beyond the limits
	InFlight    int64 `json:"in_flight"`    // now

	BytesOut int64 `json:"bytes_out"` // of response bodies

	Stood time.Duration `json:"stood_ns"` // the longest time for which the server's process stood still, to within 25 ms

	Requested Percentiles `json:"requested"` // service times as asked for
	Achieved  Percentiles `json:"achieved"`  // from the start of the service to the answer's receipt by its client's kernel, as far as it can be measured here
	Error     Percentiles `json:"error"`     // achieved - requested
}

// Percentiles describes a distribution of Count durations, in nanoseconds, with three
// significant digits.
type Percentiles struct {
	Count int64         `json:"count"`
	Sum   time.Duration `json:"sum_ns"` // exact
	Min   time.Duration `json:"min_ns"`
	P50   time.Duration `json:"p50_ns"`
	P90   time.Duration `json:"p90_ns"`
	P99   time.Duration `json:"p99_ns"`
	P999  time.Duration `json:"p999_ns"`
	Max   time.Duration `json:"max_ns"`
}

// Summary returns the requests in a line of text and, below it, a table of less than 60 columns
// with the requested and the achieved latency.
func (c Counters) Summary() string {
	line := func(name string, p Percentiles) string {
		text := fmt.Sprintf("%-9s", name)
		for _, d := range []time.Duration{p.P50, p.P90, p.P99, p.P999, p.Max} {
			text += fmt.Sprintf(" %9v", short(d))
		}
		return text + "\n"
	}
	text := fmt.Sprintf("%d connections, %d requests: %d served, %d faulted, %d aborted, %d rejected, %d bad, %d in flight\n",
		c.Connections, c.Requests, c.Served, c.Faulted, c.Aborted, c.Rejected, c.BadRequests, c.InFlight)
	if c.Error.Count == 0 {
		return text
	}
	return text + fmt.Sprintf("%-9s %9s %9s %9s %9s %9s\n", "latency", "p50", "p90", "p99", "p99.9", "max") +
		line("requested", c.Requested) + line("achieved", c.Achieved) + line("error", c.Error)
}

// short rounds a time to at most five digits.
func short(d time.Duration) time.Duration {
	switch size := d.Abs(); {
	case size >= time.Second:
		return d.Round(10 * time.Millisecond)
	case size >= time.Millisecond:
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(10 * time.Nanosecond)
}

// tally keeps the counters. Every method changes them from one consistent state to the next.
type tally struct {
	mu       sync.Mutex
	began    int64 // when the account began, on the engines' clock
	counters Counters
	asked    histogram
	achieved histogram
	late     histogram
	early    histogram // how much too soon
}

func (t *tally) init() {
	for _, h := range []*histogram{&t.asked, &t.achieved, &t.late, &t.early} {
		h.Histogram = hdrhistogram.New(1, greatestRecorded, 3)
	}
}

// reset sets the counters to zero, except open connections and requests in flight, which
// count as carried.
func (t *tally) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.began = clock.Now()
	c := &t.counters
	*c = Counters{Connections: c.Open, Open: c.Open, Requests: c.InFlight, Carried: c.InFlight, InFlight: c.InFlight}
	for _, h := range []*histogram{&t.asked, &t.achieved, &t.late, &t.early} {
		h.Reset()
		h.beyond, h.sum = 0, 0
	}
}

// openNow is how many connections are open.
func (t *tally) openNow() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counters.Open
}

func (t *tally) step(change func(c *Counters)) {
	t.mu.Lock()
	change(&t.counters)
	t.mu.Unlock()
}

func (t *tally) open()   { t.step(func(c *Counters) { c.Connections++; c.Open++ }) }
func (t *tally) close()  { t.step(func(c *Counters) { c.Open-- }) }
func (t *tally) refuse() { t.step(func(c *Counters) { c.Refused++ }) }

// begin counts a request that arrived at a time on the engines' clock.
func (t *tally) begin(arrival int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &t.counters
	c.Requests++
	c.InFlight++
	if arrival < t.began {
		c.Carried++ // it lay in the kernel's queue during the reset
	}
}

// end counts the end of a request; body is the number of bytes of its body that were sent.
func (t *tally) end(o outcome, sent int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &t.counters
	c.InFlight--
	c.BytesOut += sent
	switch o {
	case served:
		c.Served++
	case faulted:
		c.Faulted++
	case aborted:
		c.Aborted++
	case rejected:
		c.Rejected++
	case badRequest:
		c.BadRequests++
	}
}

// answered records a requested and an achieved service time.
func (t *tally) answered(asked, achieved time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asked.record(asked)
	t.achieved.record(achieved)
	if achieved >= asked {
		t.late.record(achieved - asked)
	} else {
		t.early.record(asked - achieved)
	}
}

func (t *tally) snapshot() Counters {
	t.mu.Lock()
	c := t.counters
	asked, achieved, late, early := t.asked.copy(), t.achieved.copy(), t.late.copy(), t.early.copy()
	t.mu.Unlock()
	c.Requested = signed(asked, histogram{})
	c.Achieved = signed(achieved, histogram{})
	c.Error = signed(late, early)
	return c
}

// greatestRecorded is the longest duration that a histogram distinguishes; longer ones count
// as beyond it.
const greatestRecorded = int64(24 * time.Hour)

// histogram is an HDR histogram of durations in ns.
type histogram struct {
	*hdrhistogram.Histogram
	beyond int64
	sum    time.Duration
}

func (h *histogram) record(d time.Duration) {
	h.sum += d
	if h.RecordValue(int64(d)) != nil {
		h.beyond++
	}
}

func (h *histogram) copy() histogram {
	return histogram{hdrhistogram.Import(h.Export()), h.beyond, h.sum}
}

func (h *histogram) count() int64 {
	if h.Histogram == nil {
		return 0
	}
	return h.TotalCount() + h.beyond
}

// at is the value of the rank-th smallest, rank from 1.
func (h *histogram) at(rank int64) time.Duration {
	if rank > h.TotalCount() {
		return time.Duration(greatestRecorded)
	}
	return time.Duration(h.ValueAtPercentile(100 * (float64(rank) - 0.5) / float64(h.TotalCount())))
}

// signed describes durations of both signs; below holds those below zero, without
// their sign.
func signed(above, below histogram) Percentiles {
	n := above.count() + below.count()
	at := func(q float64) time.Duration {
		if n == 0 {
			return 0
		}
		rank := max(int64(math.Ceil(q*float64(n))), 1)
		if less := below.count(); rank <= less {
			return -below.at(less - rank + 1)
		}
		return above.at(rank - below.count())
	}
	return Percentiles{Count: n, Sum: above.sum - below.sum, Min: at(0), P50: at(0.50), P90: at(0.90), P99: at(0.99), P999: at(0.999), Max: at(1)}
}
