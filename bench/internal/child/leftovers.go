package child

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// Leftovers are processes that a strategy has left behind and that had to be killed.
type Leftovers struct {
	Processes []string // the names of those that it had started
	Itself    bool     // its worker did not end when asked
}

func (l *Leftovers) Add(more Leftovers) {
	l.Processes = append(l.Processes, more.Processes...)
	l.Itself = l.Itself || more.Itself
}

// Texts returns what was left behind, as predicates of the strategy.
func (l Leftovers) Texts() (list []string) {
	switch n := len(l.Processes); {
	case n == 1:
		list = append(list, fmt.Sprintf("left a process behind that it had started (%s); it was killed", l.names()))
	case n > 1:
		list = append(list, fmt.Sprintf("left %d processes behind that it had started (%s); they were killed", n, l.names()))
	}
	if l.Itself {
		list = append(list, "did not end its process when asked; it was killed")
	}
	return list
}

// names returns the names of the processes, each once, the most frequent first.
func (l Leftovers) names() string {
	count := map[string]int{}
	for _, name := range l.Processes {
		count[name]++
	}
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		if count[a] != count[b] {
			return count[b] - count[a]
		}
		return strings.Compare(a, b)
	})
	if len(names) > mostNames {
		names = append(names[:mostNames], "...")
	}
	return quote.Plain(strings.Join(names, ", "))
}

// mostNames is the maximum number of names in a message.
const mostNames = 5
