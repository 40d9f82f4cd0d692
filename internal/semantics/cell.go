// Package semantics measures what strategies do when things go wrong, and at the edges:
// the behaviour matrix, a row a strategy.
//
// Measure goes through strategies and cells; each cell is measured in a process of its
// own (Serve), in real time, since some answers are a crash, a hang or a leak. What is
// found is held against the traits that the strategy declares. Matrix.Write says it as
// text, Markdown or JSON.
package semantics

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// Seen is what was seen in one cell.
type Seen struct {
	Batches []probe.Observation `json:"batches,omitempty"` // one after another by the same strategy
	Left    *Left               `json:"left,omitempty"`
	Million *Million            `json:"million,omitempty"`
	Died    string              `json:"died,omitempty"` // the last words of a process that ended otherwise than by the task's panic
}

// last is the last batch.
func (s Seen) last() probe.Observation {
	if len(s.Batches) == 0 {
		return probe.Observation{End: s.Died}
	}
	return s.Batches[len(s.Batches)-1]
}

// Left are the goroutines beyond those there were before the strategy was made.
type Left struct {
	At0    int `json:"at_0"`    // as Run returns
	At50   int `json:"at_50"`   // 50 ms later
	At1500 int `json:"at_1500"` // 1500 ms later
	Closed int `json:"closed"`  // after Close, where the strategy has one
}

const millionCell = "million"

// pace is that of real time: short, and long enough for a busy machine.
func pace() probe.Pace {
	return probe.Pace{
		Short: time.Millisecond,
		Usual: 20 * time.Millisecond,
		Slow:  400 * time.Millisecond,
		Limit: 2 * time.Second,
		Settle: func(running func() int) {
			time.Sleep(50 * time.Millisecond) // those that are about to begin
			for range 100 {
				if running() == 0 {
					return
				}
				time.Sleep(50 * time.Millisecond)
			}
		},
	}
}

// cells are what is measured of each strategy, each in its own process.
func cells(quick bool) []string {
	list := []string{
		probe.EachOnce, probe.Order, probe.Error, probe.Panic, probe.GoexitOne, probe.Goexit,
		probe.Cancel, probe.CancelDeaf, probe.SlowTasks, probe.Together, probe.Nested,
	}
	if !quick {
		list = append(list, millionCell)
	}
	return list
}

// Serve is the body of a process that measures one cell, and writes what it has seen.
func Serve(choice, cell string, out io.Writer) error {
	c, err := strategies.Parse(choice)
	if err != nil {
		return err
	}
	if cell == millionCell {
		m, err := measureMillion(c)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(Seen{Million: m})
	}
	p := pace()
	var left Left
	before := runtime.NumGoroutine()
	count := func(at *int) {
		least := runtime.NumGoroutine()
		for range 100 { // those that are just ending do not count
			runtime.Gosched()
			least = min(least, runtime.NumGoroutine())
		}
		*at = max(0, least-before)
	}
	if cell == probe.CancelDeaf {
		settle := p.Settle
		p.Settle = func(running func() int) {
			count(&left.At0)
			time.Sleep(50 * time.Millisecond)
			count(&left.At50)
			time.Sleep(1450 * time.Millisecond)
			count(&left.At1500)
			settle(running)
		}
	}
	all := probe.Probes(p)
	i := slices.IndexFunc(all, func(p probe.Probe) bool { return p.Name == cell })
	if i < 0 {
		return fmt.Errorf("no cell %q", cell)
	}
	s, err := c.New()
	if err != nil {
		return err
	}
	var seen Seen
	for _, n := range all[i].Sizes(c) {
		o := all[i].Observe(s, n)
		seen.Batches = append(seen.Batches, o)
		if o.End == string(strategies.Hangs) {
			return json.NewEncoder(out).Encode(seen) // Close might hang too
		}
	}
	if closer, ok := s.(io.Closer); ok {
		if err := closer.Close(); err != nil {
			return err
		}
	}
	if cell == probe.CancelDeaf {
		time.Sleep(50 * time.Millisecond)
		count(&left.Closed)
		seen.Left = &left
	}
	return json.NewEncoder(out).Encode(seen)
}
