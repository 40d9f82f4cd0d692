package worker

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// panicking are tasks some of which panic after their work, like a bug in the code that
// handles an answer.
type panicking struct {
	tasks
	at []latency.TaskRange
}

func (p panicking) do(ctx context.Context, i int, r *strategies.Record) error {
	err := p.tasks.do(ctx, i, r)
	if slices.ContainsFunc(p.at, func(at latency.TaskRange) bool { return at.Has(i) }) {
		panic(fmt.Sprintf("task %d panics, as workload.panics says", i))
	}
	return err
}

// readTasks reads numbers of tasks as a job has them: "7,9-12".
func readTasks(text string) (list []latency.TaskRange, err error) {
	for item := range strings.SplitSeq(text, ",") {
		r, err := latency.ParseTaskRange(item)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}
