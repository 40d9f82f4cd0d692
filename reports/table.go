package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/reports/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// column is one of the ranked table.
type column struct {
	head string
	cell func(s *summary.Strategy) string
}

// columns of the ranked table, from left to right.
var columns = []column{
	{"strategy", func(s *summary.Strategy) string { return s.Strategy }},
	{"makespan", func(s *summary.Strategy) string {
		if s.Makespan == nil {
			return quantity.Unknown
		}
		return quantity.Seconds(s.Makespan.Median)
	}},
	{"x baseline [95%]", func(s *summary.Strategy) string { return quantity.Ratio(s.VsBaseline) }},
	{"verdict", func(s *summary.Strategy) string { return quantity.Verdict(s.VsBaseline) }},
	{"eff.", func(s *summary.Strategy) string { return quantity.Optional(s.Efficiency, quantity.Share) }},
	{"p50", func(s *summary.Strategy) string { return quantity.Optional(s.SojournP50, quantity.Seconds) }},
	{"p99", func(s *summary.Strategy) string { return quantity.Optional(s.SojournP99, quantity.Seconds) }},
	{"gorout.", func(s *summary.Strategy) string { return quantity.Optional(s.Goroutines, quantity.Count) }},
	{"peak RSS", func(s *summary.Strategy) string { return quantity.Optional(s.PeakRSS, quantity.Bytes) }},
	{"CPU", func(s *summary.Strategy) string { return quantity.Optional(s.CPU, quantity.Seconds) }},
}

// legend explains the table in the words of its heads.
const legend = `makespan: first task ready to last task done, median of the rounds. x baseline: ratio
of makespans, round by round, with its 95% interval. eff.: the least possible makespan
over the measured one. p50, p99: ready to done, over all tasks. gorout.: greatest
number at a task's start, in the warm-up.`

// rankedTable is a scenario's table, the fastest strategy first.
func rankedTable(sc *summary.Scenario) table.Writer {
	t := table.NewWriter()
	var head table.Row
	var configs []table.ColumnConfig
	for i, c := range columns {
		head = append(head, c.head)
		align := text.AlignRight
		if i == 0 || c.head == "verdict" {
			align = text.AlignLeft
		}
		configs = append(configs, table.ColumnConfig{Number: i + 1, Align: align, AlignHeader: align})
	}
	t.SetColumnConfigs(configs)
	t.AppendHeader(head)
	for _, s := range sc.Strategies {
		var row table.Row
		for _, c := range columns {
			cell := c.cell(s)
			if c.head == "verdict" && s.Strategy == sc.Baseline {
				cell = "baseline"
			}
			row = append(row, cell)
		}
		t.AppendRow(row)
	}
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	return t
}

// urlTable is what came of each URL of a list.
func urlTable(sc *summary.Scenario) table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"URL", "ok", "of", "bytes", "status", "median", "errors"})
	for _, u := range sc.URLs {
		t.AppendRow(table.Row{u.URL, u.OK, u.Attempts, quantity.Bytes(float64(u.Bytes)), tally(u.Statuses), quantity.Optional(u.Service, quantity.Seconds), tally(u.Errors)})
	}
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	return t
}

// printSummary writes the summary for a terminal.
func printSummary(w io.Writer, s *summary.Run) error {
	var b strings.Builder
	if verdict := s.StatusLine(); verdict != "" {
		fmt.Fprintln(&b, verdict)
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n%s: %d tasks, %s, %d rounds\n\n", sc.Name, sc.Tasks, sc.Target, sc.Rounds)
		fmt.Fprintln(&b, rankedTable(sc).Render())
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).Render())
		}
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintln(&b, line)
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "\nfailed: %s\n", f)
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "\nwarning: %s\n", w)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
