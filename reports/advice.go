package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/screen"
	"github.com/fanbench/fanbench/reports/summary"
)

// AdviceFormats write a run's advice: for a terminal, for a pull request, and as a list of
// JSON objects for programs (docs/advise.md).
var AdviceFormats = map[string]func(w io.Writer, list []*advice.Advice) error{
	"text":     adviceText,
	"markdown": adviceMarkdown,
	"json": func(w io.Writer, list []*advice.Advice) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(list)
	},
}

func adviceText(w io.Writer, list []*advice.Advice) error {
	on := screen.Of(w)
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		if status := a.StatusLine(); status != "" {
			fmt.Fprintf(&b, "%s\n", on.Paint(text.FgRed, on.Wrap(status)))
			for _, reason := range summary.Several(a.Reasons) {
				fmt.Fprintln(&b, on.Paint(text.FgRed, on.Item(reason)))
			}
			fmt.Fprintln(&b)
		}
		fmt.Fprintf(&b, "%s\n\n%s\n", on.Wrap(a.Batch()), on.Paint(text.Bold, on.Wrap(a.Summary)))
		sections := func(list []advice.Section) {
			for _, s := range list {
				fmt.Fprintf(&b, "\n%s\n", on.Paint(text.Bold, s.Head))
				for _, line := range s.Lines {
					fmt.Fprintln(&b, on.Item(line))
				}
			}
		}
		sections(a.Before())
		if len(a.Candidates) > 0 {
			fmt.Fprintf(&b, "\n%s\n", adviceTable(a).Text(on.Width))
		}
		if t := loadTable(a); t != nil {
			fmt.Fprintf(&b, "\n%s\n", t.Text(on.Width))
		}
		sections(a.After())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func adviceMarkdown(w io.Writer, list []*advice.Advice) error {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			fmt.Fprintln(&b)
		}
		if status := a.StatusLine(); status != "" {
			fmt.Fprintf(&b, "**%s**\n\n", status)
			if reasons := summary.Several(a.Reasons); reasons != nil {
				fmt.Fprintf(&b, "- %s\n\n", strings.Join(reasons, "\n- "))
			}
		}
		fmt.Fprintf(&b, "# %s\n\n**%s**\n", a.Batch(), a.Summary)
		sections := func(list []advice.Section) {
			for _, s := range list {
				fmt.Fprintf(&b, "\n## %s\n\n", s.Head)
				for _, line := range s.Lines {
					fmt.Fprintf(&b, "- %s\n", line)
				}
			}
		}
		sections(a.Before())
		if len(a.Candidates) > 0 {
			fmt.Fprintf(&b, "\n%s\n", adviceTable(a).Markdown())
		}
		if t := loadTable(a); t != nil {
			fmt.Fprintf(&b, "\n%s\n", t.Markdown())
		}
		sections(a.After())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// loadTable has a row for each strategy that was decided about under load, nil without one.
func loadTable(a *advice.Advice) *screen.Table {
	if a.Load == nil || len(a.Load.Decided) == 0 {
		return nil
	}
	t := screen.NewTable(words("strategy"), words("limit per"), words(a.Load.Promise), figures("median"), figures("p99"), words("highest rate [95%]"))
	for _, c := range a.Load.Decided {
		t.Add(c.Strategy, c.Scope, c.Promised.String(), quantity.Optional(c.Median, quantity.Seconds), quantity.Optional(c.P99, quantity.Seconds), c.Capacity)
	}
	return t
}

// adviceTable has a row for each candidate.
func adviceTable(a *advice.Advice) *screen.Table {
	t := screen.NewTable(words("strategy"), words("standing"), figures("makespan"), figures("x fastest [95%]"), figures("peak RSS"))
	for _, c := range a.Candidates {
		ratio := "fastest"
		if c.VsFastest != nil {
			ratio = quantity.Ratio(c.VsFastest)
		}
		t.Add(
			c.Strategy, string(c.Standing), quantity.Compact(quantity.Seconds(c.Makespan.Median)), ratio,
			quantity.Compact(quantity.Optional(c.PeakRSS, quantity.Bytes)),
		)
	}
	return t
}
