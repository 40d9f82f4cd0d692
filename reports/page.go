package reports

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/figure"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/internal/charts"
	"github.com/fanbench/fanbench/reports/summary"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"first": func(text string) string {
		first, _, _ := strings.Cut(text, ". ")
		return strings.TrimSuffix(first, ".") + "."
	},
	"listed":   summary.Listed,
	"few":      func(lines []string) bool { return len(lines) <= fewLines },
	"counted":  func(n int, noun string) string { return quantity.Counted(float64(n), noun) },
	"rest":     func(text string) string { _, rest, _ := strings.Cut(text, ". "); return rest },
	"sentence": func(title string) string { return strings.TrimSuffix(title, "?") + "." },
	// The parameters of a strategy may go on the next line; "fixed-pool" may not be broken.
	"broken": func(name string) template.HTML {
		return template.HTML(strings.NewReplacer(":", ":<wbr>", ",", ",<wbr>").Replace(template.HTMLEscapeString(name)))
	},
}).Parse(pageText))

// pageData is the input of the page's template.
type pageData struct {
	Summary     *summary.Run
	Colors      template.CSS // of the charts
	Advice      []pageAdvice
	Failed      []pageFailures
	Status      string // "" for a complete and valid run
	Legend      string
	Command     string
	Matrix      *pageMatrix // nil for a run of one scenario
	Charts      []pageChart // charts of the whole run
	Scenarios   []pageScenario
	Environment []pageFact
}

// pageAdvice is the advice of `fanbench advise` in short; advice.md has the details.
type pageAdvice struct {
	Text string
	Why  []string
}

// pageFailures are the failures of a scenario.
type pageFailures struct {
	Scenario string
	Summary  string // "12 of 13 strategies failed: panic (11), lost work (1)"
	Kinds    []pageFailure
}

// pageFailure is a kind of failure, and what went wrong with the first strategy of it.
type pageFailure struct{ Kind, Strategies, Of, Trouble string }

type pageScenario struct {
	Summary *summary.Scenario
	Table   pageTable
	URLs    *pageTable // nil if the scenario has no list of URLs
	Charts  []pageChart
	Absent  []string // reasons for missing charts

	Conclusions []string
}

// pageTable is a sortable table; Value is the sort key of a cell.
type pageTable struct {
	Caption string
	Heads   []pageHead
	Rows    []pageRow
}

type (
	pageHead struct {
		Name string
		Text bool
	}
	pageRow struct {
		Class string
		Cells []pageCell
	}
	pageCell struct{ Text, Value, Class string }
	pageFact struct{ Name, Value string }
)

type pageChart struct {
	Title, Told, Caption string
	Drawing              template.HTML // SVG, whose colours are those of Colors
	Height               int           // for a width of figure.Width
}

type pageMatrix struct {
	Scenarios []string
	Rows      []pageMatrixRow
}

type pageMatrixRow struct {
	Strategy string
	Cells    []pageMatrixCell
}

type pageMatrixCell struct{ Class, Text, Note string }

// page is index.html: a single file that needs no network.
func page(s *summary.Run) ([]byte, error) {
	drawn, colors, err := pageCharts(s)
	if err != nil {
		return nil, fmt.Errorf("drawing the page's charts: %w", err)
	}
	d := pageData{
		Summary: s, Colors: colors, Charts: drawn[""], Status: s.StatusLine(), Legend: legendOf(s), Command: shellCommand(s.Command),
		Matrix: newPageMatrix(s), Environment: environment(s),
	}
	d.Failed = pageFailuresOf(s)
	for _, a := range advices(s) {
		d.Advice = append(d.Advice, pageAdvice{Text: a.Summary, Why: a.Reasoning()})
	}
	for _, sc := range s.Scenarios {
		d.Scenarios = append(d.Scenarios, pageScenario{
			Summary: sc, Table: newPageTable(sc), URLs: newURLPageTable(sc), Charts: drawn[sc.Name], Absent: charts.Absent(sc), Conclusions: conclusions(sc),
		})
	}
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, d); err != nil {
		return nil, fmt.Errorf("writing the page: %w", err)
	}
	return out.Bytes(), nil
}

// pageCharts are the charts of a page, by scenario; "" has those of the whole run. Those that
// the page shows as a table are left out. css are the rules of their colours.
func pageCharts(s *summary.Run) (of map[string][]pageChart, css template.CSS, err error) {
	light, dark := charts.Pictures(s, charts.NewPalette(s, figure.Light)), charts.Pictures(s, charts.NewPalette(s, figure.Dark))
	of = map[string][]pageChart{}
	var colors figure.Colors
	for i, pic := range light {
		if pic.Chart.Table {
			continue
		}
		text, err := figure.Inline(pic.Figure, dark[i].Figure, &colors)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", pic.File(), err)
		}
		of[pic.Scenario] = append(of[pic.Scenario], pageChart{
			Title: pic.Figure.Title, Told: pic.Figure.Told, Caption: pic.Chart.Caption, Drawing: template.HTML(text), Height: int(pic.Figure.FullHeight()),
		})
	}
	return of, template.CSS(colors.CSS()), nil
}

// fewLines is how many lines the page shows at once.
const fewLines = 3

