package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/benchtable"
	"github.com/fanbench/fanbench/internal/plainfile"
	"github.com/fanbench/fanbench/internal/screen"
)

// benchstat compares a run's strategies as benchstat does, with a table for each scenario and
// the baseline first. all has every metric with the strategies side by side, as benchstat
// prints it. makespan has only the makespan, one strategy per line, for a terminal. file is
// the run's bench.txt.
func benchstat(run *results.Run, file string) (all string, makespan []unpaired, err error) {
	text, err := plainfile.Read(file, plainfile.MaxRun)
	if err != nil {
		return "", nil, fmt.Errorf("reading the lines for benchstat: %w", err)
	}
	tables := func(filter string) (*benchtable.Tables, error) {
		return benchtable.New([]benchtable.Input{{Name: file, Text: string(text)}}, benchtable.Layout{
			Filter: filter, Table: ".config,/scenario", Col: "/strategy@(" + strings.Join(quoted(run), " ") + ")",
		})
	}
	t, err := tables("")
	if err != nil {
		return "", nil, err
	}
	var out strings.Builder
	if err := t.Text(&out, 0); err != nil {
		return "", nil, err
	}
	if t, err = tables(".unit:ns/op"); err != nil {
		return "", nil, err
	}
	for _, table := range t.Tables {
		makespan = append(makespan, columnsAsRows(table))
	}
	return out.String(), makespan, nil
}

// unpaired is benchstat's comparison of a scenario's makespans.
type unpaired struct {
	scenario string // its name and a colon; "" if it is that of the table before
	*screen.Table
}

// columnsAsRows makes a table with a row for each of the table's columns.
func columnsAsRows(t *benchtable.Table) unpaired {
	out := unpaired{Table: screen.NewTable(words("strategy"), figures(t.Unit), figures("vs base"), words(""))}
	for _, line := range t.Config {
		if scenario, ok := strings.CutPrefix(line, "/scenario: "); ok {
			out.scenario = scenario + ":"
		}
	}
	class := benchunit.ClassOf(t.Unit)
	for _, row := range t.Rows {
		for i, c := range row.Cells {
			if c != nil {
				out.Add(t.Heads[0][i], benchunit.Scale(c.Center, class)+" ± "+c.Range, c.Delta, c.P)
			}
		}
	}
	return out
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
