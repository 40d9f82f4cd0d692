package semantics

import (
	"fmt"
	"time"

	"github.com/fanbench/fanbench/internal/probe"
	"github.com/fanbench/fanbench/strategies"
)

// column is what a cell of the tables says.
type column struct {
	name string
	say  func(Row) string
}

// tables are the columns in groups that fit a page.
var tables = []struct {
	title   string
	columns []column
}{
	{"When tasks misbehave", []column{
		{"on error", func(r Row) string { return string(r.Found.OnError) }},
		{"reports", func(r Row) string { return string(r.Found.Reports) }},
		{"on panic", func(r Row) string { return string(r.Found.OnPanic) }},
		{"Goexit of one", func(r Row) string { return string(probe.OnEnd(r.Seen[probe.GoexitOne].last())) }},
		{"Goexit of all", func(r Row) string { return string(r.Found.OnGoexit) }},
	}},
	{"When the batch is cancelled", []column{
		{"tasks heed it", func(r Row) string { return cancelled(r.Seen[probe.Cancel]) }},
		{"tasks ignore it", func(r Row) string { return cancelled(r.Seen[probe.CancelDeaf]) }},
		{"goroutines left", left},
	}},
	{"Batches", []column{
		{"order", func(r Row) string { return yesNo(r.Found.KeepsOrder) }},
		{"no tasks", func(r Row) string { return batch(r.Seen[probe.EachOnce], 0) }},
		{"2 tasks, limit above", func(r Row) string { return batch(r.Seen[probe.EachOnce], 2) }},
		{"limit per", func(r Row) string { return limitPer(r) }},
		{"nested", func(r Row) string { return nested(r.Seen[probe.Nested]) }},
		{"10^6: goroutines", func(r Row) string { return million(r, func(m Million) string { return fmt.Sprint(m.Goroutines) }) }},
		{"memory", func(r Row) string {
			return million(r, func(m Million) string { return fmt.Sprintf("%d MB", m.RSS/1e6) })
		}},
		{"took", took},
	}},
}

// Legend says what the columns mean.
const Legend = `on error, reports: tasks 5 and 9 of the batch fail; whether the others still run, and
which errors Run returns. on panic: task 5 panics. Goexit: one task, or every task, calls
runtime.Goexit. tasks heed it, tasks ignore it: the batch is cancelled after 10 ms, in the
middle of tasks of 20 ms that end at once or run on; number of tasks started after that,
and time until Run returned. goroutines left: goroutines more than before the batch, as
Run returned, 50 ms and 1.5 s later, and after Close. order: results reach the caller in
task order. limit per: what the limit covers when three batches overlap. nested: three
batches overlap, and each of their tasks runs a batch of two by the same strategy. 10^6: a
batch of a million tasks that wait, at a concurrency limit of 1,000 where it can be set:
peak of goroutines and of memory, without that of the 10^6 records, and time until Run
returned.
`

// ShortLegend says what cannot be guessed.
const ShortLegend = `tasks heed it, tasks ignore it: number of tasks started after the cancellation, and time
until Run returned. goroutines left: as Run returned, 50 ms and 1.5 s later, and after Close.`

// Table is a part of the matrix that fits a page: the columns by the names that Row.Cells
// has them under.
type Table struct {
	Title   string
	Columns []string
}

// Tables are the parts of the matrix, in order.
func Tables() (list []Table) {
	for _, t := range tables {
		part := Table{Title: t.title}
		for _, c := range t.columns {
			part.Columns = append(part.Columns, c.name)
		}
		list = append(list, part)
	}
	return list
}

// fill writes the row's cells.
func (r *Row) fill() {
	r.Cells = map[string]string{}
	for _, t := range tables {
		for _, c := range t.columns {
			r.Cells[c.name] = c.say(*r)
		}
	}
}

func yesNo(v bool) string {
	if v {
		return "yes"
	}
	return "no"
}

// cancelled is what became of a cancelled batch.
func cancelled(s Seen) string {
	o := s.last()
	if o.End != probe.Returned {
		return o.End
	}
	return fmt.Sprintf("%d, %d ms", o.BegunAfter, o.ReturnedTook.Round(time.Millisecond).Milliseconds())
}

func left(r Row) string {
	s := r.Seen[probe.CancelDeaf]
	if s.Left == nil {
		return s.last().End
	}
	return fmt.Sprintf("%d/%d/%d, %d", s.Left.At0, s.Left.At50, s.Left.At1500, s.Left.Closed)
}

// batch is what became of a batch of n tasks that all succeed.
func batch(s Seen, n int) string {
	for _, o := range s.Batches {
		switch {
		case o.Tasks != n:
		case o.End != probe.Returned:
			return o.End
		case o.Err != "":
			return "error"
		case o.NeverStarted+o.Twice+o.NotOK > 0:
			return fmt.Sprintf("%d not done", o.NeverStarted+o.NotOK)
		default:
			return "ok"
		}
	}
	return s.last().End
}

// limitPer is what the limit covers, by batches that overlapped.
func limitPer(r Row) string {
	o := r.Seen[probe.Together].last()
	if o.End != probe.Returned {
		return o.End
	}
	return string(probe.ScopeOf(r.choice, o))
}

// nested is what became of a batch whose tasks each ran a batch by the same strategy.
func nested(s Seen) string {
	o := s.last()
	switch {
	case o.End == string(strategies.Hangs):
		return "deadlock"
	case o.End != probe.Returned:
		return o.End
	case o.Rejected > 0:
		return "rejected"
	case o.NeverStarted > 0:
		return fmt.Sprintf("%d not done", o.NeverStarted)
	}
	return "ok"
}

func million(r Row, say func(Million) string) string {
	s, measured := r.Seen[millionCell]
	switch {
	case !measured:
		return "-"
	case s.Million == nil:
		return s.last().End
	}
	return say(*s.Million)
}

func took(r Row) string {
	return million(r, func(m Million) string {
		text := fmt.Sprintf("%.1f s", m.Took.Seconds())
		if !m.Ended {
			return "> " + text
		}
		return text
	})
}
