package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/benchtable"
	"github.com/fanbench/fanbench/internal/plainfile"
)

// benchstat compares a run's strategies as benchstat does, with a table for each scenario and
// the baseline first. all has every metric with the strategies side by side, as benchstat
// prints it. makespan has only the makespan, one strategy per line, for a terminal. file is
// the run's bench.txt.
func benchstat(run *results.Run, file string) (all, makespan string, err error) {
	text, err := plainfile.Read(file, plainfile.MaxRun)
	if err != nil {
		return "", "", fmt.Errorf("reading the lines for benchstat: %w", err)
	}
	tables := func(filter string) (*benchtable.Tables, error) {
		return benchtable.New([]benchtable.Input{{Name: file, Text: string(text)}}, benchtable.Layout{
			Filter: filter, Table: ".config,/scenario", Col: "/strategy@(" + strings.Join(quoted(run), " ") + ")",
		})
	}
	t, err := tables("")
	if err != nil {
		return "", "", err
	}
	var out strings.Builder
	if err := t.Text(&out); err != nil {
		return "", "", err
	}
	if t, err = tables(".unit:ns/op"); err != nil {
		return "", "", err
	}
	var lines []string
	for _, table := range t.Tables {
		lines = append(lines, columnsAsRows(table))
	}
	return trimLines(out.String()), strings.Join(lines, "\n"), nil
}

// columnsAsRows writes a table with a line for each of its columns.
func columnsAsRows(t *benchtable.Table) string {
	var out strings.Builder
	for _, line := range t.Config {
		if scenario, ok := strings.CutPrefix(line, "/scenario: "); ok {
			fmt.Fprintf(&out, "%s:\n", scenario)
		}
	}
	w := newTable([]string{"strategy", t.Unit, "vs base", ""}, []bool{true, false, false, true})
	class := benchunit.ClassOf(t.Unit)
	for _, row := range t.Rows {
		for i, c := range row.Cells {
			if c == nil {
				continue
			}
			name := strings.Join(breakName(t.Heads[0][i], nameWidth), "\n")
			w.AppendRow(table.Row{name, benchunit.Scale(c.Center, class) + " ± " + c.Range, c.Delta, c.P})
		}
	}
	fmt.Fprintln(&out, trimLines(w.Render()))
	return out.String()
}

// quoted returns the strategies of a run in the order of its scenarios, quoted as benchstat
// expects values.
func quoted(run *results.Run) []string {
	var names []string
	for _, p := range run.Scenarios {
		for _, c := range p.Scenario.Strategies {
			if name := strconv.Quote(c.String()); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
