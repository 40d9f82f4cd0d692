package reports

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/reports/advice"
	"github.com/fanbench/fanbench/reports/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// adviceSection is a part of an advice in words: a heading, and a sentence or two a line.
type adviceSection struct {
	head  string
	lines []string
}

// adviceStatus is the first line of an advice from a run that is not as it should be.
func adviceStatus(a *advice.Advice) string {
	switch a.Status {
	case bench.RunComplete:
		return ""
	case bench.RunInvalid:
		return "NOT A RESULT, the run is invalid: " + strings.Join(a.Reasons, "; ")
	}
	return fmt.Sprintf("FROM %d OF %d ROUNDS: %s", a.Rounds, a.Planned, strings.Join(a.Reasons, "; "))
}

// adviceBatch says what the advice is about.
func adviceBatch(a *advice.Advice) string {
	return fmt.Sprintf("%s: %s tasks, %s", a.Scenario, quantity.Count(float64(a.Tasks)), a.Target)
}

// adviceBefore are the sections before the table, adviceAfter those behind it.
func adviceBefore(a *advice.Advice) []adviceSection {
	use := a.Find(a.Use)
	if use == nil {
		return nil
	}
	out := []adviceSection{
		{"Why", adviceWhy(a, use)},
		{"What it costs", []string{adviceCost(use)}},
	}
	wrong := []string{"It declares nothing about that; try it."}
	if use.Behaviour != nil {
		wrong = use.Behaviour.Sentences()
	}
	return append(out, adviceSection{"When things go wrong", wrong})
}

func adviceAfter(a *advice.Advice) []adviceSection {
	var out []adviceSection
	if len(a.Excluded) > 0 {
		var lines []string
		for _, e := range a.Excluded {
			lines = append(lines, e.Strategy+": "+e.Why)
		}
		out = append(out, adviceSection{"Not recommended, whatever their speed", lines})
	}
	return append(out, adviceSection{"How this was found", adviceHow(a)})
}

// adviceWhy are the reasons for a choice.
func adviceWhy(a *advice.Advice, use *advice.Candidate) []string {
	within := fmt.Sprintf("%g%%", 100*a.Tolerance)
	first := fmt.Sprintf("It takes %s", quantity.Seconds(use.Makespan.Median))
	if use.Efficiency != nil {
		first += fmt.Sprintf(", at %s efficiency", quantity.Percent(*use.Efficiency))
	}
	var good, cheaper, slower []*advice.Candidate
	for _, c := range a.Candidates {
		switch {
		case c == use:
		case c.Standing == advice.AsGood:
			good = append(good, c)
		case c.Width < use.Width && c.Standing == advice.Undecided:
			cheaper = append(cheaper, c)
		case c.Width < use.Width && c.Standing == advice.Slower:
			slower = append(slower, c)
		}
	}
	if use.VsReference == nil {
		first += ", and no other is shown to beat it."
	} else {
		first += fmt.Sprintf(": %s of the time of %s, which no other is shown to beat. That is the same within %s.", quantity.Ratio(use.VsReference), a.Reference, within)
	}
	lines := []string{first}
	switch most := widest(good); {
	case len(a.Candidates) == 1:
		lines = append(lines, "It is the only one that did its work.")
	case len(good) == 0:
		lines = append(lines, fmt.Sprintf("None of the other %d is shown to be as good within %s.", len(a.Candidates)-1, within))
	case most > use.Width:
		lines = append(lines, fmt.Sprintf("Of the %d that are as good within %s, it has the lowest limit: %s at once, where the others have up to %s. That many fewer open connections, and as much less load on the server.",
			len(good)+1, within, tasksAtOnce(use.Width), quantity.Count(float64(most))))
	default:
		lines = append(lines, fmt.Sprintf("The %d that are as good within %s all run %s at once, so it is the plainest of them that takes no more memory.",
			len(good)+1, within, tasksAtOnce(use.Width)))
	}
	if c := nearest(slower); c != nil {
		lines = append(lines, fmt.Sprintf("A lower limit is slower: %s takes %s of the time of %s.", c.Strategy, quantity.Ratio(c.VsReference), a.Reference))
	}
	if c := nearest(cheaper); c != nil {
		text := fmt.Sprintf("Whether %s would do is undecided: %s of the time of %s", c.Strategy, quantity.Ratio(c.VsReference), a.Reference)
		if c.VsReference != nil && c.VsReference.MoreRounds > 0 {
			text += fmt.Sprintf(". About %s more rounds would tell", quantity.Count(float64(c.VsReference.MoreRounds)))
		}
		lines = append(lines, text+".")
	}
	return lines
}

func tasksAtOnce(n int) string {
	if n == 1 {
		return "one task"
	}
	return quantity.Count(float64(n)) + " tasks"
}

func widest(list []*advice.Candidate) (most int) {
	for _, c := range list {
		most = max(most, c.Width)
	}
	return most
}

// nearest is the one of the highest limit, nil of none.
func nearest(list []*advice.Candidate) (out *advice.Candidate) {
	for _, c := range list {
		if out == nil || c.Width > out.Width {
			out = c
		}
	}
	return out
}

// adviceCost is what a batch takes.
func adviceCost(c *advice.Candidate) string {
	var parts []string
	add := func(v *float64, format func(float64) string, what string) {
		if v != nil {
			parts = append(parts, format(*v)+" "+what)
		}
	}
	add(c.PeakRSS, quantity.Bytes, "of memory at its peak, the program included")
	add(c.CPU, quantity.Seconds, "of CPU time a batch")
	add(c.Goroutines, quantity.Count, "goroutines")
	add(c.Threads, quantity.Count, "threads")
	if c.Connections != nil && *c.Connections > 0 {
		add(c.Connections, quantity.Count, "connections opened a batch")
	}
	if len(parts) == 0 {
		return "This system does not tell."
	}
	return strings.Join(parts, ", ") + "."
}

// adviceHow says where the figures come from, and what was left behind on the way.
func adviceHow(a *advice.Advice) []string {
	var lines []string
	decided := len(a.Candidates)
	figures := fmt.Sprintf("The figures above are from %d rounds of %d strategies.", a.Rounds, decided)
	for _, s := range a.Screenings {
		if len(s.Tried) == 1 {
			continue // the pilot
		}
		lines = append(lines, fmt.Sprintf("%d strategies were screened in %d rounds: %s.", len(s.Tried), s.Rounds, strings.Join(summary.Names(s.Tried), ", ")))
		if len(s.Dropped) > 0 {
			var parts []string
			for _, d := range s.Dropped {
				parts = append(parts, fmt.Sprintf("%s (%s times the best)", d.Strategy, quantity.Figure(d.TimesBest)))
			}
			const most = 4
			text := strings.Join(parts[:min(len(parts), most)], ", ")
			if more := len(parts) - most; more > 0 {
				text += fmt.Sprintf(" and %d more", more)
			}
			lines = append(lines, "Too slow to be measured further: "+text+".")
		}
		figures = fmt.Sprintf("The figures above are from %d other rounds, on other latencies, of the %d that came out best: luck in the screening does not flatter them.", a.Rounds, decided)
	}
	if decided > 0 {
		lines = append(lines, figures)
	}
	return lines
}
