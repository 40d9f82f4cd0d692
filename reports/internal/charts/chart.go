// Package charts draws the figures of package summary. A chart answers one question; it is one
// file here and one item of All.
package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// Chart is a kind of chart.
type Chart struct {
	Name    string // file name: <scenario>-<name>.png, or <name>.png for one of a whole run
	Caption string // the question that it answers, in one line; also the alternative text
	Shows   string // its content in a few words: the title if there are too few rounds to compare; "" if its title never compares

	Table bool // the page shows its figures as a table instead

	// Exactly one of these lays the chart out; ok is false if the data have nothing to show.
	figure func(s *summary.Scenario, p Palette) (f figure.Figure, ok bool) // one a scenario
	ofRun  func(r *summary.Run, p Palette) (f figure.Figure, ok bool)      // one per run

	// absent gives the reason why the chart is missing, "" if it is not. It is nil if no
	// reason is needed.
	absent func(s *summary.Scenario) string
}

// Absent gives the reasons why a scenario lacks charts, one sentence each.
func Absent(s *summary.Scenario) (reasons []string) {
	for _, c := range All {
		if c.absent == nil {
			continue
		}
		if why := c.absent(s); why != "" {
			reasons = append(reasons, why)
		}
	}
	return reasons
}

// All are the charts in reading order. To add one, write its file and add it here.
var All = []Chart{matrix, capacity, rates, goodputRates, makespan, ratio, machines, system, goodput, tenants, lateness, timeline, sojourn, violin, inflight, usage, cost, scaling, runOrder}

// Picture is a chart that is laid out.
type Picture struct {
	Chart    Chart
	Scenario string // "" for a chart of the whole run
	Figure   figure.Figure
}

// File is the name of the picture's file without its extension.
func (p Picture) File() string {
	if p.Scenario == "" {
		return p.Chart.Name
	}
	return p.Scenario + "-" + p.Chart.Name
}

// Pictures lays out every chart for which the run has data.
func Pictures(r *summary.Run, p Palette) []Picture {
	var out []Picture
	for _, c := range All {
		if c.ofRun == nil {
			continue
		}
		if f, ok := c.ofRun(r, p); ok {
			out = append(out, Picture{c, "", marked(f, r.Status)})
		}
	}
	for _, s := range r.Scenarios {
		for _, c := range All {
			if c.figure == nil {
				continue
			}
			if f, ok := c.figure(s, p); ok {
				if s.TooFewRounds && c.Shows != "" {
					f.Title = "Too few rounds to compare: " + c.Shows
				}
				out = append(out, Picture{c, s.Name, marked(f, r.Status)})
			}
		}
	}
	return out
}

// marked puts the status of a run that is not complete in front of the figure's title, so that
// nobody takes the picture for a result.
func marked(f figure.Figure, status results.RunState) figure.Figure {
	if status != results.RunComplete {
		f.Title = strings.ToUpper(string(status)) + ": " + f.Title
	}
	return f
}

// timed are the strategies with a makespan, fastest first, without those with too many failed
// tasks: their makespans are for less work.
func timed(s *summary.Scenario) []*summary.Strategy {
	return slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool {
		return st.Makespan == nil || st.Failure == summary.FailedTasks
	})
}

// sampled are the strategies with readable task records.
func sampled(s *summary.Scenario) []*summary.Strategy {
	return slices.DeleteFunc(timed(s), func(st *summary.Strategy) bool { return st.Sojourn == nil })
}

// batch describes the batch: "64 tasks, mock server, constant:200ms, 10 rounds".
func batch(s *summary.Scenario) string {
	rounds := plural(s.Rounds, "round")
	if s.RoundsHeld < s.Rounds {
		rounds = fmt.Sprintf("%d of %s", s.RoundsHeld, rounds)
	}
	if s.Rate > 0 {
		return fmt.Sprintf("%s: %s, %s, %s", s.Name, s.Work, s.Target, rounds)
	}
	return fmt.Sprintf("%s: %s, %s, %s", s.Name, plural(s.Tasks, "task"), s.Target, rounds)
}
