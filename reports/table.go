package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// legend explains the heads of the tables.
const legend = `makespan: first task ready to last task done, median of the rounds. x baseline: ratio of makespans, round by round, with its 95% interval. eff.: the lower bound of the makespan over the measured one. p50 and beyond: a task's time from ready to done, over all tasks of all rounds.`

// loadLegend explains the tables of phases of load.
const loadLegend = `response: time from the intended arrival of a batch to the end of its last task; median over rounds. x baseline: its ratio per round, with the 95% confidence interval. in system: mean number of batches in progress. goodput: share of batches that were completed within the deadline. unstable: rounds in which the number in the system still grew at the end. late: delay of the harness itself, from the intended arrival of a batch to its start. p50 and higher: time from the batch's arrival to the end of a task.`

// batchOf describes the batches of a scenario.
func batchOf(sc *summary.Scenario) string {
	if sc.Rate == 0 {
		return fmt.Sprintf("%d tasks", sc.Tasks)
	}
	return sc.Work
}

// legendOf is the legend for the tables of a run.
func legendOf(s *summary.Run) string {
	text := legend
	if load := slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.Rate > 0 }); load {
		text = loadLegend
		if slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.Rate == 0 }) {
			text = legend + " " + loadLegend
		}
	}
	if slices.ContainsFunc(s.Scenarios, countsGoroutines) {
		text += " gorout.: peak number of goroutines at a task's start, in the warm-up."
	}
	if slices.ContainsFunc(s.Scenarios, func(sc *summary.Scenario) bool { return sc.TooFewRounds }) {
		text += " too few rounds: too few to show any difference, even a large one."
	}
	return text
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

// paint colours a text. Without a terminal it returns the text unchanged.
type paint func(c text.Color, s string) string

func plain(_ text.Color, s string) string { return s }

func colored(c text.Color, s string) string { return c.Sprint(s) }

// newTable returns an empty table without borders.
func newTable(heads []string, left []bool) table.Writer {
	t := table.NewWriter()
	var head table.Row
	var configs []table.ColumnConfig
	for i, h := range heads {
		align := text.AlignRight
		if left[i] {
			align = text.AlignLeft
		}
		head = append(head, h)
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	t.AppendHeader(head)
	t.SetColumnConfigs(configs)
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	t.Style().Box.PaddingLeft = ""
	t.Style().Box.PaddingRight = "  "
	return t
}

// strategyTable is a table of the given columns of a scenario's strategies, the fastest
// first. cell writes a cell.
func strategyTable(sc *summary.Scenario, columns []column, cell func(c column, s *summary.Strategy) string) table.Writer {
	var heads []string
	var left []bool
	for _, c := range columns {
		heads, left = append(heads, headOf(c, sc)), append(left, c.text)
	}
	t := newTable(heads, left)
	for _, s := range sc.Strategies {
		var row table.Row
		for _, c := range columns {
			row = append(row, cell(c, s))
		}
		t.AppendRow(row)
	}
	return t
}

// capacityTable has the highest rate at which each strategy keeps its promise, nil without a
// promise or with a single rate.
func capacityTable(s *summary.Run, write func(string) string) table.Writer {
	t := newTable([]string{"strategy", "limit per", "promise", "highest rate [95%]", "rounds that kept it"}, []bool{true, true, true, true, true})
	several := false
	for _, c := range s.Capacities {
		several = several || len(c.Rates) > 1
		var tried []string
		for _, r := range c.Rates {
			tried = append(tried, fmt.Sprintf("%.4g/s %d/%d", r.Rate, r.Of, r.Rounds))
		}
		t.AppendRow(table.Row{write(c.Strategy), c.Scope, c.Promise, c.String(), strings.Join(tried, ", ")})
	}
	if !several {
		return nil
	}
	return t
}

// tenantTable has a row for each strategy and tenant of a phase of load, nil without tenants.
func tenantTable(sc *summary.Scenario, write func(string) string) table.Writer {
	t := newTable([]string{"strategy", "tenant", "batches", "median", "p99", "goodput", "rejected", "not done"}, []bool{true, true, false, false, false, false, false, false})
	for _, s := range sc.Strategies {
		if s.Load == nil {
			continue
		}
		for i, of := range s.Load.Tenants {
			name := s.Strategy
			if i > 0 {
				name = ""
			}
			t.AppendRow(table.Row{
				write(name), of.Name, quantity.Count(float64(of.Batches)), quantity.Optional(of.P50, quantity.Seconds), quantity.Optional(of.P99, quantity.Seconds),
				quantity.Optional(of.Goodput, quantity.Percent), quantity.Count(float64(of.Rejected)), quantity.Count(float64(of.Unfinished)),
			})
		}
	}
	if t.Length() == 0 {
		return nil
	}
	return t
}

// narrowCell writes a cell in as few characters as possible.
func narrowCell(sc *summary.Scenario, p paint) func(c column, s *summary.Strategy) string {
	return func(c column, s *summary.Strategy) string {
		switch c.key {
		case strategyColumn.key:
			return strings.Join(breakName(s.Strategy, nameWidth), "\n")
		case verdictColumn.key:
			return shortVerdict(sc, s, p)
		case ratioColumn.key, promiseColumn.key:
			return c.cell(sc, s)
		}
		return quantity.Compact(c.cell(sc, s))
	}
}

// shortVerdict is the verdict in at most fourteen characters. "undecided+4" means that about
// 4 more rounds would probably decide it.
func shortVerdict(sc *summary.Scenario, s *summary.Strategy, p paint) string {
	if s.Failure != "" {
		return p(text.FgRed, "FAILED")
	}
	c := s.VsBaseline
	switch {
	case s.Strategy == sc.Baseline:
		return "baseline"
	case c == nil:
		return quantity.Unknown
	case c.Verdict == stat.Faster:
		return p(text.FgGreen, string(c.Verdict))
	case c.Verdict == stat.Slower:
		return p(text.FgYellow, string(c.Verdict))
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

// breakName breaks a strategy's name after ':' and ',' into lines of at most width characters,
// where possible. The lines after the first are indented.
func breakName(name string, width int) []string {
	var lines []string
	indent := ""
	for len(indent+name) > width {
		cut := strings.LastIndexAny(name[:width-len(indent)], ":,") + 1
		if cut == 0 {
			cut = width - len(indent)
		}
		lines = append(lines, indent+name[:cut])
		name, indent = name[cut:], "  "
	}
	return append(lines, indent+name)
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
func urlTable(sc *summary.Scenario) table.Writer {
	var heads []string
	var left []bool
	for _, c := range urlColumns {
		heads, left = append(heads, c.head), append(left, c.text)
	}
	t := newTable(heads, left)
	for _, u := range sc.URLs {
		var row table.Row
		for _, c := range urlColumns {
			row = append(row, c.cell(u))
		}
		t.AppendRow(row)
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
