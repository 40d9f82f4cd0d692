package reports

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/reports/summary"
)

// Widths of the bar chart, in columns.
const (
	barName  = 24 // of a strategy's name
	barValue = 10 // of the makespan behind the bar
	barLeast = 40 // of the longest bar, if there is room
)

// Print writes the report for a terminal: for each scenario the verdict, a bar chart in text and
// the tables of speed and cost, and last the path of the file to read first. Options.Verbose
// adds the whole legend, every failure, warning, URL and file.
func (r *Report) Print(w io.Writer) error {
	on := screen.Of(w)
	var b strings.Builder
	r.printSummary(&b, on)
	if len(r.benchstat) > 0 {
		fmt.Fprintf(&b, "\n%s\n", on.Wrap("benchstat on the same figures (unpaired, Mann-Whitney):"))
	}
	for _, t := range r.benchstat {
		fmt.Fprintf(&b, "\n%s\n%s\n", on.Wrap(t.scenario), t.Text(on.Width))
	}
	if r.verbose {
		fmt.Fprintf(&b, "\n%s\n", strings.Join(r.listing(), "\n"))
	} else {
		fmt.Fprintf(&b, "\n%s\n", on.Wrap("Written: "+r.contents()+"."))
		fmt.Fprintf(&b, "All columns explained, all failures and warnings:\n  %s\n", shellCommand([]string{"fanbench", "report", "--verbose", r.dir}))
		fmt.Fprintf(&b, "To read first:\n%s\n", r.Start())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) printSummary(b *strings.Builder, on screen.Screen) {
	s := r.Summary
	if status := s.StatusLine(); status != "" {
		fmt.Fprintln(b, on.Paint(text.FgRed, on.Wrap(status)))
		reasons := s.StatusList()
		if r.verbose && len(reasons) > 0 {
			reasons = s.Reasons
		}
		for _, reason := range reasons {
			fmt.Fprintln(b, on.Paint(text.FgRed, on.Item(reason)))
		}
	}
	for _, a := range advices(s) {
		fmt.Fprintf(b, "\n%s\n", on.Paint(text.Bold, on.Wrap(a.Summary+" (fanbench advise "+s.Run+" says why)")))
	}
	for _, sc := range s.Scenarios {
		rounds := fmt.Sprintf("%d rounds", sc.Rounds)
		if sc.RoundsHeld < sc.Rounds {
			rounds = fmt.Sprintf("%d of %d rounds", sc.RoundsHeld, sc.Rounds)
		}
		fmt.Fprintf(b, "\n%s\n", on.Wrap(fmt.Sprintf("%s: %s, %s, %s", sc.Name, batchOf(sc), sc.Target, rounds)))
		fmt.Fprintln(b, on.Paint(text.Bold, on.Wrap(sc.Verdict)))
		writeBars(b, sc, on)
		fmt.Fprintf(b, "\n%s\n", strategyTable(sc, speedColumnsOf(sc), narrowCell(sc, on)).Text(on.Width))
		fmt.Fprintf(b, "\n%s\n", strategyTable(sc, shownCosts(sc), narrowCell(sc, on)).Text(on.Width))
		if t := tenantTable(sc); t != nil {
			fmt.Fprintf(b, "\n%s\n", t.Text(on.Width))
		}
		r.writeURLs(b, sc.URLs, on)
		for i, line := range conclusions(sc) {
			if i == 0 {
				fmt.Fprintln(b)
			}
			fmt.Fprintln(b, on.Wrap(line))
		}
	}
	if t := capacityTable(s); t != nil {
		fmt.Fprintf(b, "\n%s\n", t.Text(on.Width))
	}
	fmt.Fprintf(b, "\n%s\n", on.Wrap(r.explained()))
	list := func(head string, items []string, p func(s string) string) {
		if len(items) == 1 {
			fmt.Fprintf(b, "\n%s\n", p(on.Wrap(head+": "+items[0])))
			return
		}
		if len(items) > 1 {
			fmt.Fprintf(b, "\n%s\n", p(head+":"))
		}
		if !r.verbose {
			items = summary.Listed(items)
		}
		for _, item := range items {
			fmt.Fprintln(b, p(on.Item(item)))
		}
	}
	list("failed", s.Failures, func(s string) string { return on.Paint(text.FgRed, s) })
	list("warning", s.Warnings, func(s string) string { return s })
}

// explained is the legend.
func (r *Report) explained() string {
	rounds := ""
	if saysMoreRounds(r.Summary) {
		rounds = " undecided+4: about 4 more rounds would probably decide it."
	}
	if r.verbose {
		return legendOf(r.Summary) + rounds
	}
	return shortLegendOf(r.Summary) + rounds
}

// contents names the files of the report, except the one to read first.
func (r *Report) contents() string {
	var names []string
	for _, path := range r.listing() {
		if path != r.Start() {
			names = append(names, strings.TrimPrefix(path, r.dir+string(filepath.Separator)))
		}
	}
	return strings.Join(names, ", ")
}

// shownURLs is the maximum number of URLs shown, failed ones first.
const shownURLs = 20

// writeURLs writes the results of each URL and the reasons for its failures.
func (r *Report) writeURLs(b *strings.Builder, urls []summary.URL, on screen.Screen) {
	if len(urls) == 0 {
		return
	}
	urls = slices.Clone(urls)
	slices.SortStableFunc(urls, func(a, b summary.URL) int { return cmp.Compare(b.Attempts-b.OK, a.Attempts-a.OK) })
	shown, cut := urls, false
	if !r.verbose {
		shown = urls[:min(len(urls), shownURLs)]
	}
	fmt.Fprintf(b, "\n      ok of      bytes   median  URL\n")
	for _, u := range shown {
		line := fmt.Sprintf("%5d %5d %9s %8s  ", u.OK, u.Attempts, quantity.Compact(quantity.Bytes(float64(u.Bytes))), quantity.Compact(quantity.Optional(u.Service, quantity.Seconds)))
		url := u.URL
		if !r.verbose {
			url = screen.Shorten(url, on.Width-len(line))
			cut = cut || url != u.URL
		}
		fmt.Fprintf(b, "%s%s\n", line, url)
		if len(u.Errors) > 0 {
			fmt.Fprintln(b, on.Hang(strings.Repeat(" ", len(line)), tally(u.Errors)))
		}
	}
	if more := len(urls) - len(shown); more > 0 {
		fmt.Fprintln(b, on.Wrap(fmt.Sprintf("%d more with no more failures; summary.md has all", more)))
	}
	if cut {
		fmt.Fprintln(b, on.Wrap("URLs with … are shortened; summary.md has them"))
	}
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
func writeBars(b *strings.Builder, sc *summary.Scenario, on screen.Screen) {
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
	longest := min(max(on.Width/2, barLeast), on.Width-barName-barValue-2)
	at := func(v float64) int { return int(v/most*float64(longest) + 0.5) }
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
			line = on.Paint(text.FgGreen, line)
		}
		name := screen.Break(s.Strategy, barName)
		fmt.Fprintf(b, "%-*s %s %s\n", barName, name[0], line, quantity.Compact(quantity.Seconds(s.Makespan.Median)))
		for _, more := range name[1:] {
			fmt.Fprintln(b, more)
		}
	}
	if marked {
		fmt.Fprintf(b, "%-*s ▓ lower bound\n", barName, "")
	}
}
