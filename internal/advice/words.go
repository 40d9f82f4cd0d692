package advice

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// Section is a part of an advice in words: a heading, and one or two sentences per line.
type Section struct {
	Head  string
	Lines []string
}

// StatusLine is the first line of an advice from a run that is not complete and valid. If
// there are several reasons, the list below it has them.
func (a *Advice) StatusLine() string {
	switch a.Status {
	case results.RunComplete:
		return ""
	case results.RunInvalid:
		return summary.Headed("NOT A RESULT, the run is invalid", a.Reasons)
	}
	if a.Planned == 0 {
		return summary.Headed("PARTIAL", a.Reasons)
	}
	return summary.Headed(fmt.Sprintf("PARTIAL, from %d of %d rounds", a.Rounds, a.Planned), a.Reasons)
}

// sentence is the advice in one sentence.
func (a *Advice) sentence() string {
	use := a.Find(a.Use)
	switch {
	case use != nil:
		text := fmt.Sprintf("se %s: %s for %s, %s at once.", use.Strategy,
			quantity.Seconds(use.Makespan.Median), quantity.Counted(float64(a.Tasks), "task"), quantity.Count(float64(use.Width)))
		if a.Guess {
			return fmt.Sprintf("A guess, because %s cannot decide anything: u%s", quantity.Counted(float64(a.Rounds), "round"), text)
		}
		return "U" + text
	case len(a.Excluded) == 0 || len(a.Candidates) > 0 || a.dropped():
		return "Nothing can be recommended: the run ended before anything was decided."
	case len(a.Untried) > 0:
		return "No tried strategy can be recommended: every strategy crashed, hung, stopped at an error, lost work or failed too often. Not tried: " + strings.Join(a.Untried, "; ") + "."
	}
	return "Nothing can be recommended: every strategy crashed, hung, stopped at an error, lost work or failed too often."
}

// Batch describes the batch.
func (a *Advice) Batch() string {
	if a.Load != nil {
		return fmt.Sprintf("%s: %s, %s", a.Scenario, a.Load.Work, a.Target)
	}
	return fmt.Sprintf("%s: %s, %s", a.Scenario, quantity.Counted(float64(a.Tasks), "task"), a.Target)
}

// Before are the sections before the table of candidates.
func (a *Advice) Before() []Section {
	if a.Load != nil {
		return a.loadSections()
	}
	use := a.Find(a.Use)
	if use == nil {
		return nil
	}
	out := []Section{
		{"Why", a.Reasoning()},
		{"What it costs", []string{use.cost()}},
	}
	wrong := []string{"It does not declare this; test it."}
	if use.Behaviour != nil {
		wrong = use.Behaviour.Sentences()
	}
	return append(out, Section{"When things go wrong", wrong})
}

// After are the sections after the table.
func (a *Advice) After() []Section {
	var out []Section
	if a.Load != nil {
		if len(a.Warnings) > 0 {
			out = append(out, Section{"Beware", a.Warnings})
		}
		return out
	}
	if len(a.Excluded) > 0 {
		var lines []string
		for _, e := range a.Excluded {
			lines = append(lines, e.Strategy+": "+e.Why)
		}
		out = append(out, Section{"Not recommended, whatever their speed", lines})
	}
	if len(a.Warnings) > 0 {
		out = append(out, Section{"Beware", summary.Listed(a.Warnings)})
	}
	return append(out, Section{"How this was found", a.how()})
}

