package charts

import (
	"fmt"
	"slices"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

var usage = Chart{
	Name:    "usage",
	Caption: "What does each strategy's process use while it runs: goroutines, threads, memory, CPU, garbage collections?",
	figure: func(s *summary.Scenario, p Palette) (figure.Figure, bool) {
		list := recorded(s)
		if len(list) == 0 {
			return figure.Figure{}, false
		}
		u := newUsageLayout(list)
		return figure.Figure{
			Title:    usageTitle(list),
			Subtitle: "Resource usage of each strategy's process over time, in its last warm-up trial. " + batch(s),
			Note:     usageNote(list),
			Told:     usageTold(list),
			Height:   u.height(),
			Draw:     func(c *figure.Canvas, box figure.Box) { u.draw(c, p, box) },
		}, true
	},
	absent: func(s *summary.Scenario) string {
		switch {
		case len(recorded(s)) > 0 || len(s.Strategies) == 0:
			return ""
		case slices.ContainsFunc(s.Strategies, func(st *summary.Strategy) bool { return st.Recording != nil }):
			return "Goroutines, threads, memory and CPU over time are not drawn: the warm-up trials ended before there were enough samples."
		}
		return "Goroutines, threads, memory and CPU over time are not drawn: they are recorded in the warm-up, and this run has no recorded one (--warmup 1)."
	},
}

// recorded are the strategies whose recording has enough samples for a line, fastest first.
func recorded(s *summary.Scenario) []*summary.Strategy {
	const line = 3 // samples
	return slices.DeleteFunc(slices.Clone(s.Strategies), func(st *summary.Strategy) bool {
		return st.Recording == nil || max(len(st.Recording.RSS), len(st.Recording.Goroutines)) < line
	})
}

// usageMain is the resource that the title names: memory or, if it is unknown, goroutines.
func usageMain(list []*summary.Strategy) (of func(r *summary.Recording) []summary.Sample, say func(float64) string, noun string) {
	if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return len(st.Recording.RSS) > 0 }) {
		return rssOf, quantity.Bytes, "Memory"
	}
	return goroutinesOf, quantity.Count, "Goroutines"
}

func usageTold(list []*summary.Strategy) string {
	of, say, _ := usageMain(list)
	return told("Peaks", list, func(st *summary.Strategy) string {
		if s, ok := summary.Peak(of(st.Recording)); ok {
			return say(s.Value)
		}
		return "unknown"
	})
}

func usageTitle(list []*summary.Strategy) string {
	of, say, noun := usageMain(list)
	peak := func(st *summary.Strategy) float64 { s, _ := summary.Peak(of(st.Recording)); return s.Value }
	var least, most *summary.Strategy
	for _, st := range list {
		if len(of(st.Recording)) == 0 {
			continue
		}
		if least == nil || peak(st) < peak(least) {
			least = st
		}
		if most == nil || peak(st) > peak(most) {
			most = st
		}
	}
	if least == most {
		return fmt.Sprintf("%s at the peak: %s with %s", noun, say(peak(most)), most.Strategy)
	}
	return fmt.Sprintf("%s at the peak: %s with %s, %s with %s", noun, say(peak(least)), least.Strategy, say(peak(most)), most.Strategy)
}

func usageNote(list []*summary.Strategy) string {
	note := "Recorded in the warm-up, because sampling costs time. It includes the start-up costs of a first round. A line ends with the strategy's mark at its last task; a cross is a process that died."
	if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return len(st.Recording.RSS) > 0 }) {
		note += " Memory: resident set, including the program. CPU: user and system time of all threads."
	}
	if len(list) > usageNamed {
		note += fmt.Sprintf(" The %d with the highest peaks of a panel are named and in full colour.", usageTop)
	}
	if slices.ContainsFunc(list, func(st *summary.Strategy) bool { return len(st.Recording.Goroutines) == 0 }) {
		note += " A program in another language reports no goroutines."
	}
	return note
}

func goroutinesOf(r *summary.Recording) []summary.Sample { return r.Goroutines }
func threadsOf(r *summary.Recording) []summary.Sample    { return r.Threads }
func rssOf(r *summary.Recording) []summary.Sample        { return r.RSS }
func coresOf(r *summary.Recording) []summary.Sample      { return r.Cores }

// inFlightOf returns the tasks in flight, one sample per column of the occupancy.
func inFlightOf(r *summary.Recording) []summary.Sample {
	row := r.InFlight.Row(0)
	out := make([]summary.Sample, len(row))
	for i, n := range row {
		out[i] = summary.Sample{At: (float64(i) + 0.5) * r.InFlight.Span / float64(len(row)), Value: n}
	}
	return out
}
