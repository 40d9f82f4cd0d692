package scenario

import (
	"strings"

	"github.com/fanbench/fanbench/mockserver/latency"
)

// FormatTasks writes numbers of tasks for a worker: "7,9-12".
func FormatTasks(list []latency.TaskRange) string { return strings.Join(taskTexts(list), ",") }

// taskTexts are the elements of a list of tasks as a scenario's file has them.
func taskTexts(list []latency.TaskRange) []string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.String()
	}
	return texts
}
