package summary

import (
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// URL is the result of one URL of a list, over all measured trials of all strategies.
type URL struct {
	URL      string         `json:"url"`
	Attempts int            `json:"attempts"`
	OK       int            `json:"ok"`
	Bytes    int64          `json:"bytes"`    // size of the largest answer
	Statuses map[uint32]int `json:"statuses"` // count by HTTP status, without requests that had no answer
	Errors   map[string]int `json:"errors,omitempty"`
	Service  *float64       `json:"service"` // median of successful requests, seconds
}

// urlTally collects the results of each URL.
type urlTally struct {
	urls    []URL
	service [][]float64
}

func newURLTally(urls []string) *urlTally {
	t := &urlTally{service: make([][]float64, len(urls))}
	for _, u := range urls {
		t.urls = append(t.urls, URL{URL: scenario.Redacted(u), Statuses: map[uint32]int{}, Errors: map[string]int{}})
	}
	return t
}

// add counts a task's record. The i-th task fetched the i-th URL.
func (u *urlTally) add(t results.Trial, task int, r *strategies.Record) {
	if task >= len(u.urls) || !r.Done() {
		return
	}
	s := &u.urls[task]
	s.Attempts++
	s.Bytes = max(s.Bytes, r.Bytes)
	if r.Status != 0 {
		s.Statuses[r.Status]++
	}
	if r.Outcome == strategies.OK {
		s.OK++
		u.service[task] = append(u.service[task], time.Duration(r.End-r.Start).Seconds())
	} else {
		s.Errors[FaultText(t, r)]++
	}
}

// FaultText is the text of a record's error.
func FaultText(t results.Trial, r *strategies.Record) string {
	if i := int(r.Error) - 1; i >= 0 && i < len(t.Faults) {
		return t.Faults[i]
	}
	return r.Outcome.String()
}

func (u *urlTally) summaries() []URL {
	for i := range u.urls {
		u.urls[i].Service = median(u.service[i])
	}
	return u.urls
}
