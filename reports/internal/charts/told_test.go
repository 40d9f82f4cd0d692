package charts

import (
	"slices"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/reports/summary"
)

// A strategy that has a figure at no rate is named, once; one that has it at some is drawn.
func TestStrategiesWithoutACurveAreNamed(t *testing.T) {
	a, b := &summary.Strategy{Strategy: "a"}, &summary.Strategy{Strategy: "b"}
	scenarios := []*summary.Scenario{{Strategies: []*summary.Strategy{a, b}}, {Strategies: []*summary.Strategy{a, b}}}
	if got := leftOut(scenarios, []curve{{strategy: a}}); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %v", got)
	}
	if got := leftOut(scenarios, []curve{{strategy: b}, {strategy: a}}); got != nil {
		t.Errorf("got %v", got)
	}
}

func TestTheDeadlineIsTold(t *testing.T) {
	for want, c := range map[string]struct {
		seconds float64
		given   bool
	}{"within the deadline, 250 ms.": {0.25, true}, "within their deadlines.": {0, true}, "share of batches that were completed.": {0, false}} {
		if got := goodputNote(&summary.Scenario{Deadline: c.seconds}, c.given); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What a chart shows is told with figures; of many strategies the first and the last.
func TestTold(t *testing.T) {
	var list []*summary.Strategy
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		list = append(list, &summary.Strategy{Strategy: name})
	}
	figure := func(st *summary.Strategy) string { return st.Strategy + "1" }
	for n, want := range map[int]string{
		1: "Median: a a1.",
		6: "Median: a a1, b b1, c c1, d d1, e e1, f f1.",
		7: "Median: a a1, b b1, c c1, d d1, 2 more, g g1.",
	} {
		if got := told("Median", list[:n], figure); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
