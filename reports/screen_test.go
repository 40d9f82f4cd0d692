package reports

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/internal/advice"
	"github.com/fanbench/fanbench/internal/screen"
)

// longNames gives the strategies of a report names as long as they become.
func longNames(r Report) *Report {
	names := map[string]string{}
	renamed := func(name string) string {
		if names[name] == "" && name != "" {
			names[name] = "failsafe-adaptive-shared:max=200,initial=20,window=" + strconv.Itoa(1+len(names)) + "s"
		}
		return names[name]
	}
	s := *r.Summary
	s.Scenarios = nil
	for _, sc := range r.Summary.Scenarios {
		c := *sc
		c.Baseline, c.Best = renamed(c.Baseline), renamed(c.Best)
		c.Strategies = nil
		for _, st := range sc.Strategies {
			n := *st
			n.Strategy = renamed(n.Strategy)
			c.Strategies = append(c.Strategies, &n)
		}
		s.Scenarios = append(s.Scenarios, &c)
	}
	s.Capacities = nil
	for _, c := range r.Summary.Capacities {
		c.Strategy = renamed(c.Strategy)
		s.Capacities = append(s.Capacities, c)
	}
	r.Summary = &s
	return &r
}

// tooWide returns the lines that are wider than the terminal, without those that are only a path
// or URL, or the command to print all, which people copy.
func tooWide(text string, width int) (lines []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		copied := !strings.Contains(strings.TrimSpace(line), " ") && strings.Contains(line, "/") || strings.HasPrefix(line, "  fanbench report --verbose ")
		if screen.Width(line) > width && !copied {
			lines = append(lines, line)
		}
	}
	return lines
}

// Everything that is printed of a run fits the terminal, with short and with long names.
func TestWhatIsPrintedFits(t *testing.T) {
	for _, columns := range []int{60, 80, 200} {
		t.Setenv("COLUMNS", strconv.Itoa(columns))
		for _, name := range []string{"run", "urls", "load", "recorded"} {
			for what, r := range map[string]*Report{name: rendered(t, name), name + ", long names": longNames(*rendered(t, name))} {
				for _, verbose := range []bool{false, true} {
					report := *r
					report.verbose = verbose
					text := printed(t, &report)
					for _, line := range tooWide(text, columns) {
						if verbose && strings.Contains(line, "http://") { // a URL is whole, beside its figures
							continue
						}
						t.Errorf("%s at %d columns: %d wide: %s", what, columns, screen.Width(line), line)
					}
					if strings.Contains(text, "\x1b") {
						t.Errorf("%s: colour without a terminal", what)
					}
				}
			}
		}
	}
}

// Nothing is lost when a table is narrow: it has the figures that it has when it is wide.
func TestNarrowTablesHaveEveryFigure(t *testing.T) {
	for _, sc := range longNames(*rendered(t, "run")).Summary.Scenarios {
		table := strategyTable(sc, speedColumnsOf(sc), narrowCell(sc, screen.Screen{}))
		narrow := strings.Join(strings.Fields(table.Text(60)), "")
		for _, row := range table.Rows {
			for _, cell := range row {
				if !strings.Contains(narrow, strings.Join(strings.Fields(cell), "")) {
					t.Errorf("%s: %s is missing in\n%s", sc.Name, cell, table.Text(60))
				}
			}
		}
	}
}

// Advice fits too.
func TestAdviceFits(t *testing.T) {
	for _, columns := range []int{60, 80} {
		t.Setenv("COLUMNS", strconv.Itoa(columns))
		for _, name := range []string{"run", "recorded"} {
			s := rendered(t, name).Summary
			list := advice.Of(s)
			for _, a := range list {
				for _, c := range a.Candidates {
					c.Strategy = "failsafe-adaptive-shared:max=200,initial=20,window=1s"
				}
			}
			list = append(list, &advice.Advice{Summary: "Use it.", Load: &advice.Load{
				Promise: "p99<=250ms",
				Decided: []advice.LoadCandidate{{Strategy: "failsafe-adaptive-shared:max=200,initial=20,window=1s", Scope: "process", Promised: &results.Promised{}, Capacity: "between 120/s and 480/s"}},
			}})
			var b bytes.Buffer
			if err := AdviceFormats["text"](&b, list); err != nil {
				t.Fatal(err)
			}
			for _, line := range tooWide(b.String(), columns) {
				t.Errorf("%s at %d columns: %s", name, columns, line)
			}
		}
	}
}
