package reports

import (
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// column is one of the ranked table.
type column struct {
	head string
	cell func(s *StrategySummary) string
}

// columns of the ranked table, from left to right.
var columns = []column{
	{"strategy", func(s *StrategySummary) string { return s.Strategy }},
	{"makespan", func(s *StrategySummary) string {
		if s.Makespan == nil {
			return unknown
		}
		return seconds(s.Makespan.Median)
	}},
	{"x baseline [95%]", func(s *StrategySummary) string { return ratio(s.VsBaseline) }},
	{"verdict", func(s *StrategySummary) string { return verdict(s.VsBaseline) }},
	{"eff.", func(s *StrategySummary) string { return optional(s.Efficiency, share) }},
	{"p50", func(s *StrategySummary) string { return optional(s.SojournP50, seconds) }},
	{"p99", func(s *StrategySummary) string { return optional(s.SojournP99, seconds) }},
	{"gorout.", func(s *StrategySummary) string { return optional(s.Goroutines, count) }},
	{"peak RSS", func(s *StrategySummary) string { return optional(s.PeakRSS, bytes) }},
	{"CPU", func(s *StrategySummary) string { return optional(s.CPU, seconds) }},
}

// legend explains the table in the words of its heads.
const legend = `makespan: first task ready to last task done, median of the rounds. x baseline: ratio
of makespans, round by round, with its 95% interval. eff.: the least possible makespan
over the measured one. p50, p99: ready to done, over all tasks. gorout.: greatest
number at a task's start, in the warm-up.`

// rankedTable is a scenario's table, the fastest strategy first.
func rankedTable(sc *ScenarioSummary) table.Writer {
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
func urlTable(sc *ScenarioSummary) table.Writer {
	t := table.NewWriter()
	t.AppendHeader(table.Row{"URL", "ok", "of", "bytes", "status", "median", "errors"})
	for _, u := range sc.URLs {
		t.AppendRow(table.Row{u.URL, u.OK, u.Attempts, bytes(float64(u.Bytes)), tally(u.Statuses), optional(u.Service, seconds), tally(u.Errors)})
	}
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	return t
}

// Print writes the summary for a terminal.
func (s *Summary) Print(w io.Writer) error {
	var b strings.Builder
	if verdict := s.statusLine(); verdict != "" {
		fmt.Fprintln(&b, verdict)
	}
	for _, sc := range s.Scenarios {
		fmt.Fprintf(&b, "\n%s: %d tasks, %s, %d rounds\n\n", sc.Name, sc.Tasks, sc.Target, sc.Rounds)
		fmt.Fprintln(&b, rankedTable(sc).Render())
		if len(sc.URLs) > 0 {
			fmt.Fprintf(&b, "\n%s\n", urlTable(sc).Render())
		}
	}
	fmt.Fprintf(&b, "\n%s\n", legend)
	for _, f := range s.Failures {
		fmt.Fprintf(&b, "\nfailed: %s\n", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// statusLine is the first line of every report of a run that is not as it should be,
// "" for one that is.
func (s *Summary) statusLine() string {
	if s.Status == "complete" {
		return ""
	}
	return fmt.Sprintf("%s: %s", strings.ToUpper(string(s.Status)), strings.Join(s.Reasons, "; "))
}
