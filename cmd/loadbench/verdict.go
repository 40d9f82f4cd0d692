//go:build linux

package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// The goals.
const (
	goalRate   = 1000.0                 // requests a second, at which
	goalLate   = 100 * time.Microsecond // is the most that p99 may be
	goalShare  = 0.2                    // of the best peer's p99, at every rate
	heldLate   = time.Millisecond       // fanbench's own limit, from which on it calls a run invalid
	heldSent   = 0.99                   // share of the requests that must be sent within the time
	keptUpLate = 10 * time.Millisecond  // a generator that is later does not keep up with the rate
)

// median is that of a figure of the turns.
func (c cell) median(of func(turn) float64) float64 {
	x := make([]float64, len(c.Turns))
	for i, t := range c.Turns {
		x[i] = of(t)
	}
	return stat.Median(x)
}

func p50Of(t turn) float64  { return float64(t.P50) }
func p99Of(t turn) float64  { return float64(t.P99) }
func p90Of(t turn) float64  { return float64(t.P90) }
func cpuOf(t turn) float64  { return t.CPU.Seconds() / t.Length.Seconds() }
func sentOf(t turn) float64 { return float64(t.Received) / float64(max(t.Planned, 1)) }

func (c cell) p99() time.Duration { return time.Duration(c.median(p99Of)) }

// quiet is the p99 of the quietest part of all turns.
func (c cell) quiet() time.Duration {
	least := c.Turns[0].Quiet
	for _, t := range c.Turns {
		least = min(least, t.Quiet)
	}
	return least
}

// holds reports whether more than half of the turns sent what they should, no later than
// limit at p99, and were valid.
func (c cell) holds(limit time.Duration) bool {
	held := 0
	for _, t := range c.Turns {
		if t.Invalid == "" && sentOf(t) >= heldSent && t.P99 <= limit {
			held++
		}
	}
	return 2*held > len(c.Turns)
}

// find is the cell of a generator, nil if it was not measured so.
func (r *results) find(generator string, process scenario.ArrivalProcess, rate float64) *cell {
	i := slices.IndexFunc(r.Cells, func(c cell) bool {
		return c.Generator == generator && c.Process == process && c.Rate == rate
	})
	if i < 0 {
		return nil
	}
	return &r.Cells[i]
}

// rates are those that were measured, in order; only those with a goal unless all are asked for.
func (r *results) rates(all bool) (rates []float64) {
	for _, c := range r.Cells {
		if all || !c.Beyond {
			rates = append(rates, c.Rate)
		}
	}
	slices.Sort(rates)
	return slices.Compact(rates)
}

// generators are those that were measured, in order.
func (r *results) generators() (names []string) {
	for _, c := range r.Cells {
		if !slices.Contains(names, c.Generator) {
			names = append(names, c.Generator)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(place(a), place(b)) })
	return names
}

// place is a generator's in the list of all.
func place(name string) int {
	return slices.IndexFunc(generators, func(g generator) bool { return g.name == name })
}

// bestPeer is the peer with the least p99 at a rate, nil if there is none. Peers know
// constant rates only, and are the measure of other processes too.
func (r *results) bestPeer(rate float64) *cell {
	var least *cell
	for i := range r.Cells {
		if c := &r.Cells[i]; c.Peer && c.Rate == rate && (least == nil || c.p99() < least.p99()) {
			least = c
		}
	}
	return least
}

// share is our p99 over the least of the peers' in the same turn, in the median of the
// turns, NaN without a peer.
func (r *results) share(c *cell) float64 {
	var shares []float64
	for i, t := range c.Turns {
		least := math.Inf(1)
		for _, p := range r.Cells {
			if p.Peer && p.Rate == c.Rate && i < len(p.Turns) {
				least = min(least, float64(p.Turns[i].P99))
			}
		}
		if !math.IsInf(least, 1) {
			shares = append(shares, float64(t.P99)/least)
		}
	}
	if len(shares) == 0 {
		return math.NaN()
	}
	return stat.Median(shares)
}

// quietShare is our quiet p99 over the least of the peers'.
func (r *results) quietShare(c *cell) float64 {
	least := time.Duration(math.MaxInt64)
	for _, p := range r.Cells {
		if p.Peer && p.Rate == c.Rate {
			least = min(least, p.quiet())
		}
	}
	return float64(c.quiet()) / float64(least)
}

// highest is the highest rate that a generator holds, 0 if it holds none.
func (r *results) highest(generator string, process scenario.ArrivalProcess, limit time.Duration) float64 {
	most := 0.0
	for _, c := range r.Cells {
		if c.Generator == generator && c.Process == process && c.holds(limit) {
			most = max(most, c.Rate)
		}
	}
	return most
}

// goal is one, and what became of it.
type goal struct {
	text  string
	found string
	met   bool
}

func (g goal) String() string {
	verdict := "Met"
	if !g.met {
		verdict = "MISSED"
	}
	return fmt.Sprintf("%s: %s. %s.", g.text, g.found, verdict)
}

// goals are all that can be judged.
func (r *results) goals() (all []goal) {
	for _, process := range []scenario.ArrivalProcess{scenario.Constant, scenario.Poisson} {
		if c := r.find(ours, process, goalRate); c != nil {
			all = append(all, goal{
				fmt.Sprintf("p99 of at most %s at %s, %s", late(goalLate), perSecond(goalRate), process), fmt.Sprintf("%s (quiet %s)", late(c.p99()), late(c.quiet())), c.p99() <= goalLate,
			})
		}
	}
	for _, rate := range r.rates(false) {
		for _, process := range []scenario.ArrivalProcess{scenario.Constant, scenario.Poisson} {
			c, peer := r.find(ours, process, rate), r.bestPeer(rate)
			if c == nil || peer == nil {
				continue
			}
			share := r.share(c)
			all = append(all, goal{
				fmt.Sprintf("p99 of at most %.2g of the best peer's at %s, %s", goalShare, perSecond(rate), process),
				fmt.Sprintf("%.2g of %s's (quiet %.2g)", share, peer.Generator, r.quietShare(c)), share <= goalShare,
			})
		}
	}
	own, peers, name := r.highest(ours, scenario.Constant, heldLate), 0.0, ""
	for _, c := range r.Cells {
		if h := r.highest(c.Generator, c.Process, heldLate); c.Peer && (name == "" || h > peers) {
			peers, name = h, c.Generator
		}
	}
	if name != "" && r.find(ours, scenario.Constant, r.rates(true)[0]) != nil {
		all = append(all, goal{
			"highest rate held at least that of the best peer", fmt.Sprintf("%s, %s %s", orNone(own), name, orNone(peers)), own >= peers,
		})
	}
	return all
}
