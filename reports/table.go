package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/reports/summary"
)

// legend explains the heads of the tables, loadLegend those of phases of load.
const (
	legend     = `makespan: first task ready to last task done, median of the rounds. x baseline: ratio of makespans, round by round, with its 95% interval. eff.: the lower bound of the makespan over the measured one. p50 and beyond: a task's time from ready to done, over all tasks of all rounds.`
	loadLegend = `response: time from the intended arrival of a batch to the end of its last task; median over rounds. x baseline: its ratio per round, with the 95% confidence interval. in system: mean number of batches in progress. goodput: share of batches that were completed within the deadline. unstable: rounds in which the number in the system still grew at the end. late: delay of the harness itself, from the intended arrival of a batch to its start. p50 and higher: time from the batch's arrival to the end of a task.`

	// shortLegend has what a reader of the terminal cannot guess.
	shortLegend = `x baseline: ratio to the baseline's time, below 1 is faster.`
	shortBound  = ` eff.: the lower bound of the makespan over the measured one.`
)

// batchOf describes the batches of a scenario.
func batchOf(sc *summary.Scenario) string {
	if sc.Rate == 0 {
		return fmt.Sprintf("%d tasks", sc.Tasks)
	}
	return sc.Work
}

// legendOf is the legend for the tables of a run.
func legendOf(s *summary.Run) string {
	text := ""
	if hasBatches(s) {
		text = legend
	}
	if slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.Rate > 0 }) {
		text = strings.TrimSpace(text + " " + loadLegend)
	}
	if slices.ContainsFunc(s.Scenarios, countsGoroutines) {
		text += " gorout.: peak number of goroutines at a task's start, in the warm-up."
	}
	return text + tooFewLegend(s)
}

// shortLegendOf is the legend for the terminal.
func shortLegendOf(s *summary.Run) string {
	text := shortLegend
	if hasBatches(s) {
		text += shortBound
	}
	return text + tooFewLegend(s)
}

// hasBatches reports whether a scenario of the run has one batch at a time.
func hasBatches(s *summary.Run) bool {
	return len(s.Scenarios) == 0 || slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.Rate == 0 })
}

func tooFewLegend(s *summary.Run) string {
	if slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.TooFewRounds }) {
		return " too few rounds: too few to show any difference, even a large one."
	}
	return ""
}

// saysMoreRounds reports whether the table of any scenario has a verdict such as
// undecided+4.
func saysMoreRounds(s *summary.Run) bool {
	return slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool {
		return slices.ContainsFunc(sc.Strategies, func(st *summary.Strategy) bool { return st.Failure == "" && saysRounds(st.VsBaseline) })
	})
}

// countsGoroutines reports whether goroutines were counted, which happens in a warm-up.
func countsGoroutines(sc *summary.Scenario) bool {
	return slices.ContainsFunc(sc.Strategies, func(s *summary.Strategy) bool { return s.Goroutines != nil })
}

// strategyTable is a table of the given columns of a scenario's strategies, the fastest
// first. cell writes a cell.
func strategyTable(sc *summary.Scenario, columns []column, cell func(c column, s *summary.Strategy) string) *screen.Table {
	t := screen.NewTable()
	for _, c := range columns {
		t.Columns = append(t.Columns, screen.Column{Head: headOf(c, sc), Left: c.text})
	}
	for _, s := range sc.Strategies {
		var row []string
		for _, c := range columns {
			row = append(row, cell(c, s))
		}
		t.Add(row...)
	}
	return t
}

// words and figures are columns of tables.
func words(head string) screen.Column { return screen.Column{Head: head, Left: true} }

func figures(head string) screen.Column { return screen.Column{Head: head} }

// capacityTable has the highest rate at which each strategy keeps its promise, nil without a
// promise or with a single rate.
func capacityTable(s *summary.Run) *screen.Table {
	t := screen.NewTable(words("strategy"), words("limit per"), words("promise"), words("highest rate [95%]"), words("rounds that kept it"))
	several := false
	for _, c := range s.Capacities {
		several = several || len(c.Rates) > 1
		var tried []string
		for _, r := range c.Rates {
			tried = append(tried, fmt.Sprintf("%.4g/s %d/%d", r.Rate, r.Of, r.Rounds))
		}
		t.Add(c.Strategy, c.Scope, c.Promise, c.String(), strings.Join(tried, ", "))
	}
	if !several {
		return nil
	}
	return t
}