// Reasoning explains why the strategy is recommended. It is empty without a recommendation.
func (a *Advice) Reasoning() []string {
	use := a.Find(a.Use)
	if use == nil {
		return nil
	}
	within := fmt.Sprintf("%g%%", 100*a.Tolerance)
	first := fmt.Sprintf("It takes %s%s", quantity.Seconds(use.Makespan.Median), interval(use.Makespan.Interval))
	if use.Efficiency != nil {
		first += fmt.Sprintf(", of which the latencies alone would take %s at that limit", quantity.Percent(*use.Efficiency))
	}
	var good, open, slower []*Candidate
	for _, c := range a.Candidates {
		switch {
		case c == use:
		case c.Standing == AsGood:
			good = append(good, c)
		case c.Standing == Undecided:
			open = append(open, c)
		case c.Width < use.Width:
			slower = append(slower, c)
		}
	}
	lines := []string{first + "."}
	switch {
	case len(a.Candidates) == 1 && len(a.Screenings) == 0:
		lines = append(lines, "It is the only strategy that did its work.")
	case len(a.Candidates) == 1:
		lines = append(lines, "It is the only finalist: the screening chose it.")
	case a.Guess:
		lines = append(lines, fmt.Sprintf("Too few rounds to compare it with the others: %s.", quantity.Count(float64(a.Rounds))))
	case use.VsFastest == nil:
		lines = append(lines, "No other is shown to beat it.")
	case use.Shown:
		lines = append(lines, fmt.Sprintf("That is %s of the time of %s, the fastest: the same within %s.", quantity.Ratio(use.VsFastest), a.Fastest, within))
	default:
		lines = append(lines, fmt.Sprintf("That is %s of the time of %s, the fastest: within %s by this estimate, but %s do not prove it.",
			quantity.Ratio(use.VsFastest), a.Fastest, within, quantity.Counted(float64(a.Rounds), "round")))
	}
	switch wider := widestOf(good); {
	case wider == nil:
	case wider.Width > use.Width:
		lines = append(lines, fmt.Sprintf("It has the lowest limit of the strategies that are as good: %s at once instead of up to %s.%s",
			quantity.Counted(float64(use.Width), "task"), quantity.Count(float64(wider.Width)), a.load(use, wider)))
	default:
		lines = append(lines, fmt.Sprintf("The others that are as good also run %s at once. It is the plainest of those that need no more memory.",
			quantity.Counted(float64(use.Width), "task")))
	}
	if c := widestOf(slower); c != nil {
		lines = append(lines, fmt.Sprintf("A lower limit is slower: %s takes %s of the time of %s.", c.Strategy, quantity.Ratio(c.VsFastest), a.Fastest))
	}
	if len(open) > 0 && !a.Guess {
		lines = append(lines, a.open(open))
	}
	return lines
}

// queues is the ratio of request times above which requests wait at the server.
const queues = 1.15

// load says how a lower limit reduces the load on a server, as far as that is known. With
// equal makespans the throughput is equal too; only the number of requests in flight differs.
func (a *Advice) load(use, wider *Candidate) string {
	if !a.HTTP {
		return ""
	}
	const connections = " It needs no more connections than that."
	switch {
	case a.Slots > 0 && use.Width >= a.Slots:
		return connections + fmt.Sprintf(" The server works on %s at once either way, which is its number of slots; the others wait there.", quantity.Count(float64(a.Slots)))
	case use.Service == nil || wider.Service == nil:
		return connections
	case *wider.Service > queues**use.Service:
		return connections + fmt.Sprintf(" With %s a request takes %s on average instead of %s: it waits at the server, which does not work on more at once.",
			wider.Strategy, quantity.Seconds(*wider.Service), quantity.Seconds(*use.Service))
	}
	return connections + fmt.Sprintf(" At its peak the server has %s in flight instead of %s.", quantity.Counted(float64(use.Width), "request"), quantity.Count(float64(wider.Width)))
}

// widestOf is the candidate with the highest limit, nil if there are none.
func widestOf(list []*Candidate) (out *Candidate) {
	for _, c := range list {
		if out == nil || c.Width > out.Width {
			out = c
		}
	}
	return out
}

// open lists the candidates that the rounds cannot decide.
func (a *Advice) open(open []*Candidate) string {
	var names []string
	more := 0
	for _, c := range open {
		names = append(names, c.Strategy)
		if c.VsFastest != nil && c.VsFastest.MoreRounds > 0 && (more == 0 || c.VsFastest.MoreRounds < more) {
			more = c.VsFastest.MoreRounds
		}
	}
	text := fmt.Sprintf("No significant difference from the fastest after %s: %s.",
		quantity.Counted(float64(a.Rounds), "round"), strings.Join(summary.Names(names), ", "))
	if more > 0 {
		text += fmt.Sprintf(" About %s would probably decide the first of them.", quantity.Counted(float64(more), "more round"))
	}
	return text
}

