package bench

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// leftovers are the processes that a strategy has left behind and that had to be killed.
type leftovers struct {
	processes []string // the names of those that it had started
	itself    bool     // its worker did not end when asked
}

func (l *leftovers) add(more leftovers) {
	l.processes = append(l.processes, more.processes...)
	l.itself = l.itself || more.itself
}

// texts are what a reader should know of them, as predicates of the strategy.
func (l leftovers) texts() (list []string) {
	switch n := len(l.processes); {
	case n == 1:
		list = append(list, fmt.Sprintf("left a process behind that it had started (%s); it was killed", l.names()))
	case n > 1:
		list = append(list, fmt.Sprintf("left %d processes behind that it had started (%s); they were killed", n, l.names()))
	}
	if l.itself {
		list = append(list, "did not end its process when asked; it was killed")
	}
	return list
}

// names are those of the processes, each once, the most frequent first.
func (l leftovers) names() string {
	count := map[string]int{}
	for _, name := range l.processes {
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

// mostNames is how many different names a message shows.
const mostNames = 5
