package probe

import (
	"context"
	"slices"
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
	Peak         int   `json:"peak"`     // most tasks at once, of the batch itself
	Running      int   `json:"running"`  // attempts that were running when Run returned
	Ended        []int `json:"ended"`    // tasks in the order in which they ended
	Leaked       int   `json:"leaked"`   // goroutines left after Close

	// Of batches that overlap; the fields above are then sums over them, but for Tasks,
	// which is that of each, and Peak, which is the greatest.
	InAll    int `json:"in_all,omitempty"`   // most tasks at once, of all
	Rejected int `json:"rejected,omitempty"` // batches for which Run returned ErrRejected
	Foreign  int `json:"foreign,omitempty"`  // batches for which Run did not return what its own tasks did

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
	inAll                     int
	canceled                  bool
}

// Observe has the strategy run a batch of n tasks, or several that overlap, and returns
// what was seen when they and their tasks have ended.
func (p Probe) Observe(s strategies.Strategy, n int) Observation {
	var seen counts
	each := make([]Observation, max(1, p.together))
	records := make([][]strategies.Record, len(each))
	var all sync.WaitGroup
	for i := range each {
		records[i] = make([]strategies.Record, n)
		all.Go(func() { p.observe(s, records[i], &each[i], &seen) })
	}
	all.Wait()
	// The rest may still end, and no record is read while it does.
	p.pace.Settle(func() int {
		seen.Lock()
		defer seen.Unlock()
		return seen.attempts
	})
	seen.Lock()
	defer seen.Unlock()
	for i := range each {
		each[i].count(records[i])
	}
	if p.together == 0 {
		return each[0]
	}
	return sum(each, seen.inAll)
}

// sum is what was seen of batches that overlapped.
func sum(each []Observation, inAll int) Observation {
	out := Observation{Tasks: each[0].Tasks, End: Returned, InAll: inAll}
	for _, o := range each {
		if o.End != Returned {
			out.End = o.End
		}
		out.NeverStarted += o.NeverStarted
		out.Twice += o.Twice
		out.Peak = max(out.Peak, o.Peak)
		switch {
		case o.Err == strategies.ErrRejected.Error():
			out.Rejected++
		case o.End == Returned && len(o.Reported) > 0 && !slices.Equal(o.Reported, []int{failing}):
			out.Foreign++
		}
	}
	return out
}

// observe has the strategy run one batch until Run has ended. Tasks that still run add to o.
func (p Probe) observe(s strategies.Strategy, records []strategies.Record, o *Observation, seen *counts) {
	n := len(records)
	o.Tasks = n
	running := 0 // of this batch
	b := strategies.NewBatch(records, func(ctx context.Context, i int, _ *strategies.Record) error {
		first := strategies.AttemptOf(ctx) == 1
		seen.Lock()
		seen.attempts++
		seen.events++
		if first {
			seen.running++
			seen.inAll = max(seen.inAll, seen.running)
			running++
			o.Peak = max(o.Peak, running)
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
				running--
				o.Ended = append(o.Ended, i)
			}
			seen.Unlock()
		}()
		if p.nested {
			inner := strategies.NewBatch(make([]strategies.Record, 2), func(ctx context.Context, i int, _ *strategies.Record) error { return p.task(ctx, i, 2) })
			inner.Start()
			return s.Run(ctx, inner)
		}
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
	end, err := p.run(ctx, s, b, seen)

	seen.Lock()
	defer seen.Unlock()
	o.Running = seen.attempts
	if p.cancelAt > 0 {
		o.ReturnedTook = max(0, time.Since(began)-p.cancelAt)
	}
	o.End = end
	o.Reported = reported(err)
	if err != nil {
		o.Err = err.Error()
	}
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