// tenantTable has a row for each strategy and tenant of a phase of load, nil without tenants.
func tenantTable(sc *summary.Scenario) *screen.Table {
	t := screen.NewTable(words("strategy"), words("tenant"), figures("batches"), figures("median"), figures("p99"), figures("goodput"), figures("rejected"), figures("not done"))
	for _, s := range sc.Strategies {
		if s.Load == nil {
			continue
		}
		for i, of := range s.Load.Tenants {
			name := s.Strategy
			if i > 0 {
				name = ""
			}
			t.Add(
				name, of.Name, quantity.Count(float64(of.Batches)), quantity.Optional(of.P50, quantity.Seconds), quantity.Optional(of.P99, quantity.Seconds),
				quantity.Optional(of.Goodput, quantity.Percent), quantity.Count(float64(of.Rejected)), quantity.Count(float64(of.Unfinished)),
			)
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t
}

// narrowCell writes a cell in as few characters as possible.
func narrowCell(sc *summary.Scenario, on screen.Screen) func(c column, s *summary.Strategy) string {
	return func(c column, s *summary.Strategy) string {
		switch c.key {
		case verdictColumn.key:
			return shortVerdict(sc, s, on)
		case strategyColumn.key, ratioColumn.key, promiseColumn.key:
			return c.cell(sc, s)
		}
		return quantity.Compact(c.cell(sc, s))
	}
}

// shortVerdict is the verdict in at most fourteen characters. "undecided+4" means that about
// 4 more rounds would probably decide it.
func shortVerdict(sc *summary.Scenario, s *summary.Strategy, on screen.Screen) string {
	if s.Failure != "" {
		return on.Paint(text.FgRed, "FAILED")
	}
	c := s.VsBaseline
	switch {
	case s.Strategy == sc.Baseline:
		return "baseline"
	case c == nil:
		return quantity.Unknown
	case c.Verdict == stat.Faster:
		return on.Paint(text.FgGreen, string(c.Verdict))
	case c.Verdict == stat.Slower:
		return on.Paint(text.FgYellow, string(c.Verdict))
	case saysRounds(c):
		return fmt.Sprintf("%s+%d", c.Verdict, c.MoreRounds)
	case c.Verdict == stat.TooFew:
		return quantity.Verdict(c)
	}
	return string(c.Verdict)
}

// saysRounds reports whether a short verdict includes the number of further rounds that
// would probably decide it.
func saysRounds(c *stat.Comparison) bool {
	return c != nil && c.Verdict == stat.Undecided && c.MoreRounds > 0 && c.MoreRounds < 100
}

// urlColumn is a figure that tables show for every URL of a list.
type urlColumn struct {
	head  string
	text  bool
	cell  func(u summary.URL) string
	value func(u summary.URL) *float64 // nil for words
}

var urlColumns = []urlColumn{
	{head: "URL", text: true, cell: func(u summary.URL) string { return u.URL }},
	{head: "ok", cell: func(u summary.URL) string { return fmt.Sprint(u.OK) }, value: func(u summary.URL) *float64 { return number(u.OK) }},
	{head: "of", cell: func(u summary.URL) string { return fmt.Sprint(u.Attempts) }, value: func(u summary.URL) *float64 { return number(u.Attempts) }},
	{head: "bytes", cell: func(u summary.URL) string { return quantity.Compact(quantity.Bytes(float64(u.Bytes))) }, value: func(u summary.URL) *float64 { return number(int(u.Bytes)) }},
	{head: "median", cell: func(u summary.URL) string { return quantity.Compact(quantity.Optional(u.Service, quantity.Seconds)) }, value: func(u summary.URL) *float64 { return u.Service }},
	{head: "status", text: true, cell: func(u summary.URL) string { return tally(u.Statuses) }},
	{head: "errors", text: true, cell: func(u summary.URL) string { return tally(u.Errors) }},
}

// urlTable has a row for each URL of a list.
func urlTable(sc *summary.Scenario) *screen.Table {
	t := screen.NewTable()
	for _, c := range urlColumns {
		t.Columns = append(t.Columns, screen.Column{Head: c.head, Left: c.text})
	}
	for _, u := range sc.URLs {
		var row []string
		for _, c := range urlColumns {
			row = append(row, c.cell(u))
		}
		t.Add(row...)
	}
	return t
}

// tally writes the counts of a few things: "200: 40, 404: 10".
func tally[K cmp.Ordered](counts map[K]int) string {
	keys := slices.Sorted(maps.Keys(counts))
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = fmt.Sprintf("%v: %d", k, counts[k])
	}
	return strings.Join(parts, ", ")
}
