package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
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
	if a.Planned == 0 {
		return "PARTIAL: " + strings.Join(a.Reasons, "; ")
	}
	return fmt.Sprintf("PARTIAL, from %d of %d rounds: %s", a.Rounds, a.Planned, strings.Join(a.Reasons, "; "))
}

// adviceBatch says what the advice is about.
func adviceBatch(a *advice.Advice) string {
	return fmt.Sprintf("%s: %s, %s", a.Scenario, quantity.Counted(float64(a.Tasks), "task"), a.Target)
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
	if len(a.Warnings) > 0 {
		out = append(out, adviceSection{"Beware", a.Warnings})
	}
	return append(out, adviceSection{"How this was found", adviceHow(a)})
}

// adviceWhy are the reasons for a choice.
func adviceWhy(a *advice.Advice, use *advice.Candidate) []string {
	within := fmt.Sprintf("%g%%", 100*a.Tolerance)
	first := fmt.Sprintf("It takes %s%s", quantity.Seconds(use.Makespan.Median), interval(use.Makespan.Interval))
	if use.Efficiency != nil {
		first += fmt.Sprintf(", of which the latencies alone would take %s at that limit", quantity.Percent(*use.Efficiency))
	}
	var good, open, slower []*advice.Candidate
	for _, c := range a.Candidates {
		switch {
		case c == use:
		case c.Standing == advice.AsGood:
			good = append(good, c)
		case c.Standing == advice.Undecided:
			open = append(open, c)
		case c.Width < use.Width:
			slower = append(slower, c)
		}
	}
	lines := []string{first + "."}
	switch {
	case len(a.Candidates) == 1:
		lines = append(lines, "It is the only one that did its work.")
	case use.VsFastest == nil:
		lines = append(lines, "No other is shown to beat it.")
	case use.Shown:
		lines = append(lines, fmt.Sprintf("That is %s of the time of %s, the fastest: the same within %s.", quantity.Ratio(use.VsFastest), a.Fastest, within))
	default:
		lines = append(lines, fmt.Sprintf("That is %s of the time of %s, the fastest: within %s by this estimate, though %s do not show it.",
			quantity.Ratio(use.VsFastest), a.Fastest, within, quantity.Counted(float64(a.Rounds), "round")))
	}
	switch most := widest(good); {
	case len(good) == 0:
	case most > use.Width:
		lines = append(lines, fmt.Sprintf("It has the lowest limit of those as good: %s at once, where others have up to %s. That many fewer open connections, and as much less load on the server.",
			quantity.Counted(float64(use.Width), "task"), quantity.Count(float64(most))))
	default:
		lines = append(lines, fmt.Sprintf("The others that are as good run %s at once, too. It is the plainest of those that take no more memory.",
			quantity.Counted(float64(use.Width), "task")))
	}
	if c := nearest(slower); c != nil {
		lines = append(lines, fmt.Sprintf("A lower limit is slower: %s takes %s of the time of %s.", c.Strategy, quantity.Ratio(c.VsFastest), a.Fastest))
	}
	if len(open) > 0 {
		lines = append(lines, adviceOpen(a, open))
	}
	return lines
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

// adviceOpen says of which candidates the rounds do not tell.
func adviceOpen(a *advice.Advice, open []*advice.Candidate) string {
	var names []string
	more := 0
	for _, c := range open {
		names = append(names, c.Strategy)
		if c.VsFastest != nil && c.VsFastest.MoreRounds > 0 && (more == 0 || c.VsFastest.MoreRounds < more) {
			more = c.VsFastest.MoreRounds
		}
	}
	text := fmt.Sprintf("Not to be told from the fastest after %s, so perhaps as good, perhaps not: %s.",
		quantity.Counted(float64(a.Rounds), "round"), strings.Join(summary.Names(names), ", "))
	if more > 0 {
		text += fmt.Sprintf(" About %s would probably decide the first of them.", quantity.Counted(float64(more), "more round"))
	}
	return text
}

// interval writes an interval of a time, "" of one without a limit.
func interval(iv stat.Interval) string {
	if math.IsInf(iv.Low, 0) || math.IsInf(iv.High, 0) {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", quantity.Seconds(iv.Low), quantity.Seconds(iv.High))
}

// adviceCost is what a batch takes.
func adviceCost(c *advice.Candidate) string {
	var parts []string
	add := func(v *float64, write func(float64) string) {
		if v != nil && *v > 0 {
			parts = append(parts, write(*v))
		}
	}
	counted := func(noun string) func(float64) string {
		return func(v float64) string { return quantity.Counted(v, noun) }
	}
	add(c.PeakRSS, func(v float64) string { return quantity.Bytes(v) + " of memory at its peak, the program included" })
	add(c.CPU, func(v float64) string { return quantity.Seconds(v) + " of CPU time a batch" })
	add(c.Goroutines, counted("goroutine"))
	add(c.Threads, counted("thread"))
	add(c.Connections, func(v float64) string { return quantity.Counted(v, "new connection") + " a batch" })
	if len(parts) == 0 {
		return "This system does not tell."
	}
	return strings.Join(parts, ", ") + "."
}

// adviceHow says where the figures come from, and what was left behind on the way.
func adviceHow(a *advice.Advice) []string {
	var lines []string
	decided := len(a.Candidates)
	figures := fmt.Sprintf("The figures above are from %s of %s.", quantity.Counted(float64(a.Rounds), "round"), quantity.Counted(float64(decided), "strategy"))
	for _, s := range a.Screenings {
		if len(s.Tried) == 1 {
			continue // the pilot
		}
		lines = append(lines, fmt.Sprintf("%d strategies were screened in %s: %s.", len(s.Tried), quantity.Counted(float64(s.Rounds), "round"), strings.Join(summary.Names(s.Tried), ", ")))
		if len(s.Dropped) > 0 && decided > 0 {
			var parts []string
			for _, d := range s.Dropped {
				parts = append(parts, fmt.Sprintf("%s (%s times the best)", d.Strategy, quantity.Figure(d.TimesBest)))
			}
			lines = append(lines, "Left behind there: "+summary.Few(parts)+".")
		}
		if s.LeastWidth > 1 && decided > 0 {
			lines = append(lines, fmt.Sprintf("Nothing below %s at once was tried.", quantity.Counted(float64(s.LeastWidth), "task")))
		}
		figures = fmt.Sprintf("The figures above are from %s of those that came out best or are near them, others than the screening's and on other latencies: luck in the screening does not flatter them.", quantity.Counted(float64(a.Rounds), "round"))
	}
	if decided > 0 {
		lines = append(lines, figures)
	}
	return lines
}
