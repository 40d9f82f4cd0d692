package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// column is a figure that tables show for every strategy of a scenario. All tables use these
// columns: terminal, Markdown, HTML and CSV.
type column struct {
	head  string // short, for people
	key   string // for programs: the head in CSV
	text  bool   // words instead of a figure: aligned left
	cell  func(sc *summary.Scenario, s *summary.Strategy) string
	value func(sc *summary.Scenario, s *summary.Strategy) *float64 // returns nil if unknown; nil for words
}

// numeric makes a column for a figure.
func numeric(head, key string, of func(sc *summary.Scenario, s *summary.Strategy) *float64, write func(float64) string) column {
	return column{
		head: head, key: key, value: of,
		cell: func(sc *summary.Scenario, s *summary.Strategy) string { return quantity.Optional(of(sc, s), write) },
	}
}

// figureOf returns a field of a strategy's summary; it does not depend on the scenario.
func figureOf(of func(s *summary.Strategy) *float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return func(_ *summary.Scenario, s *summary.Strategy) *float64 { return of(s) }
}

var (
	strategyColumn = column{
		head: "strategy", key: "strategy", text: true,
		cell: func(_ *summary.Scenario, s *summary.Strategy) string { return s.Strategy },
	}
	makespanColumn = orBeyond(numeric("makespan", "makespan_seconds", figureOf(func(s *summary.Strategy) *float64 {
		if s.Makespan == nil {
			return nil
		}
		return &s.Makespan.Median
	}), quantity.Seconds))
	ratioColumn = column{
		head: "x baseline [95%]", key: "ratio",
		cell: func(_ *summary.Scenario, s *summary.Strategy) string { return quantity.Ratio(s.VsBaseline) },
		value: figureOf(func(s *summary.Strategy) *float64 {
			return ofComparison(s, func(c *stat.Comparison) float64 { return c.Ratio })
		}),
	}
	verdictColumn = column{
		head: "verdict", key: "verdict", text: true,
		cell: func(sc *summary.Scenario, s *summary.Strategy) string { return standing(sc, s, quantity.Verdict) },
	}
	efficiencyColumn = numeric("eff.", "efficiency", figureOf(func(s *summary.Strategy) *float64 { return s.Efficiency }), quantity.Share)
	p50Column        = numeric("p50", "sojourn_p50_seconds", figureOf(func(s *summary.Strategy) *float64 { return s.SojournP50 }), quantity.Seconds)
	tailColumn       = numeric("tail", "sojourn_tail_seconds", figureOf(func(s *summary.Strategy) *float64 { return s.SojournTail }), quantity.Seconds)
	failedColumn     = numeric("failed", "failed_tasks", figureOf(func(s *summary.Strategy) *float64 { return number(s.Failed) }), quantity.Count)
	lostColumn       = numeric("lost", "lost_tasks", figureOf(func(s *summary.Strategy) *float64 { return number(s.Lost) }), quantity.Count)
)

// promiseColumn says whether a strategy keeps the scenario's promise.
var promiseColumn = column{
	head: "promise", key: "promise", text: true,
	cell: func(_ *summary.Scenario, s *summary.Strategy) string { return s.Promised.String() },
}

// Columns for phases of load.
var (
	goodputColumn = numeric("goodput", "goodput", ofLoad(func(l *summary.Load) *float64 { return l.Goodput }), quantity.Percent)
	medianColumn  = orBeyond(numeric("median", "response_p50_seconds", ofLoad(func(l *summary.Load) *float64 { return l.P50 }), quantity.Seconds))
	p99Column     = orBeyond(numeric("p99", "response_p99_seconds", ofLoad(func(l *summary.Load) *float64 { return l.P99 }), quantity.Seconds))
	systemColumn  = numeric("in system", "in_system", ofLoad(func(l *summary.Load) *float64 { return &l.InSystem }), quantity.Figure)
	rejectColumn  = numeric("rejected", "rejected_batches", ofLoad(func(l *summary.Load) *float64 { return number(l.Rejected) }), quantity.Count)
	undoneColumn  = numeric("not done", "unfinished_batches", ofLoad(func(l *summary.Load) *float64 { return number(l.Unfinished) }), quantity.Count)
	growColumn    = numeric("unstable", "unstable_rounds", ofLoad(func(l *summary.Load) *float64 { return number(l.Growing) }), quantity.Count)
	lateColumn    = numeric("late p99", "late_p99_seconds", ofLoad(func(l *summary.Load) *float64 { return &l.LateP99 }), quantity.Seconds)
)

var loadColumns = []column{medianColumn, p99Column, systemColumn, goodputColumn, rejectColumn, undoneColumn, growColumn, lateColumn}

// orBeyond makes the column of a percentile say "> 1.2 s" for a strategy whose percentile is
// among batches that were rejected or not done: it is longer than any response time.
func orBeyond(c column) column {
	known := c.cell
	c.cell = func(sc *summary.Scenario, s *summary.Strategy) string {
		lost := s.Load != nil && s.Load.Growing == 0 && s.Load.Rejected+s.Load.Unfinished > 0 && s.Load.Slowest > 0
		percentile := strings.HasPrefix(sc.Metric, "p99") || strings.HasPrefix(sc.Metric, "median") || c.key != "makespan_seconds"
		if c.value(sc, s) == nil && lost && percentile {
			return "> " + quantity.Seconds(s.Load.Slowest)
		}
		return known(sc, s)
	}
	return c
}

