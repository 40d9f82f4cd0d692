package reports

import (
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/strategies"
)

// URLSummary is what came of one URL of a list, over all measured trials of all
// strategies.
type URLSummary struct {
	URL      string         `json:"url"`
	Attempts int            `json:"attempts"`
	OK       int            `json:"ok"`
	Bytes    int64          `json:"bytes"`    // of the largest answer
	Statuses map[uint32]int `json:"statuses"` // HTTP status, how often; without those that had no answer
	Errors   map[string]int `json:"errors,omitempty"`
	Service  *float64       `json:"service"` // median of those that were ok, seconds
}

// urlTally collects what came of each URL.
type urlTally struct {
	urls    []URLSummary
	service [][]float64
}

func newURLTally(urls []string) *urlTally {
	t := &urlTally{service: make([][]float64, len(urls))}
	for _, u := range urls {
		t.urls = append(t.urls, URLSummary{URL: u, Statuses: map[uint32]int{}, Errors: map[string]int{}})
	}
	return t
}

// add counts a trial's records, of which the i-th belongs to the i-th URL.
func (u *urlTally) add(t bench.Trial, records []strategies.Record) {
	for i := range min(len(u.urls), len(records)) {
		r, s := &records[i], &u.urls[i]
		if !r.Done() {
			continue
		}
		s.Attempts++
		s.Bytes = max(s.Bytes, r.Bytes)
		if r.Status != 0 {
			s.Statuses[r.Status]++
		}
		if r.Outcome == strategies.OK {
			s.OK++
			u.service[i] = append(u.service[i], time.Duration(r.End-r.Start).Seconds())
		} else {
			s.Errors[faultText(t, r)]++
		}
	}
}

// faultText is the text of a record's error.
func faultText(t bench.Trial, r *strategies.Record) string {
	if i := int(r.Error) - 1; i >= 0 && i < len(t.Faults) {
		return t.Faults[i]
	}
	return r.Outcome.String()
}

func (u *urlTally) summaries() []URLSummary {
	for i := range u.urls {
		slices.Sort(u.service[i])
		u.urls[i].Service = median(u.service[i])
	}
	return u.urls
}
