package reports

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/term"

	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

const (
	screen    = 80 // maximum line width, columns
	nameWidth = 24 // width of a strategy's name in the tables
	barWidth  = 40 // width of the longest bar
)

// printSummary writes the summary for a terminal: for each scenario the verdict, a bar chart
// in text, and the tables of speed and cost.
func printSummary(w io.Writer, s *summary.Run) error {
	p := plain
	if isTerminal(w) {
		p = colored // go-pretty respects NO_COLOR and TERM=dumb
	}
	var b strings.Builder
	if status := s.StatusLine(); status != "" {
		fmt.Fprintln(&b, p(text.FgRed, wrap(status)))
		for _, reason := range s.StatusList() {
			fmt.Fprintln(&b, p(text.FgRed, indented(reason)))
		}
	}
	for _, a := range advices(s) {
		fmt.Fprintf(&b, "\n%s\n", p(text.Bold, wrap(a.Summary+" (fanbench advise "+s.Run+" says why)")))
	}
	for _, sc := range s.Scenarios {
		rounds := fmt.Sprintf("%d rounds", sc.Rounds)
		if sc.RoundsHeld < sc.Rounds {
			rounds = fmt.Sprintf("%d of %d rounds", sc.RoundsHeld, sc.Rounds)
		}
		fmt.Fprintf(&b, "\n%s\n", wrap(fmt.Sprintf("%s: %s, %s, %s", sc.Name, batchOf(sc), sc.Target, rounds)))
		fmt.Fprintln(&b, p(text.Bold, wrap(sc.Verdict)))
		writeBars(&b, sc, p)
		fmt.Fprintf(&b, "\n%s\n", trimLines(strategyTable(sc, speedColumnsOf(sc), narrowCell(sc, p)).Render()))
		fmt.Fprintf(&b, "\n%s\n", trimLines(strategyTable(sc, shownCosts(sc), narrowCell(sc, p)).Render()))
		if t := tenantTable(sc, func(name string) string { return strings.Join(breakName(name, nameWidth), "\n") }); t != nil {
			fmt.Fprintf(&b, "\n%s\n", trimLines(t.Render()))
		}
		writeURLs(&b, sc.URLs)
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(&b)
			}
			fmt.Fprintln(&b, wrap(line))
		}
	}
	if t := capacityTable(s, func(text string) string { return strings.Join(breakName(text, nameWidth), "\n") }); t != nil {
		fmt.Fprintf(&b, "\n%s\n", trimLines(t.Render()))
	}
	explained := legendOf(s)
	if saysMoreRounds(s) {
		explained += " undecided+4: about 4 more rounds would probably decide it."
	}
	fmt.Fprintf(&b, "\n%s\n", wrap(explained))
	list := func(head string, items []string, p func(s string) string) {
		if len(items) == 1 {
			fmt.Fprintf(&b, "\n%s\n", p(wrap(head+": "+items[0])))
		}
		if len(items) > 1 {
			fmt.Fprintf(&b, "\n%s\n", p(head+":"))
		}
		for _, item := range summary.Several(items) {
			fmt.Fprintln(&b, p(indented(item)))
		}
	}
	list("failed", s.Failures, func(s string) string { return p(text.FgRed, s) })
	list("warning", s.Warnings, func(s string) string { return s })
	_, err := io.WriteString(w, b.String())
	return err
}

// shownURLs is the maximum number of URLs shown, failed ones first.
const shownURLs = 20

// writeURLs writes the results of each URL and the reasons for its failures.
func writeURLs(b *strings.Builder, urls []summary.URL) {
	if len(urls) == 0 {
		return
	}
	urls = slices.Clone(urls)
	slices.SortStableFunc(urls, func(a, b summary.URL) int { return cmp.Compare(b.Attempts-b.OK, a.Attempts-a.OK) })
	fmt.Fprintf(b, "\n      ok of      bytes   median  URL\n")
	for _, u := range urls[:min(len(urls), shownURLs)] {
		line := fmt.Sprintf("%5d %5d %9s %8s  ", u.OK, u.Attempts, quantity.Compact(quantity.Bytes(float64(u.Bytes))), quantity.Compact(quantity.Optional(u.Service, quantity.Seconds)))
		fmt.Fprintf(b, "%s%s\n", line, shorten(u.URL, screen-len(line)))
		if len(u.Errors) > 0 {
			indent := strings.Repeat(" ", len(line))
			causes := trimLines(text.WrapSoft(tally(u.Errors), screen-len(line)))
			fmt.Fprintf(b, "%s%s\n", indent, strings.ReplaceAll(causes, "\n", "\n"+indent))
		}
	}
	if more := len(urls) - shownURLs; more > 0 {
		fmt.Fprintf(b, "%d more with no more failures; summary.md has all\n", more)
	}
}

// shorten cuts the middle of a text that is wider than width.
func shorten(s string, width int) string {
	letters := []rune(s)
	if len(letters) <= width {
		return s
	}
	half := (width - 1) / 2
	return string(letters[:width-1-half]) + "…" + string(letters[len(letters)-half:])
}

// wrap breaks a text at its spaces into lines that fit the screen.
func wrap(s string) string { return trimLines(text.WrapSoft(s, screen)) }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// shownCosts are the cost columns with content: failed and lost tasks only if there are any,
// goroutines only if they were counted.
func shownCosts(sc *summary.Scenario) []column {
	failed, lost := 0, 0
	for _, s := range sc.Strategies {
		failed += s.Failed
		lost += s.Lost
	}
	var out []column
	for _, c := range costColumns {
		if c.key == failedColumn.key && failed == 0 || c.key == lostColumn.key && lost == 0 || c.key == "goroutines" && !countsGoroutines(sc) {
			continue
		}
		out = append(out, c)
	}
	return out
}

// writeBars draws a bar for each strategy, as long as its makespan, with a mark at the lower
// bound of the makespan. A strategy with too many failed tasks has no bar, because its
// makespan is for less work.
func writeBars(b *strings.Builder, sc *summary.Scenario, p paint) {
	barred := func(s *summary.Strategy) bool { return s.Makespan != nil && s.Failure != summary.FailedTasks }
	most := 0.0
	for _, s := range sc.Strategies {
		if barred(s) {
			most = max(most, s.Makespan.Median)
		}
	}
	if most == 0 {
		return
	}
	fmt.Fprintln(b)
	at := func(v float64) int { return int(v/most*barWidth + 0.5) }
	marked := false
	for _, s := range sc.Strategies {
		if !barred(s) {
			continue
		}
		bar := []rune(strings.Repeat("█", max(at(s.Makespan.Median), 1)))
		if s.Bound != nil {
			marked = true
			if i := at(*s.Bound) - 1; i >= 0 && i < len(bar) {
				bar[i] = '▓'
			}
		}
		line := string(bar)
		if s.Strategy == sc.Best {
			line = p(text.FgGreen, line)
		}
		name := breakName(s.Strategy, nameWidth)
		fmt.Fprintf(b, "%-*s %s %s\n", nameWidth, name[0], line, quantity.Compact(quantity.Seconds(s.Makespan.Median)))
		for _, more := range name[1:] {
			fmt.Fprintln(b, more)
		}
	}
	if marked {
		fmt.Fprintf(b, "%-*s ▓ lower bound\n", nameWidth, "")
	}
}

// trimLines removes trailing blanks from lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
