package charts

import (
	"fmt"
	"strings"

	"github.com/fanbench/fanbench/reports/summary"
)

// told says what a chart shows, for readers who cannot see it: the figures of its strategies,
// in the given order. Of many strategies it says the first ones and the last.
func told(what string, list []*summary.Strategy, figure func(st *summary.Strategy) string) string {
	names, figures := make([]string, len(list)), make([]string, len(list))
	for i, st := range list {
		names[i], figures[i] = st.Strategy, figure(st)
	}
	return toldOf(what, names, figures)
}

// toldOf is told for names that are no strategies'.
func toldOf(what string, names, figures []string) string {
	const most, first = 6, 4
	var parts []string
	for i, name := range names {
		if len(names) > most && i >= first && i < len(names)-1 {
			if i == first {
				parts = append(parts, fmt.Sprintf("%d more", len(names)-first-1))
			}
			continue
		}
		parts = append(parts, name+" "+figures[i])
	}
	return what + ": " + strings.Join(parts, ", ") + "."
}
