// Package metric is the table of what a trial costs its strategy's process: one line for
// each figure. bench.txt, trials.csv, the summary, tables, assertions, the workers' protocol
// and docs/summary.md follow it. It imports nothing of fanbench.
//
// To add a metric, add a field to Usage and a line to All, and measure it in bench/machine
// (Meter) or in the worker.
package metric

import (
	"strings"
	"time"
)

// Usage is the cost of a trial to the strategy's process. An unknown figure is 0.
type Usage struct {
	Construct   time.Duration `json:"construct_ns"`
	CPU         time.Duration `json:"cpu_ns"`
	PeakRSS     int64         `json:"peak_rss_bytes"`
	AllocBytes  int64         `json:"alloc_bytes"`
	Allocs      int64         `json:"allocs"`
	GCs         int64         `json:"gcs"`
	Threads     int64         `json:"threads"`
	Goroutines  int64         `json:"goroutines"`
	Connections int64         `json:"connections"`
	CtxSwitches int64         `json:"ctx_switches"`
	GCTime      time.Duration `json:"gc_ns"`
}

// Over is how the figures of a strategy's trials are summarised.
type Over int

const (
	Median    Over = iota // of the comparable trials
	Greatest              // of the comparable trials
	InWarmup              // the greatest of the warm-up
	NotSummed             // none: the trials alone have it
)

// Metric is one figure of Usage.
type Metric struct {
	Key    string // in trials.jsonl and the protocol; the unit is its ending: _ns, _bytes, else a count
	Doc    string // half a sentence
	Head   string // of a column of tables
	Bench  string // its unit in bench.txt, "" leaves it out
	Better string // lower, higher, or "" if neither is
	Assert string // its name in assertions, "" for none
	Over   Over
	Zero   bool               // 0 is a figure, and does not stand for not known
	zeroIf func(u Usage) bool // reports trials in which 0 is not known
	of     func(u *Usage) *int64
}

// All are the metrics. New ones come last: readers go by position and by name.
var All = []Metric{
	{Key: "construct_ns", Doc: "time to make the strategy, before its first trial", Over: NotSummed, of: func(u *Usage) *int64 { return (*int64)(&u.Construct) }},
	{Key: "cpu_ns", Doc: "user and system time of the process during Run", Head: "CPU", Bench: "cpu-ns", Better: "lower", Assert: "cpu", of: func(u *Usage) *int64 { return (*int64)(&u.CPU) }},
	{Key: "peak_rss_bytes", Doc: "greatest resident set of the process, including the program", Head: "peak RSS", Bench: "peak-RSS-B", Better: "lower", Assert: "rss", Over: Greatest, of: func(u *Usage) *int64 { return &u.PeakRSS }},
	{Key: "alloc_bytes", Doc: "bytes allocated on the heap during Run", Bench: "B/op", Better: "lower", Over: NotSummed, Zero: true, of: func(u *Usage) *int64 { return &u.AllocBytes }},
	{Key: "allocs", Doc: "heap objects allocated during Run", Head: "allocs", Bench: "allocs/op", Better: "lower", Zero: true, of: func(u *Usage) *int64 { return &u.Allocs }},
	{Key: "gcs", Doc: "garbage collections completed during Run", Zero: true, of: func(u *Usage) *int64 { return &u.GCs }},
	{Key: "threads", Doc: "operating system threads at the trial's end", Head: "threads", Over: Greatest, of: func(u *Usage) *int64 { return &u.Threads }},
	{Key: "goroutines", Doc: "greatest number of goroutines at any task's start", Head: "gorout.", Over: InWarmup, of: func(u *Usage) *int64 { return &u.Goroutines }},
	{Key: "connections", Doc: "connections opened in the trial", Head: "conns", Bench: "connections", Zero: true, of: func(u *Usage) *int64 { return &u.Connections }},
	{Key: "ctx_switches", Doc: "context switches of the process during Run, voluntary and involuntary", Head: "switches", Bench: "ctx-switches", Better: "lower", Assert: "ctx-switches", of: func(u *Usage) *int64 { return &u.CtxSwitches }},
	{Key: "gc_ns", Doc: "CPU time of the garbage collector during Run, excluding the time of idle processors", Head: "GC time", Bench: "gc-ns", Better: "lower", Assert: "gc-time", zeroIf: func(u Usage) bool { return u.GCs == 0 }, of: func(u *Usage) *int64 { return (*int64)(&u.GCTime) }},
}

// ByAssert returns the metric with this name in assertions.
func ByAssert(name string) (Metric, bool) {
	for _, m := range All {
		if m.Assert == name && name != "" {
			return m, true
		}
	}
	return Metric{}, false
}

// Of returns the figure, in nanoseconds, bytes or a count.
func (m Metric) Of(u Usage) int64 { return *m.of(&u) }

// Set sets the figure.
func (m Metric) Set(u *Usage, v int64) { *m.of(u) = v }

// Known reports whether the figure was measured.
func (m Metric) Known(u Usage) bool {
	return m.Zero || m.Of(u) != 0 || m.zeroIf != nil && m.zeroIf(u)
}

// Duration and Bytes tell the unit; a metric that is neither is a count.
func (m Metric) Duration() bool { return strings.HasSuffix(m.Key, "_ns") }

// Bytes reports whether the unit is bytes.
func (m Metric) Bytes() bool { return strings.HasSuffix(m.Key, "_bytes") }

// Value returns the figure in seconds, bytes or a count: the unit of everything derived.
func (m Metric) Value(u Usage) float64 {
	if m.Duration() {
		return time.Duration(m.Of(u)).Seconds()
	}
	return float64(m.Of(u))
}

// Name returns the name of the figure in seconds: cpu_seconds for cpu_ns.
func (m Metric) Name() string {
	if base, ok := strings.CutSuffix(m.Key, "_ns"); ok {
		return base + "_seconds"
	}
	return m.Key
}
