package compare

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"golang.org/x/perf/benchunit"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
)

// Formats are the forms that a report can be written in, by name.
var Formats = map[string]func(*Report, io.Writer) error{
	"text":     (*Report).text,
	"json":     (*Report).json,
	"markdown": (*Report).markdown,
	"junit":    (*Report).junit,
	"github":   (*Report).github,
}

// text is for people: the outcome, why, and the table.
func (r *Report) text(w io.Writer) error {
	t := r.verdicts()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	fmt.Fprintln(w, r.Line())
	if len(r.Benchmarks) > 0 {
		fmt.Fprintf(w, "\n%s\n\n", t.Render())
	}
	for _, b := range r.Benchmarks {
		if b.Outcome != Pass && len(r.Reasons) == 0 { // they are in the first line
			fmt.Fprintf(w, "%s: %s %s: %s\n", b.Outcome, b.Name, b.Unit, b.Why)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	if len(r.table.Tables) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\nAs benchstat has it, unpaired:\n\n")
	return r.table.Text(w)
}

// markdown is for a pull request's comment.
func (r *Report) markdown(w io.Writer) error {
	fmt.Fprintf(w, "**%s**\n\nBASE: `%s`, HEAD: `%s`\n", r.Line(), r.Base, r.Head)
	if len(r.Benchmarks) > 0 {
		fmt.Fprintf(w, "\n%s\n", r.verdicts().RenderMarkdown())
	}
	for i, n := range r.Notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "- %s\n", n)
	}
	if len(r.table.Tables) == 0 {
		return nil
	}
	fmt.Fprint(w, "\n<details><summary>As benchstat has it, unpaired</summary>\n\n")
	if err := r.table.Markdown(w); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "\n</details>\n")
	return err
}

func (r *Report) verdicts() table.Writer {
	t := table.NewWriter()
	t.SetColumnConfigs([]table.ColumnConfig{
		{Number: 2, Align: text.AlignRight}, {Number: 3, Align: text.AlignRight}, {Number: 4, Align: text.AlignRight}, {Number: 5, Align: text.AlignRight},
	})
	t.AppendHeader(table.Row{"benchmark", "base", "head", "difference [95%]", "n", "verdict", "outcome"})
	for _, b := range r.Benchmarks {
		n := fmt.Sprint(b.Comparison.Rounds)
		if !b.Paired && b.Base.N != b.Head.N {
			n = fmt.Sprintf("%d+%d", b.Base.N, b.Head.N)
		}
		if b.Paired {
			n += " pairs"
		}
		t.AppendRow(table.Row{
			b.Name + " " + b.Unit, b.scale(b.Base), b.scale(b.Head), b.ratio(), n, b.verdict(), string(b.Outcome),
		})
	}
	return t
}

// verdict writes the verdict; what is not paired by rounds has values.
func (b Benchmark) verdict() string {
	if b.Comparison.Verdict == stat.TooFew && !b.Paired {
		return "too few values"
	}
	return quantity.Verdict(&b.Comparison)
}

// scale writes a median in the unit that suits it.
func (b Benchmark) scale(s Sample) string {
	if s.N == 0 {
		return quantity.Unknown
	}
	return benchunit.Scale(s.Median, benchunit.ClassOf(b.Unit))
}

// ratio writes the difference of HEAD from BASE: "+6.3% [+5.0%, +7.5%]".
func (b Benchmark) ratio() string {
	c := b.Comparison
	if math.IsNaN(c.Ratio) {
		return quantity.Unknown
	}
	return fmt.Sprintf("%s [%s, %s]", difference(c.Ratio), difference(c.Interval.Low), difference(c.Interval.High))
}

func difference(ratio float64) string {
	if math.IsInf(ratio, 1) {
		return "∞"
	}
	return fmt.Sprintf("%+.1f%%", 100*(ratio-1))
}

func (r *Report) json(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// junit is what continuous integration shows as tests: a regression fails, and what
// cannot be told is skipped.
func (r *Report) junit(w io.Writer) error {
	type message struct {
		Message string `xml:"message,attr"`
	}
	type testCase struct {
		Class   string   `xml:"classname,attr"`
		Name    string   `xml:"name,attr"`
		Failure *message `xml:"failure"`
		Error   *message `xml:"error"`
		Skipped *message `xml:"skipped"`
		Output  string   `xml:"system-out,omitempty"`
	}
	type suite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Errors   int        `xml:"errors,attr"`
		Skipped  int        `xml:"skipped,attr"`
		Cases    []testCase `xml:"testcase"`
	}
	s := suite{Name: "fanbench compare"}
	for _, why := range r.Reasons {
		s.Errors++
		s.Cases = append(s.Cases, testCase{Class: "fanbench.compare", Name: "comparable", Error: &message{why}})
	}
	for _, b := range r.Benchmarks {
		c := testCase{Class: "fanbench.compare", Name: b.Name + " " + b.Unit}
		switch b.Outcome {
		case Regression:
			s.Failures++
			c.Failure = &message{b.Why}
		case CannotTell:
			s.Skipped++
			c.Skipped = &message{b.Why}
		default:
			c.Output = b.Why
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(s); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// github is in GitHub's workflow commands, which it shows beside the change.
func (r *Report) github(w io.Writer) error {
	var b strings.Builder
	for _, n := range r.Notes {
		command(&b, "notice", "fanbench", n)
	}
	for _, why := range r.Reasons {
		command(&b, "warning", "fanbench cannot tell", why)
	}
	for _, x := range r.Benchmarks {
		switch x.Outcome {
		case Regression:
			command(&b, "error", "Regression", x.Name+" "+x.Unit+": "+x.Why)
		case CannotTell:
			if len(r.Reasons) > 0 {
				continue // the reasons are of all
			}
			command(&b, "warning", "fanbench cannot tell", x.Name+" "+x.Unit+": "+x.Why)
		}
	}
	fmt.Fprintln(&b, r.Line())
	_, err := io.WriteString(w, b.String())
	return err
}

var (
	escapeMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func command(w io.Writer, name, title, message string) {
	fmt.Fprintf(w, "::%s title=%s::%s\n", name, escapeProperty.Replace(title), escapeMessage.Replace(message))
}