// interval writes an interval of times, "" for an unlimited one.
func interval(iv stat.Interval) string {
	if math.IsInf(iv.Low, 0) || math.IsInf(iv.High, 0) {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", quantity.Seconds(iv.Low), quantity.Seconds(iv.High))
}

// cost describes the resources of a batch.
func (c *Candidate) cost() string {
	var parts []string
	add := func(v *float64, write func(float64) string) {
		if v != nil && *v > 0 {
			parts = append(parts, write(*v))
		}
	}
	counted := func(noun string) func(float64) string {
		return func(v float64) string { return quantity.Counted(v, noun) }
	}
	add(c.PeakRSS, func(v float64) string { return quantity.Bytes(v) + " of memory at its peak, including the program" })
	add(c.CPU, func(v float64) string { return quantity.Seconds(v) + " of CPU time per batch" })
	add(c.Goroutines, counted("goroutine"))
	add(c.Threads, counted("thread"))
	add(c.Connections, func(v float64) string { return quantity.Counted(v, "new connection") + " per batch" })
	if len(parts) == 0 {
		return "Unknown on this system."
	}
	return strings.Join(parts, ", ") + "."
}

// how describes the source of the figures, and what was dropped on the way.
func (a *Advice) how() []string {
	var lines []string
	var tried []string
	rounds, stages := 0, 0
	dropped := map[string]Screened{}
	var order []string
	for _, s := range a.Screenings {
		if s.Pilot {
			continue
		}
		stages++
		rounds += s.Rounds
		for _, name := range s.Tried {
			if !slices.Contains(tried, name) {
				tried = append(tried, name)
			}
		}
		for _, d := range s.Dropped {
			if _, known := dropped[d.Strategy]; !known {
				order = append(order, d.Strategy)
			}
			dropped[d.Strategy] = d
		}
	}
	if stages > 0 {
		lines = append(lines, fmt.Sprintf("%s screened in %s: %s.", quantity.Counted(float64(len(tried)), "strategy"), quantity.Counted(float64(rounds), "round"), strings.Join(summary.Names(tried), ", ")))
	}
	if len(a.Candidates) == 0 {
		return lines
	}
	if len(order) > 0 {
		slices.SortStableFunc(order, func(x, y string) int { return cmp.Compare(dropped[x].TimesBest, dropped[y].TimesBest) })
		var parts []string
		for _, name := range order {
			parts = append(parts, fmt.Sprintf("%s (%s times the best)", name, quantity.Figure(dropped[name].TimesBest)))
		}
		lines = append(lines, "Dropped there: "+summary.Few(parts)+".")
	}
	if a.LeftOut != nil {
		lines = append(lines, a.LeftOut.sentence(a.Tasks))
	}
	figures := fmt.Sprintf("The figures above are from %s of %s.", quantity.Counted(float64(a.Rounds), "round"), quantity.Counted(float64(len(a.Candidates)), "strategy"))
	if stages > 0 {
		figures = fmt.Sprintf("The figures above are from %s of the finalists, on other latencies than the screening's, so that chance in the screening does not favour them.", quantity.Counted(float64(a.Rounds), "other round"))
	}
	lines = append(lines, figures)
	var more []string
	if a.Guess {
		more = append(more, "enough rounds to decide")
	}
	if more = append(more, a.Untried...); len(more) > 0 {
		lines = append(lines, "More time (--time) would be spent on: "+strings.Join(more, "; ")+".")
	}
	return lines
}

// sentence says what was left out and why.
func (l *LeftOut) sentence(tasks int) string {
	what := summary.Names(l.Strategies)
	what = append(what, fmt.Sprintf("every untried limit up to %s", quantity.Count(float64(l.Limit))))
	by := "By the stated latencies,"
	if l.Task > 0 {
		by = fmt.Sprintf("A task took at least %s on average, so", quantity.Seconds(l.Task))
	}
	return fmt.Sprintf("Left out without measuring: %s. %s %s take at least %s at %s at once, and %s takes %s.",
		strings.Join(what, ", "), by, quantity.Counted(float64(tasks), "task"), quantity.Seconds(l.Least), quantity.Count(float64(l.Limit)), l.Best, quantity.Seconds(l.Takes))
}
