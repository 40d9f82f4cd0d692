//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/internal/quantity"
)

// late writes a lateness.
func late(d time.Duration) string { return quantity.Seconds(d.Seconds()) }

func perSecond(rate float64) string { return quantity.Count(rate) + "/s" }

// tables are those of the page, in order.
func (r *results) tables() []table.Writer {
	return []table.Writer{r.latenessTable(), r.highestTable()}
}

// latenessTable has a row for each generator at each rate.
func (r *results) latenessTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"rate", "arrivals", "generator", "sent", "p50", "p90", "p99", "x best peer", "quiet p99", "CPU"})
	for _, rate := range r.rates(true) {
		for _, name := range r.generators() {
			for _, process := range []scenario.ArrivalProcess{scenario.Constant, scenario.Poisson} {
				if c := r.find(name, process, rate); c != nil {
					t.AppendRow(r.row(c))
				}
			}
		}
	}
	return t
}

func (r *results) row(c *cell) table.Row {
	times := "-"
	if share := r.share(c); !c.Peer && !math.IsNaN(share) {
		times = fmt.Sprintf("%.2g", share)
	}
	figures := func(of func(turn) float64) string { return late(time.Duration(c.median(of))) }
	return table.Row{
		perSecond(c.Rate), string(c.Process), c.Generator, fmt.Sprintf("%.1f%%", 100*c.median(sentOf)),
		figures(p50Of), figures(p90Of), figures(p99Of), times, late(c.quiet()), fmt.Sprintf("%.2f", c.median(cpuOf)),
	}
}

// highestTable has the highest rate of each generator.
func (r *results) highestTable() table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"generator", "constant", "Poisson", "constant, p99 up to " + keptUpLate.String()})
	for _, name := range r.generators() {
		t.AppendRow(table.Row{name, r.heldAt(name, scenario.Constant, heldLate), r.heldAt(name, scenario.Poisson, heldLate), r.heldAt(name, scenario.Constant, keptUpLate)})
	}
	for _, m := range r.Missing {
		t.AppendRow(table.Row{m.Generator, "not available: " + m.Why, "", ""})
	}
	return t
}

// heldAt is the highest rate in words.
func (r *results) heldAt(generator string, process scenario.ArrivalProcess, limit time.Duration) string {
	if len(r.Cells) > 0 && r.find(generator, process, r.rates(true)[0]) == nil {
		return "does not have it"
	}
	return orNone(r.highest(generator, process, limit))
}

// orNone is a rate that may be none.
func orNone(rate float64) string {
	if rate == 0 {
		return "none"
	}
	return perSecond(rate)
}

// markdown is the part of the page that is measured.
func (r *results) markdown() string {
	var b strings.Builder
	e := r.Environment
	fmt.Fprintf(&b, "Measured %s in %v on %s, %d CPUs, %s; load %.1f before, %.1f after.\n",
		r.Began.Format(time.DateOnly), r.Took.Round(time.Second), e.CPU, e.CPUs, e.Go, e.LoadBefore, e.LoadAfter)
	for i, t := range r.tables() {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n\n%s\n", titles[i], notes[i], t.RenderMarkdown())
	}
	fmt.Fprintf(&b, "\n### Goals\n\n")
	for _, g := range r.goals() {
		fmt.Fprintf(&b, "- %s\n", g)
	}
	return b.String()
}

var titles = []string{"Lateness", "Highest rate"}

var notes = []string{
	"Medians of the turns. sent: requests that the server received, of those planned. x best peer: p99 over the lowest p99 of a peer in the same turn. quiet p99: of that quarter of a turn in which it is lowest, in all turns; what a generator does while other programs leave it the machine. CPU: cores used by the generator's process. Rates with one turn serve to find the highest rate only.",
	fmt.Sprintf("The highest measured rate at which more than half of the turns had at least %.0f%% of the requests sent, a p99 of at most %v (fanbench's own limit for a valid run), and, for fanbench, a valid run. Last column: with a p99 of at most %v.", 100*heldSent, heldLate, keptUpLate),
}

// terminal is the same for a terminal.
func (r *results) terminal() string {
	var b strings.Builder
	for i, t := range r.tables() {
		t.SetStyle(table.StyleLight)
		fmt.Fprintf(&b, "%s. %s\n%s\n\n", titles[i], notes[i], t.Render())
	}
	for _, g := range r.goals() {
		fmt.Fprintln(&b, g)
	}
	return b.String()
}
