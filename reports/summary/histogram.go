package summary

import (
	"bytes"
	"fmt"
	"time"

	"github.com/fanbench/fanbench/bench/results"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/fanbench/fanbench/strategies"
)

// histogramDigits is the number of significant digits of times.
const histogramDigits = 3

// histogram counts one kind of time of a strategy's tasks: of one trial, and of all.
type histogram struct {
	tag        string
	time       func(r *strategies.Record) int64 // nanoseconds
	trial, all *hdrhistogram.Histogram
}

// histograms are those of sojourn, wait and service, with their log: an interval for each
// trial and kind, tagged with the kind, in nanoseconds.
type histograms struct {
	list [3]histogram
	log  bytes.Buffer
	to   *hdrhistogram.HistogramLogWriter
}

// newHistograms makes histograms of times up to longest. began is the start of the run.
func newHistograms(strategy string, longest time.Duration, began time.Time) (*histograms, error) {
	h := &histograms{}
	for i, one := range []histogram{
		{tag: "sojourn", time: (*strategies.Record).Sojourn},
		{tag: "wait", time: (*strategies.Record).Wait},
		{tag: "service", time: func(r *strategies.Record) int64 { return r.End - r.Start }},
	} {
		one.trial, one.all = newHistogram(longest), newHistogram(longest)
		h.list[i] = one
	}
	h.to = hdrhistogram.NewHistogramLogWriter(&h.log)
	start := began.UnixMilli()
	for _, write := range []func() error{
		func() error { return h.to.OutputComment(fmt.Sprintf("[fanbench: %s, nanoseconds]", strategy)) },
		h.to.OutputLogFormatVersion,
		func() error { return h.to.OutputStartTime(start) },
		h.to.OutputLegend,
	} {
		if err := write(); err != nil {
			return nil, fmt.Errorf("writing a histogram log: %w", err)
		}
	}
	return h, nil
}

func newHistogram(longest time.Duration) *hdrhistogram.Histogram {
	return hdrhistogram.New(1, max(int64(longest), int64(time.Millisecond)), histogramDigits)
}

// add counts a task. A time out of range counts as the nearest value in range.
func (h *histograms) add(r *strategies.Record) {
	for i := range h.list {
		one := &h.list[i]
		_ = one.trial.RecordValue(min(max(one.time(r), 0), one.trial.HighestTrackableValue())) // cannot fail for values in range
	}
}

// endTrial writes the trial's interval and adds it to the total.
func (h *histograms) endTrial(t results.Trial, began time.Time) error {
	start := began.Add(t.At)
	for i := range h.list {
		one := &h.list[i]
		one.all.Merge(one.trial)
		one.trial.SetStartTimeMs(start.UnixMilli())
		one.trial.SetEndTimeMs(start.Add(t.Makespan).UnixMilli())
		one.trial.SetTag(one.tag)
		if err := h.to.OutputIntervalHistogram(one.trial); err != nil {
			return fmt.Errorf("writing a histogram log: %w", err)
		}
		one.trial.Reset()
	}
	return nil
}