// pageFailuresOf groups the failures by scenario and kind, the most frequent kind first.
func pageFailuresOf(s *summary.Run) (out []pageFailures) {
	for _, sc := range s.Scenarios {
		kinds := map[string][]*summary.Strategy{}
		failed := 0
		for _, st := range sc.Strategies {
			if st.Failure != "" {
				kinds[st.Failure] = append(kinds[st.Failure], st)
				failed++
			}
		}
		if failed == 0 {
			continue
		}
		f := pageFailures{Scenario: sc.Name}
		var counts []string
		for _, kind := range slices.SortedFunc(maps.Keys(kinds), func(a, b string) int {
			return cmp.Or(cmp.Compare(len(kinds[b]), len(kinds[a])), cmp.Compare(a, b))
		}) {
			names := make([]string, len(kinds[kind]))
			for i, st := range kinds[kind] {
				names[i] = st.Strategy
			}
			k := pageFailure{Kind: kind, Strategies: strings.Join(summary.Names(names), ", "), Trouble: kinds[kind][0].Trouble}
			if len(names) > 1 {
				k.Of = names[0]
			}
			f.Kinds = append(f.Kinds, k)
			counts = append(counts, fmt.Sprintf("%s (%d)", kind, len(names)))
		}
		f.Summary = fmt.Sprintf("%d of %d strategies failed: %s", failed, len(sc.Strategies), strings.Join(counts, ", "))
		out = append(out, f)
	}
	return out
}

func newPageTable(sc *summary.Scenario) pageTable {
	t := pageTable{Caption: "Strategies on " + sc.Name + ", fastest first"}
	for _, c := range pageColumnsOf(sc) {
		t.Heads = append(t.Heads, pageHead{headOf(c, sc), c.text})
	}
	for _, s := range sc.Strategies {
		row := pageRow{}
		if s.Strategy == sc.Best {
			row.Class = "pick"
		}
		for _, c := range pageColumnsOf(sc) {
			cell := pageCell{Text: c.cell(sc, s)}
			switch {
			case c.text:
				cell.Value, cell.Class = cell.Text, "text"
				if c.key == verdictColumn.key && s.Failure != "" {
					cell.Class = "text failed"
				}
			default:
				cell.Value = sortValue(c.value(sc, s))
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// sortValue is a sort key, "" if the figure is unknown.
func sortValue(v *float64) string {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}

func newURLPageTable(sc *summary.Scenario) *pageTable {
	if len(sc.URLs) == 0 {
		return nil
	}
	t := &pageTable{Caption: "URLs of " + sc.Name}
	for _, c := range urlColumns {
		t.Heads = append(t.Heads, pageHead{c.head, c.text})
	}
	for _, u := range sc.URLs {
		row := pageRow{}
		for _, c := range urlColumns {
			cell := pageCell{Text: c.cell(u)}
			cell.Value = cell.Text
			if c.text {
				cell.Class = "long"
			} else {
				cell.Value = sortValue(c.value(u))
			}
			row.Cells = append(row.Cells, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func newPageMatrix(s *summary.Run) *pageMatrix {
	scenarios := s.Concluded()
	if len(scenarios) < 2 {
		return nil
	}
	m := &pageMatrix{}
	for _, sc := range scenarios {
		head := sc.Name
		if sc.TooFewRounds {
			head += " (too few rounds to compare)"
		}
		m.Scenarios = append(m.Scenarios, head)
	}
	for _, name := range summary.ByStanding(s) {
		row := pageMatrixRow{Strategy: name}
		for _, sc := range scenarios {
			row.Cells = append(row.Cells, newPageMatrixCell(sc, sc.Find(name)))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

func newPageMatrixCell(sc *summary.Scenario, st *summary.Strategy) pageMatrixCell {
	if st == nil {
		return pageMatrixCell{Class: "hole", Text: "not run"}
	}
	cell := pageMatrixCell{Text: quantity.Unknown, Note: st.Note()}
	if st.Failure != "" {
		cell.Class, cell.Text = "failed", st.Failure
		return cell
	}
	if t := sc.TimesBest(st); !math.IsNaN(t) {
		cell.Text = quantity.Figure(t) + "×"
	} else if sc.TooFewRounds && st.Makespan != nil {
		cell.Text = quantity.Seconds(st.Makespan.Median)
	}
	if sc.LikeBest(st) {
		cell.Text += " ="
	}
	if st.Strategy == sc.Best {
		cell.Class = "pick"
	}
	return cell
}

// environment describes where and how a run was measured.
func environment(s *summary.Run) []pageFact {
	e := s.Environment
	facts := []pageFact{
		{"fanbench", s.Fanbench},
		{"measured", s.Started.Format(time.RFC3339)},
		{"host", e.Host},
		{"processor", fmt.Sprintf("%s, %d CPUs, GOMAXPROCS %d", e.CPU, e.CPUs, e.GOMAXPROCS)},
		{"system", strings.TrimSpace(fmt.Sprintf("%s/%s %s", e.OS, e.Arch, e.Kernel))},
		{"Go", e.Go},
		{"load", fmt.Sprintf("%.2f before, %.2f after; %s stolen by the hypervisor", e.LoadBefore, e.LoadAfter, quantity.Percent(e.Steal))},
		{"isolation", map[bool]string{true: "each strategy in its own process", false: "all in one process"}[s.Isolated]},
	}
	if !s.Ended.IsZero() {
		facts = append(facts, pageFact{"took", s.Ended.Sub(s.Started).Round(time.Second).String()})
	}
	if len(s.Machines) > 0 {
		facts = append(facts, pageFact{"machines", strings.Join(s.Machines, "; ")})
	}
	if e.Governor != "" {
		facts = append(facts, pageFact{"CPU governor", e.Governor})
	}
	return facts
}

// shellCommand quotes a command for the shell.
func shellCommand(args []string) string {
	quoted := make([]string, len(args))
	for i, a := range args {
		quoted[i] = a
		if a == "" || strings.ContainsFunc(a, func(r rune) bool {
			return !strings.ContainsRune("-_=:,./%+@", r) && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		}) {
			quoted[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
