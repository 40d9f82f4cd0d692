package results

import (
	"testing"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

func TestAudit(t *testing.T) {
	ok := strategies.Record{Start: 1, End: 5, Runs: 1, Outcome: strategies.OK}
	late := strategies.Record{Start: 1, End: 50, Runs: 1, Outcome: strategies.OK}
	failed := strategies.Record{Start: 1, End: 5, Runs: 1, Outcome: strategies.Failed}
	twice := strategies.Record{Start: 1, End: 5, Runs: 2, Outcome: strategies.OK}
	running := strategies.Record{Start: 1, Runs: 1}
	aborted := strategies.Record{Start: 1, End: 5, Runs: 1, Outcome: strategies.Aborted}
	var unstarted strategies.Record
	for _, tc := range []struct {
		name     string
		records  []strategies.Record
		want     Audit
		complete bool
	}{
		{"all done", []strategies.Record{ok, ok}, Audit{Done: 2, Starts: 2}, true},
		{"one failed", []strategies.Record{ok, failed}, Audit{Done: 2, Failed: 1, Starts: 2}, true},
		{"one panicked", []strategies.Record{ok, aborted}, Audit{Done: 2, Failed: 1, Aborted: 1, Starts: 2}, true},
		{"one never started", []strategies.Record{ok, unstarted}, Audit{Done: 1, Lost: 1, Unstarted: 1, Starts: 1}, false},
		{"one never ended", []strategies.Record{ok, running}, Audit{Done: 1, Lost: 1, Running: 1, Starts: 2}, false},
		{"one ended after the return", []strategies.Record{ok, late}, Audit{Done: 2, Running: 1, Starts: 2}, false},
		{"one run twice", []strategies.Record{ok, twice}, Audit{Done: 2, Doubled: 1, Starts: 3}, false},
		{"nothing to do", nil, Audit{}, true},
	} {
		got := NewAudit(tc.records, 10)
		if got != tc.want || got.Complete() != tc.complete {
			t.Errorf("%s: got %+v complete %v, want %+v complete %v", tc.name, got, got.Complete(), tc.want, tc.complete)
		}
	}
}

func TestMakespan(t *testing.T) {
	done := func(ready, end int64) strategies.Record {
		return strategies.Record{Ready: ready, End: end, Runs: 1, Outcome: strategies.OK}
	}
	for _, tc := range []struct {
		name    string
		records []strategies.Record
		want    time.Duration
	}{
		{"closed batch", []strategies.Record{done(0, 30), done(0, 20)}, 30},
		{"open batch", []strategies.Record{done(10, 30), done(20, 25)}, 20},
		{"lost tasks have no end", []strategies.Record{done(0, 30), {}}, 30},
		{"nothing done", []strategies.Record{{}}, 0},
		{"nothing to do", nil, 0},
	} {
		if got := Makespan(tc.records); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, got, tc.want)
		}
	}
}
