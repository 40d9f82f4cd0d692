package cmd

import (
	"fmt"
	"io"
	"strings"

	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/compare"
	"github.com/fanbench/fanbench/internal/junit"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
)

var compareFormats = formats[*compare.Report]{
	"text":     compareText,
	"json":     writeJSON[*compare.Report],
	"markdown": compareMarkdown,
	"junit":    compareJUnit,
	"github":   compareGitHub,
}

// compareText is for people: the outcome, why, and the table.
func compareText(w io.Writer, r *compare.Report) error {
	on := screen.Of(w)
	fmt.Fprintln(w, on.Wrap(r.Line()))
	if len(r.Benchmarks) > 0 {
		fmt.Fprintf(w, "\n%s\n\n", compareTable(r).Text(on.Width))
	}
	for _, b := range r.Benchmarks {
		if b.Outcome != compare.Pass && len(r.Reasons) == 0 { // the reasons are in the first line
			fmt.Fprintln(w, on.Wrap(fmt.Sprintf("%s: %s %s: %s", b.Outcome, b.Name, b.Unit, b.Why)))
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintln(w, on.Wrap("note: "+n))
	}
	if len(r.Table.Tables) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nUnpaired, as benchstat compares:\n\n")
	return r.Table.Text(w, on.Width)
}

// compareMarkdown is for a comment on a pull request.
func compareMarkdown(w io.Writer, r *compare.Report) error {
	fmt.Fprintf(w, "**%s**\n\nBASE: `%s`, HEAD: `%s`\n", r.Line(), r.Base, r.Head)
	if len(r.Benchmarks) > 0 {
		fmt.Fprintf(w, "\n%s\n", compareTable(r).Markdown())
	}
	for i, n := range r.Notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "- %s\n", n)
	}
	if len(r.Table.Tables) == 0 {
		return nil
	}
	fmt.Fprint(w, "\n<details><summary>Unpaired, as benchstat compares</summary>\n\n")
	if err := r.Table.Markdown(w); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "\n</details>\n")
	return err
}

// compareTable has a row for each benchmark.
func compareTable(r *compare.Report) *screen.Table {
	t := screen.NewTable(
		screen.Column{Head: "benchmark", Left: true}, screen.Column{Head: "base"}, screen.Column{Head: "head"}, screen.Column{Head: "difference [95%]"},
		screen.Column{Head: "n"}, screen.Column{Head: "verdict", Left: true}, screen.Column{Head: "outcome", Left: true},
	)
	for _, b := range r.Benchmarks {
		n := fmt.Sprint(b.Comparison.Rounds)
		if !b.Paired && b.Base.N != b.Head.N {
			n = fmt.Sprintf("%d+%d", b.Base.N, b.Head.N)
		}
		if b.Paired {
			n += " pairs"
		}
		t.Add(b.Name+" "+b.Unit, scaled(b, b.Base), scaled(b, b.Head), b.Change(), n, verdictOf(b), string(b.Outcome))
	}
	return t
}

// verdictOf writes the verdict. Comparisons that are not paired by rounds have values, not
// rounds.
func verdictOf(b compare.Benchmark) string {
	if b.Comparison.Verdict == stat.TooFew && !b.Paired {
		return "too few values"
	}
	return quantity.Verdict(&b.Comparison)
}

// scaled writes a median in a suitable unit.
func scaled(b compare.Benchmark, s compare.Sample) string {
	if s.N == 0 {
		return quantity.Unknown
	}
	return benchunit.Scale(s.Median, benchunit.ClassOf(b.Unit))
}

// compareJUnit writes JUnit XML, which continuous integration shows as tests: a regression
// is a failure, an inconclusive result is skipped.
func compareJUnit(w io.Writer, r *compare.Report) error {
	s := junit.Suite{Name: "fanbench compare"}
	for _, why := range r.Reasons {
		s.Cases = append(s.Cases, junit.Case{Class: "fanbench.compare", Name: "comparable", Error: junit.Because(why)})
	}
	for _, b := range r.Benchmarks {
		c := junit.Case{Class: "fanbench.compare", Name: b.Name + " " + b.Unit}
		switch b.Outcome {
		case compare.Regression:
			c.Failure = junit.Because(b.Why)
		case compare.CannotTell:
			c.Skipped = junit.Because(b.Why)
		default:
			c.Output = b.Why
		}
		s.Cases = append(s.Cases, c)
	}
	return junit.Write(w, "fanbench compare", []junit.Suite{s})
}

// compareGitHub writes GitHub's workflow commands, which it shows beside the change.
func compareGitHub(w io.Writer, r *compare.Report) error {
	var b strings.Builder
	for _, n := range r.Notes {
		workflowCommand(&b, "notice", "fanbench", n)
	}
	for _, why := range r.Reasons {
		workflowCommand(&b, "warning", "fanbench cannot tell", why)
	}
	for _, x := range r.Benchmarks {
		switch x.Outcome {
		case compare.Regression:
			workflowCommand(&b, "error", "Regression", x.Name+" "+x.Unit+": "+x.Why)
		case compare.CannotTell:
			if len(r.Reasons) > 0 {
				continue // the reasons apply to all benchmarks
			}
			workflowCommand(&b, "warning", "fanbench cannot tell", x.Name+" "+x.Unit+": "+x.Why)
		}
	}
	fmt.Fprintln(&b, r.Line())
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	escapedMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapedProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func workflowCommand(w io.Writer, name, title, message string) {
	fmt.Fprintf(w, "::%s title=%s::%s\n", name, escapedProperty.Replace(title), escapedMessage.Replace(message))
}
