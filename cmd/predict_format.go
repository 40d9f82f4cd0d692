package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/internal/predict"
	"github.com/fanbench/fanbench/internal/quantity"
)

var predictFormats = formats[*predict.Report]{"text": predictText, "json": writeJSON[*predict.Report]}

// predictText writes predictions for people, within 80 columns.
func predictText(w io.Writer, r *predict.Report) error {
	var b strings.Builder
	paragraph := func(s string) { fmt.Fprintln(&b, wrapped(s)) }
	scenario := ""
	for i, p := range r.Predictions {
		if p.Scenario != scenario {
			if i > 0 {
				fmt.Fprintln(&b)
			}
			scenario = p.Scenario
			paragraph(fmt.Sprintf("%s: %s tasks predicted from %s, %s", p.Scenario, quantity.Count(float64(r.Tasks)), quantity.Count(float64(p.MeasuredTasks)), p.From))
			fmt.Fprintln(&b)
			predictTable(&b, r, scenario)
		}
	}
	responseTable(&b, r)
	if len(r.Gains) > 0 {
		fmt.Fprintln(&b)
	}
	for _, g := range r.Gains {
		line := fmt.Sprintf("%s: %s gains nothing beyond %d at once (%s): %s decides.", g.Scenario, g.Strategy, g.Limit, quantity.Seconds(g.Seconds), g.Decides)
		if g.Limit > g.Measured {
			line += fmt.Sprintf(" The highest that was measured is %d; measure %d before you use it.", g.Measured, g.Limit)
		}
		paragraph(line)
	}
	for _, refused := range r.Refused {
		line := fmt.Sprintf("not predicted: %s, %s: %s.", refused.Scenario, refused.Strategy, refused.Reason)
		if refused.AtLeast != nil {
			line += fmt.Sprintf(" It takes at least %s.", quantity.Seconds(*refused.AtLeast))
		}
		fmt.Fprintf(&b, "\n%s\n", wrapped(line))
	}
	if r.Interrupted {
		fmt.Fprintf(&b, "\ninterrupted%s: the rest is sums, as without --whole.\n", simulated(r))
	}
	warned := map[string][]string{}
	var order []string
	for _, p := range r.Predictions {
		for _, text := range p.Warnings {
			if warned[text] == nil {
				order = append(order, text)
			}
			warned[text] = append(warned[text], p.Strategy)
		}
	}
	for _, p := range r.Responses {
		for _, text := range p.Warnings {
			if warned[text] == nil {
				order = append(order, text)
			}
			if !slices.Contains(warned[text], p.Strategy) {
				warned[text] = append(warned[text], p.Strategy)
			}
		}
	}
	for _, text := range r.Warnings {
		fmt.Fprintf(&b, "\n%s\n", wrapped("warning: "+text))
	}
	for _, text := range order {
		fmt.Fprintf(&b, "\n%s\n", wrapped(fmt.Sprintf("warning: %s: %s", strings.Join(warned[text], ", "), text)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// predictTable has a line for each strategy of a scenario: the makespan and its interval, and what half of
// the interval's width comes from, as a part of the makespan.
func predictTable(b *strings.Builder, r *predict.Report, scenario string) {
	rows := [][]string{{"strategy", "makespan [95%]", "draws", "sample", "cost", "tail", "CPU", "memory"}}
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
		rows = append(rows, []string{
			p.Strategy,
			between(m), part(m.Parts.Draws), part(m.Parts.Sample), part(m.Parts.Cost), part(m.Parts.Tail), shortly(p.CPU), memory,
		})
	}
	writeRows(b, rows)
}

// responseTable has a line for each strategy and rate.
func responseTable(b *strings.Builder, r *predict.Report) {
	if len(r.Responses) == 0 {
		return
	}
	rows := [][]string{{"strategy", "rate", "median [95%]", "p99 [95%]", "busy", "CPU"}}
	for _, p := range r.Responses {
		median, p99 := "unstable", "unstable"
		if !p.Unstable {
			median, p99 = between(p.Median), between(p.P99)
		}
		busy := quantity.Unknown
		if p.Load > 0 {
			busy = quantity.Percent(p.Load)
		}
		rows = append(rows, []string{p.Scenario + ", " + p.Strategy, fmt.Sprintf("%.4g/s", p.Rate), median, p99, busy, quantity.Percent(p.CPU)})
	}
	writeRows(b, rows)
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

// writeRows aligns cells to the right, but names to the left. Names get lines of their own where the
// rest would be too wide.
func writeRows(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	rest := 0
	for _, w := range widths[1:] {
		rest += w + 2
	}
	ownLine := widths[0]+rest > narrow
	if ownLine { // the names get lines of their own
		widths[0] = 2
	}
	for i, row := range rows {
		if ownLine {
			fmt.Fprintln(b, row[0])
			row[0] = ""
		}
		line := fmt.Sprintf("%-*s", widths[0], row[0])
		for k, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", widths[k+1], cell)
		}
		fmt.Fprintln(b, strings.TrimRight(line, " "))
		if i == 0 {
			fmt.Fprintln(b, strings.Repeat("─", min(narrow, widths[0]+rest)))
		}
	}
}

// shortly is a time without a space, such as 12.5ms.
func shortly(seconds float64) string { return quantity.Compact(quantity.Seconds(seconds)) }

func wrapped(s string) string {
	lines := strings.Split(text.WrapSoft(s, narrow), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
