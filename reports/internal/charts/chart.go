// Package charts draws what package summary computed. A chart answers one question; it
// is one file here and one line in All.
package charts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/reports/summary"
)

// Chart is one kind of picture.
type Chart struct {
	Name    string // of the file: <scenario>-<name>.png, or <name>.png for one of a whole run
	Caption string // what question it answers, in a line: the text for those who cannot see it
	Shows   string // what it shows, in a few words: its title where there are too few rounds to compare; "" if its title never compares

	Table bool // the page has its figures as a table, and does without the picture

	// Exactly one of these lays the chart out; ok is false where the data have nothing
	// to show.
	figure func(s *summary.Scenario, p Palette) (f figure.Figure, ok bool) // one a scenario
	ofRun  func(r *summary.Run, p Palette) (f figure.Figure, ok bool)      // one a run

	// absent says why there is none, where a reader may ask; "" where there is one, or
	// nil where its absence says it all.
	absent func(s *summary.Scenario) string
}

// Absent says, a sentence each, why a scenario lacks charts that a reader may look for.
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

// All are the charts, in the order in which they are best read. To add one, write its
// file and name it here.
var All = []Chart{matrix, rates, makespan, ratio, system, timeline, sojourn, violin, inflight, usage, cost, scaling, runOrder}

// Picture is a chart laid out.
type Picture struct {
	Chart    Chart
	Scenario string // "" for one of a whole run
	Figure   figure.Figure
}

// File is the name of the picture's file, without what tells its format.
func (p Picture) File() string {
	if p.Scenario == "" {
		return p.Chart.Name
	}
	return p.Scenario + "-" + p.Chart.Name
}

// Pictures lays out every chart for which a run has something to show.
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

// marked is the figure with the status of a run that is not complete in front of its
// title, so that the picture by itself is not taken for a result.
func marked(f figure.Figure, status results.RunState) figure.Figure {
	if status != results.RunComplete {
		f.Title = strings.ToUpper(string(status)) + ": " + f.Title
	}
	return f
}

// timed are the strategies that have a makespan, fastest first. That of one that failed
// more tasks than it had to is not one of the same work.
func timed(s *summary.Scenario) []*summary.Strategy {
	return slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool {
		return st.Makespan == nil || st.Failure == summary.FailedTasks
	})
}

// sampled are those of which task records could be read.
func sampled(s *summary.Scenario) []*summary.Strategy {
	return slices.DeleteFunc(timed(s), func(st *summary.Strategy) bool { return st.Sojourn == nil })
}

// batch says what was run: "64 tasks, mock server, constant:200ms, 10 rounds".
func batch(s *summary.Scenario) string {
	rounds := plural(s.Rounds, "round")
	if s.RoundsHeld < s.Rounds {
		rounds = fmt.Sprintf("%d of %s", s.RoundsHeld, rounds)
	}
	if s.Rate > 0 {
		return fmt.Sprintf("%s: batches of %s at %g/s, %s, %s", s.Name, plural(s.Tasks, "task"), s.Rate, s.Target, rounds)
	}
	return fmt.Sprintf("%s: %s, %s, %s", s.Name, plural(s.Tasks, "task"), s.Target, rounds)
}
