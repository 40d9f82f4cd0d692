package probe

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/strategies"
)

// Observation is what was seen of one batch.
type Observation struct {
	Tasks int `json:"tasks"`

	End      string `json:"end"`      // Returned, or the Reaction that says how Run ended otherwise
	Err      string `json:"err"`      // what Run returned
	Reported []int  `json:"reported"` // the tasks whose errors are in it, in order

	NeverStarted int   `json:"never_started"`
	Twice        int   `json:"twice"`
	NotOK        int   `json:"not_ok"`
	Canceled     int   `json:"canceled"` // tasks that ended because their context was cancelled
	Early        int   `json:"early"`    // tasks that started before they were ready
	Peak         int   `json:"peak"`     // most tasks at once
	Running      int   `json:"running"`  // attempts that were running when Run returned
	Ended        []int `json:"ended"`    // tasks in the order in which they ended
	Leaked       int   `json:"leaked"`   // goroutines left after Close

	// Of a batch that was cancelled.
	BegunAfter   int           `json:"begun_after"`   // tasks that began after it was
	ReturnedTook time.Duration `json:"returned_took"` // until Run returned, ns
}

// Returned is the End of a Run that returned.
const Returned = "returned"

// counts are what tasks tell of themselves.
type counts struct {
	sync.Mutex
	attempts, running, events int
	canceled                  bool
}

// Observe has the strategy run a batch of n tasks, and returns what was seen when it
// and its tasks have ended.
func (p Probe) Observe(s strategies.Strategy, n int) Observation {
	var seen counts
	o := Observation{Tasks: n}
	records := make([]strategies.Record, n)
	for i := range records {
		records[i].Ready = int64(i) * int64(p.arrivals)
	}
	b := strategies.NewBatch(records, func(ctx context.Context, i int, _ *strategies.Record) error {
		first := strategies.AttemptOf(ctx) == 1
		seen.Lock()
		seen.attempts++
		seen.events++
		if first {
			seen.running++
			o.Peak = max(o.Peak, seen.running)
			if seen.canceled {
				o.BegunAfter++
			}
		}
		seen.Unlock()
		defer func() {
			seen.Lock()
			seen.attempts--
			seen.events++
			if first {
				seen.running--
				o.Ended = append(o.Ended, i)
			}
			seen.Unlock()
		}()
		return p.task(ctx, i, n)
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if p.cancelAt > 0 {
		defer time.AfterFunc(p.cancelAt, func() {
			seen.Lock()
			seen.canceled = true
			seen.Unlock()
			cancel()
		}).Stop()
	}
	b.Start()
	began := time.Now()
	end, err := p.run(ctx, s, b, &seen)

	seen.Lock()
	o.Running = seen.attempts
	seen.Unlock()
	if p.cancelAt > 0 {
		o.ReturnedTook = max(0, time.Since(began)-p.cancelAt)
	}
	o.End = end
	o.Reported = reported(err)
	if err != nil {
		o.Err = err.Error()
	}
	// The rest may still end, and no record is read while it does.
	p.pace.Settle(func() int {
		seen.Lock()
		defer seen.Unlock()
		return seen.attempts
	})
	seen.Lock()
	defer seen.Unlock()
	o.count(records)
	return o
}

func (o *Observation) count(records []strategies.Record) {
	for i := range records {
		r := &records[i]
		switch {
		case r.Started() == 0:
			o.NeverStarted++
			continue
		case r.Started() > 1:
			o.Twice++
		}
		if r.Start < r.Ready {
			o.Early++
		}
		switch r.Load() {
		case strategies.OK:
		case strategies.Canceled:
			o.Canceled++
			fallthrough
		default:
			o.NotOK++
		}
	}
}

// run calls s.Run in a goroutine of its own and says how it ended.
func (p Probe) run(ctx context.Context, s strategies.Strategy, b *strategies.Batch, seen *counts) (end string, err error) {
	var how atomic.Pointer[string]
	done := make(chan struct{})
	go func() {
		result := string(strategies.EndsCaller)
		defer close(done)
		defer func() { how.Store(&result) }()
		defer func() {
			if recover() != nil {
				result = string(strategies.PanicsInRun)
			}
		}()
		err = s.Run(ctx, b)
		result = Returned
	}()
	for events := -1; ; {
		select {
		case <-done:
			return *how.Load(), err
		case <-time.After(p.pace.Limit):
		}
		seen.Lock()
		now := seen.events
		seen.Unlock()
		if now == events {
			return string(strategies.Hangs), nil
		}
		events = now
	}
}
