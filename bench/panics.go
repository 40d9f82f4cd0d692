package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// panicking are tasks of which some panic when they have done their work, as a mistake in
// what handles an answer makes them do.
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

// writeTasks writes numbers of tasks for a worker: "7,9-12"; readTasks reads them.
func writeTasks(list []latency.TaskRange) string { return strings.Join(taskTexts(list), ",") }

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

// taskTexts are the elements of a list of tasks as a scenario's file has them.
func taskTexts(list []latency.TaskRange) []string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.String()
	}
	return texts
}

// checkPanics reports whether tasks may panic here.
func (s Scenario) checkPanics(o Options) (errs keyed.List) {
	if len(s.Workload.Panics) > 0 && o.Worker == nil {
		errs.Add("workload.panics", "needs each strategy in a process of its own, or a panic takes fanbench along")
	}
	return errs
}
