package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
)

var predictFormats = formats[*predict.Report]{"text": predictText, "json": writeJSON[*predict.Report]}

// predictText writes predictions for people.
func predictText(w io.Writer, r *predict.Report) error {
	on := screen.Of(w)
	var b strings.Builder
	paragraph := func(s string) { fmt.Fprintln(&b, on.Wrap(s)) }
	scenario := ""
	for i, p := range r.Predictions {
		if p.Scenario != scenario {
			if i > 0 {
				fmt.Fprintln(&b)
			}
			scenario = p.Scenario
			paragraph(fmt.Sprintf("%s: %s tasks predicted from %s, %s", p.Scenario, quantity.Count(float64(r.Tasks)), quantity.Count(float64(p.MeasuredTasks)), p.From))
			fmt.Fprintln(&b)
			predictTable(&b, on, r, scenario)
			var w warnings
			for _, p := range r.Predictions {
				if p.Scenario == scenario {
					w.add(p.Strategy, p.Warnings)
				}
			}
			w.write(&b, on)
		}
	}
	responseTable(&b, on, r)
	if len(r.Gains) > 0 {
		fmt.Fprintln(&b)
	}
	for _, g := range r.Gains {
		line := fmt.Sprintf("%s: %s gains nothing beyond %d at once (%s). What decides is %s.", g.Scenario, g.Strategy, g.Limit, quantity.Seconds(g.Seconds), g.Decides)
		switch {
		case g.Decides == "":
			line = fmt.Sprintf("%s: %s gains up to %d at once (%s), and what more would bring is not known.", g.Scenario, g.Strategy, g.Limit, quantity.Seconds(g.Seconds))
		case g.Limit > g.Measured:
			line += fmt.Sprintf(" The highest that was measured is %d; measure %d before you use it.", g.Measured, g.Limit)
		}
		paragraph(line)
	}
	for _, refused := range r.Refused {
		line := fmt.Sprintf("not predicted: %s, %s: %s.", refused.Scenario, refused.Strategy, refused.Reason)
		if refused.AtLeast != nil {
			line += fmt.Sprintf(" It takes at least %s.", quantity.Seconds(*refused.AtLeast))
		}
		fmt.Fprintf(&b, "\n%s\n", on.Wrap(line))
	}
	switch {
	case r.Interrupted && len(r.Predictions) == 0:
		fmt.Fprint(&b, "\ninterrupted: what is not listed was not simulated.\n")
	case r.Interrupted:
		fmt.Fprintf(&b, "\ninterrupted%s: the rest is sums, as without --whole.\n", simulated(r))
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "\n%s\n", on.Wrap("warning: "+text))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// warnings are what to know of strategies: each text once, with those that it is about.
type warnings struct {
	texts []string
	about map[string][]string
}

func (w *warnings) add(strategy string, texts []string) {
	if w.about == nil {
		w.about = map[string][]string{}
	}
	for _, text := range texts {
		if w.about[text] == nil {
			w.texts = append(w.texts, text)
		}
		if !slices.Contains(w.about[text], strategy) {
			w.about[text] = append(w.about[text], strategy)
		}
	}
}

func (w *warnings) write(b *strings.Builder, on screen.Screen) {
	for _, text := range w.texts {
		fmt.Fprintf(b, "\n%s\n", on.Wrap(fmt.Sprintf("warning: %s: %s", strings.Join(w.about[text], ", "), text)))
	}
}

// predictTable has a line for each strategy of a scenario: the makespan and its interval, and what half of
// the interval's width comes from, as a part of the makespan.
func predictTable(b *strings.Builder, on screen.Screen, r *predict.Report, scenario string) {
	rows := figures("strategy", "makespan [95%]", "draws", "sample", "cost", "tail", "CPU", "memory")
	for _, p := range r.Predictions {
		if p.Scenario != scenario {
			continue
		}
		m := p.Makespan
		part := func(v float64) string {
			switch share := 100 * v / m.Seconds; {
			case v == 0:
				return quantity.Unknown
			case share < 0.1:
				return "<0.1%"
			default:
				return fmt.Sprintf("%.2g%%", share)
			}
		}
		memory := quantity.Unknown
		if p.Memory > 0 {
			memory = quantity.Compact(quantity.Bytes(float64(p.Memory)))
		}
		rows.Add(p.Strategy, between(m), part(m.Parts.Draws), part(m.Parts.Sample), part(m.Parts.Cost), part(m.Parts.Tail), shortly(p.CPU), memory)
	}
	b.WriteString(rows.Text(on.Width) + "\n")
}

// responseTable has a line for each strategy and rate.
func responseTable(b *strings.Builder, on screen.Screen, r *predict.Report) {
	if len(r.Responses) == 0 {
		return
	}
	rows := figures("strategy", "rate", "median [95%]", "p99 [95%]", "busy", "CPU")
	for _, p := range r.Responses {
		median, p99 := "unstable", "unstable"
		if !p.Unstable {
			median, p99 = between(p.Median), between(p.P99)
		}
		busy := quantity.Unknown
		if p.Load > 0 {
			busy = quantity.Percent(p.Load)
		}
		rows.Add(p.Scenario+", "+p.Strategy, fmt.Sprintf("%.4g/s", p.Rate), median, p99, busy, quantity.Percent(p.CPU))
	}
	b.WriteString(rows.Text(on.Width) + "\n")
	var w warnings
	for _, p := range r.Responses {
		w.add(p.Scenario+", "+p.Strategy, p.Warnings)
	}
	w.write(b, on)
}

// simulated says how many tasks were simulated whole before an interruption.
func simulated(r *predict.Report) string {
	done, of := 0, 0
	for _, p := range r.Predictions {
		if p.Whole != nil {
			done, of = done+p.Whole.Tasks, of+r.Tasks
		}
	}
	if of == 0 {
		return ""
	}
	return fmt.Sprintf(" after %s of %s tasks", quantity.Count(float64(done)), quantity.Count(float64(of)))
}

// between is a time with its interval.
func between(m predict.Makespan) string {
	return fmt.Sprintf("%s [%s, %s]", shortly(m.Seconds), shortly(m.Low), shortly(m.High))
}

// figures is a table of figures, beside names in the first column.
func figures(heads ...string) *screen.Table {
	columns := []screen.Column{{Head: heads[0], Left: true}}
	for _, head := range heads[1:] {
		columns = append(columns, screen.Column{Head: head})
	}
	return screen.NewTable(columns...)
}

// shortly is a time without a space, such as 12.5ms.
func shortly(seconds float64) string { return quantity.Compact(quantity.Seconds(seconds)) }
