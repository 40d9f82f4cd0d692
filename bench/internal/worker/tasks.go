package worker

import (
	"context"
	"errors"

	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// tasks are the tasks of one executor, one kind per file: requests, calls, sleeps, CPU work, a
// function of the user.
type tasks interface {
	// prepare does everything possible before the trial of a round, of n tasks, begins.
	// overlap is the number of tasks of different batches to expect at once, 0 for one batch.
	prepare(round, n, overlap int)
	// do runs task i, in any goroutine, and fills in its record. The context does not have
	// the task's timeout yet.
	do(ctx context.Context, i int, r *strategies.Record) error
	// takeTraffic returns the counts since its last call.
	takeTraffic() traffic
	// finish releases what belongs to the trial, when its tasks are done.
	finish()
	close()
}

// traffic has the counts of the HTTP client.
type traffic struct {
	connections int64 // opened
	resent      int64 // requests that were sent again, see sender
}

// openTasks creates the tasks that a job asks for.
func openTasks(j Job) (tasks, error) {
	switch {
	case j.Sleep != "":
		from, err := latency.Parse(j.Sleep)
		return &sleeps{draws: newDraws(j, from), timeout: j.Timeout}, err
	case j.CPU != "":
		work, err := latency.Parse(j.CPU)
		return &cpuWork{draws: newDraws(j, work), timeout: j.Timeout}, err
	case j.Function != "":
		return openFunction(j)
	case j.Call != "":
		return openCalls(j)
	case j.URL != "" || j.URLsFile != "":
		return openRequests(j)
	}
	return nil, errors.New("no target that this worker knows")
}

// offline is the common part of tasks without connections.
type offline struct{}

func (offline) takeTraffic() traffic { return traffic{} }
func (offline) finish()              {}
func (offline) close()               {}
