// Package charts draws what package summary computed. A chart answers one question; it
// is one file here and one line in All.
package charts

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/reports/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// Chart is one kind of picture, drawn for every scenario of a run.
type Chart struct {
	Name    string // of the file: <scenario>-<name>.png
	Caption string // what question it answers, in a line: the text for those who cannot see it

	// figure lays the chart out; ok is false where the data have nothing to show.
	figure func(s *summary.Scenario, p Palette) (f figure.Figure, ok bool)
}

// All are the charts, in the order in which they are best read. To add one, write its
// file and name it here.
var All = []Chart{makespan, sojourn, timeline}

// Figure lays the chart out for a scenario; ok is false where there is nothing to show.
func (c Chart) Figure(s *summary.Scenario, p Palette) (figure.Figure, bool) { return c.figure(s, p) }

// timed are the strategies that have a makespan, fastest first.
func timed(s *summary.Scenario) []*summary.Strategy {
	return slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool { return st.Makespan == nil })
}

// batch says what was run: "64 tasks, mock server, constant:200ms, 10 rounds".
func batch(s *summary.Scenario) string {
	rounds := plural(s.Rounds, "round")
	if s.RoundsHeld < s.Rounds {
		rounds = fmt.Sprintf("%d of %s", s.RoundsHeld, rounds)
	}
	return fmt.Sprintf("%s: %s, %s, %s", s.Name, plural(s.Tasks, "task"), s.Target, rounds)
}