// ofLoad returns a figure of a strategy's phases of load.
func ofLoad(of func(l *summary.Load) *float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return figureOf(func(s *summary.Strategy) *float64 {
		if s.Load == nil {
			return nil
		}
		return of(s.Load)
	})
}

// speedColumnsOf returns the columns of a scenario's speed table. For a phase of load it
// adds the columns of load that have a figure.
func speedColumnsOf(sc *summary.Scenario) []column {
	if sc.Rate == 0 {
		return speedColumns
	}
	out := []column{strategyColumn, makespanColumn, ratioColumn, verdictColumn}
	if sc.Promise != "" {
		out = append(out, promiseColumn)
	}
	return append(out, withFigures(sc, systemColumn, goodputColumn, rejectColumn, undoneColumn, growColumn, lateColumn)...)
}

// pageColumnsOf returns the columns of a scenario's table in the page.
func pageColumnsOf(sc *summary.Scenario) []column {
	if sc.Rate == 0 {
		return allColumns
	}
	first := allColumns[:4:4]
	if sc.Promise != "" {
		first = append(first, promiseColumn)
	}
	return slices.Concat(first, loadColumns, allColumns[5:]) // no efficiency
}

// withFigures returns the columns in which a strategy has a figure other than 0.
func withFigures(sc *summary.Scenario, columns ...column) (out []column) {
	for _, c := range columns {
		if slices.ContainsFunc(sc.Strategies, func(s *summary.Strategy) bool { v := c.value(sc, s); return v != nil && *v != 0 }) {
			out = append(out, c)
		}
	}
	return out
}

// speedColumns compare the speed of the strategies, costColumns their cost.
var (
	speedColumns = []column{strategyColumn, makespanColumn, ratioColumn, verdictColumn, efficiencyColumn}
	costColumns  = []column{strategyColumn, p50Column, tailColumn, usageColumn("goroutines"), usageColumn("peak_rss_bytes"), usageColumn("cpu_ns"), failedColumn, lostColumn}
	allColumns   = withUsage([]column{
		strategyColumn, makespanColumn, ratioColumn, verdictColumn, efficiencyColumn, p50Column, tailColumn, usageColumn("goroutines"), usageColumn("threads"),
		usageColumn("peak_rss_bytes"), usageColumn("cpu_ns"), usageColumn("allocs"), usageColumn("connections"), failedColumn, lostColumn,
	})
	// csvColumns are all there are.
	csvColumns = slices.Concat(allColumns, loadColumns)
)

// usageColumn is the column of a metric, by its key.
func usageColumn(key string) column {
	m := metric.All[slices.IndexFunc(metric.All, func(m metric.Metric) bool { return m.Key == key })]
	write := quantity.Count
	switch {
	case m.Duration():
		write = quantity.Seconds
	case m.Bytes():
		write = quantity.Bytes
	}
	return numeric(m.Head, m.Name(), figureOf(func(s *summary.Strategy) *float64 {
		if v, ok := s.Usage[m.Name()]; ok {
			return &v
		}
		return nil
	}), write)
}

// withUsage adds the columns of the metrics that are missing.
func withUsage(columns []column) []column {
	for _, m := range metric.All {
		if m.Head != "" && !slices.ContainsFunc(columns, func(c column) bool { return c.key == m.Name() }) {
			columns = append(columns, usageColumn(m.Key))
		}
	}
	return columns
}

// standing is a strategy's verdict or, without one, its role: the baseline or a failure.
func standing(sc *summary.Scenario, s *summary.Strategy, verdict func(*stat.Comparison) string) string {
	text := verdict(s.VsBaseline)
	if s.Strategy == sc.Baseline {
		text = "baseline"
	}
	switch {
	case s.Failure == "":
		return text
	case s.Makespan == nil || s.Held == s.Comparable:
		return "FAILED: " + s.Failure
	}
	return fmt.Sprintf("FAILED: %s in %d of %d; %s", s.Failure, s.Held-s.Comparable, s.Held, text)
}

func ofComparison(s *summary.Strategy, of func(*stat.Comparison) float64) *float64 {
	if s.VsBaseline == nil {
		return nil
	}
	v := of(s.VsBaseline)
	return &v
}

func number(n int) *float64 {
	v := float64(n)
	return &v
}

// tailName is the head of the tail's column: "p99", or a lower percentile if there are too
// few tasks.
func tailName(sc *summary.Scenario) string {
	if sc.TailQuantile == 0 {
		return "tail"
	}
	return "p" + strconv.FormatFloat(100*sc.TailQuantile, 'f', -1, 64)
}

// headOf is a column's head in a scenario's table.
func headOf(c column, sc *summary.Scenario) string {
	switch {
	case c.key == tailColumn.key:
		return tailName(sc)
	case c.key == promiseColumn.key:
		return sc.Promise
	case c.key == makespanColumn.key && sc.Rate > 0:
		return strings.TrimSuffix(sc.Metric, " time")
	}
	return c.head
}
