package latency

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fanbench/fanbench/internal/quote"
)

// TaskRange is the tasks from First to Last, both included.
type TaskRange struct{ First, Last int }

// String is "3" or "3-7".
func (r TaskRange) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// Has reports whether the task is one of them.
func (r TaskRange) Has(task int) bool { return task >= r.First && task <= r.Last }

// ParseTaskRange reads what String writes.
func ParseTaskRange(text string) (TaskRange, error) {
	first, last, ranged := strings.Cut(text, "-")
	if !ranged {
		last = first
	}
	from, err := strconv.Atoi(strings.TrimSpace(first))
	to, err2 := strconv.Atoi(strings.TrimSpace(last))
	if err != nil || err2 != nil || from < 0 || to < from {
		return TaskRange{}, fmt.Errorf("%s is not a task such as 3 or a range such as 3-7", quote.Text(text))
	}
	return TaskRange{from, to}, nil
}
