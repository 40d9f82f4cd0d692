package semantics

import (
	"context"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/strategies"
)

// Million is what a batch of 10^6 tasks took, at a width of 1,000 where it can be set.
type Million struct {
	Goroutines int           `json:"goroutines"` // most at once
	RSS        int64         `json:"rss_bytes"`  // greatest resident set, less what there was before; 0 is not known
	Took       time.Duration `json:"took_ns"`    // until Run returned
	Ended      bool          `json:"ended"`      // Run returned within the limit; else the above is what was seen by then
}

const (
	millionTasks = 1_000_000
	millionWidth = 1_000
	millionLimit = 30 * time.Second
	// For so long no task begins before all that can run at once are taken to have begun:
	// longer where fewer have than the width allows, since the runtime may be busy with
	// the goroutines there are.
	stall      = 300 * time.Millisecond
	stallShort = 3 * time.Second
)

// measureMillion has the strategy run 10^6 tasks that wait, all that run at once, until
// no more begin, and then all end at once: what a strategy holds at most, however fast
// the machine.
func measureMillion(c strategies.Choice) (*Million, error) {
	c = wide(c)
	width := int64(c.Width(millionTasks))
	s, err := c.New()
	if err != nil {
		return nil, err
	}
	open := make(chan struct{})
	var begun atomic.Int64
	records := make([]strategies.Record, millionTasks)
	for i := range records {
		records[i].Outcome = strategies.Pending // touched: they are the harness's memory, not the strategy's
	}
	runtime.GC()
	since := machine.PeakRSS()
	before := since()
	b := strategies.NewBatch(records, func(context.Context, int, *strategies.Record) error {
		begun.Add(1)
		<-open
		return nil
	})
	var m Million
	returned := make(chan time.Duration, 1)
	b.Start()
	go func() {
		_ = s.Run(context.Background(), b)
		returned <- b.Elapsed()
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(millionLimit)
	opened, last, changed := false, int64(0), time.Now()
	for !m.Ended || !opened {
		select {
		case m.Took = <-returned:
			m.Ended = true
		case <-tick.C:
		case <-deadline:
			m.Took = b.Elapsed()
			m.RSS = max(0, since()-before)
			return &m, nil
		}
		m.Goroutines = max(m.Goroutines, runtime.NumGoroutine())
		quiet := stall
		if last < width {
			quiet = stallShort
		}
		if n := begun.Load(); n != last {
			last, changed = n, time.Now()
		} else if !opened && time.Since(changed) > quiet {
			close(open)
			opened = true
		}
	}
	m.RSS = max(0, since()-before)
	if closer, ok := s.(io.Closer); ok {
		return &m, closer.Close()
	}
	return &m, nil
}

// wide is the choice at a width of 1,000, where a parameter sets it.
func wide(c strategies.Choice) strategies.Choice {
	params := strategies.Params{}
	for name, v := range c.Params {
		params[name] = v
	}
	for _, p := range c.Spec.Params {
		switch p.Name {
		case "workers", "limit", "size", "max", "initial", "batch", "process":
			if _, given := params[p.Name]; given && p.Kind == strategies.Number {
				params[p.Name] = min(millionWidth, p.Max)
			}
		}
	}
	return strategies.Choice{Spec: c.Spec, Params: params}
}
