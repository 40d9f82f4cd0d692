package main

import (
	"fmt"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/config"
)

// pathCase is a phase whose strategy has a limit of the process, first come, first served.
type pathCase struct {
	Strategy string
	Limit    int
	Tasks    int // in a batch
	Load     float64
	Window   time.Duration
}

// The latencies behind the limit.
const (
	pathMedian = 20 * time.Millisecond
	pathSigma  = 0.5
)

func pathCases() []pathCase {
	return []pathCase{
		{"shared-pool:workers=4", 4, 1, 0.8, 12 * time.Second},
		{"shared-pool:workers=8", 8, 4, 0.5, 12 * time.Second},
		{"shared-pool:workers=8", 8, 4, 0.8, 12 * time.Second},
		{"shared-semaphore:limit=4", 4, 1, 0.8, 12 * time.Second},
	}
}

func (c pathCase) name() string {
	return fmt.Sprintf("%s-%dtasks-at-%s", c.kind(), c.Tasks, percentName(c.Load))
}

func (c pathCase) kind() string {
	list, err := scenario.ParseStrategies([]string{c.Strategy})
	if err != nil {
		panic(err) // a mistake in this file
	}
	return list[0].Spec.Name
}

func (c pathCase) title() string {
	tasks := "1 task"
	if c.Tasks > 1 {
		tasks = fmt.Sprintf("%d tasks", c.Tasks)
	}
	return fmt.Sprintf("%s, %s a batch, %.0f%%", c.Strategy, tasks, 100*c.Load)
}

func (c pathCase) scenario(stretch float64) scenario.Scenario {
	l := mustLatency(fmt.Sprintf("lognormal:median=%v,sigma=%v", pathMedian, pathSigma))
	rate := c.Load * float64(c.Limit) / float64(c.Tasks) / queueing.LognormalMean(pathMedian.Seconds(), pathSigma)
	return poisson(c.name(), c.Tasks, rate, c.Window, time.Second, stretch, c.Strategy, scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}})
}

// pathResult is by how much tasks started later, or earlier, than the recursion says: sizes of
// differences, sorted, at the shares of quantileGrid, in microseconds. nil is not known.
type pathResult struct {
	Limit  string    `json:"limit"`
	Tasks  int       `json:"tasks"`
	Draws  []float64 `json:"draws_us"`  // recursion on the intended arrivals and the latencies drawn
	Longer []float64 `json:"longer_us"` // on the same, each latency longer by what requests take longer in the mean
	Real   []float64 `json:"real_us"`   // on real arrivals and real durations
	Handed []float64 `json:"handed_us"` // from when the task had come and a place was free, see queueing.Handovers

	// What the harness adds.
	Late     float64       `json:"late_p99_us"` // from when batches were to arrive until the strategy was called
	Overhead []float64     `json:"overhead_us"` // by how much requests took longer than their latency: p50, p99
	CPU      time.Duration `json:"cpu_ns"`      // of the strategy's process, a task
	Passed   float64       `json:"passed"`      // share of the tasks that came before one of an earlier batch

	Trace []traced `json:"trace,omitempty"` // some successive tasks
}

// traced is a task on the chart, in milliseconds.
type traced struct {
	Ready    float64 `json:"ready_ms"`
	Expected float64 `json:"expected_ms"` // wait by the recursion
	Measured float64 `json:"measured_ms"`
}

// sizes are the quantiles of the sizes of differences, in microseconds.
func sizes(differences []time.Duration) []float64 {
	x := make([]float64, len(differences))
	for i, d := range differences {
		x[i] = math.Abs(float64(d)) / float64(time.Microsecond)
	}
	return stat.Quantiles(x, quantileGrid()...)
}

// at is the value of a sorted grid at a share.
func at(grid []float64, share float64) float64 {
	for i, q := range quantileGrid() {
		if q >= share && i < len(grid) {
			return grid[i]
		}
	}
	return math.NaN()
}

// overheads is by how much requests took longer than their latency and their wait in the server.
func (f *phase) overheads() []time.Duration {
	out := make([]time.Duration, len(f.tasks))
	for i := range f.tasks {
		t := &f.tasks[i]
		out[i] = time.Duration(t.End-t.Start-t.Queue) - f.draws[i]
	}
	return out
}

// passed is the share of times that are before an earlier one of the list.
func passed(times []time.Duration) float64 {
	n := 0
	var latest time.Duration
	for _, t := range times {
		n += count(t < latest)
		latest = max(latest, t)
	}
	return float64(n) / float64(len(times))
}

// window keeps the differences of tasks that arrived in the window.
func (f *phase) window(differences []time.Duration) []time.Duration {
	var out []time.Duration
	for i, d := range differences {
		if f.inWindow(f.ready[i]) {
			out = append(out, d)
		}
	}
	return out
}

func minus(a, b []time.Duration) []time.Duration {
	out := make([]time.Duration, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

// newPath has what the harness adds. came is when each task came to the limit.
func (f *phase) newPath(limit string, came []time.Duration) pathResult {
	r := pathResult{
		Limit: limit, Tasks: len(f.window(f.ready)), Passed: passed(came),
		Late: float64(f.trial.Phase.LateP99) / float64(time.Microsecond),
		CPU:  f.trial.Usage.CPU / time.Duration(len(f.tasks)),
	}
	for _, q := range stat.Quantiles(seconds(f.overheads()), 0.5, 0.99) {
		r.Overhead = append(r.Overhead, q*1e6)
	}
	return r
}

// result holds the starts under a limit in the process against the recursion.
func (c pathCase) result(f *phase) pathResult {
	called, starts, ends := f.called(), f.starts(), f.ends()
	r := f.newPath(c.title(), called)
	against := func(ready, took []time.Duration) []float64 {
		return sizes(f.window(minus(starts, queueing.Starts(c.Limit, ready, took))))
	}
	r.Draws = against(f.ready, f.draws)
	more := time.Duration(stat.Describe(seconds(f.overheads())).Mean * float64(time.Second))
	longer := make([]time.Duration, len(f.draws))
	for i, d := range f.draws {
		longer[i] = d + more
	}
	r.Longer = against(f.ready, longer)
	r.Real = against(called, minus(ends, starts))
	r.Handed = sizes(f.window(queueing.Handovers(c.Limit, called, starts, ends)))
	r.Trace = f.trace(minus(queueing.Starts(c.Limit, f.ready, f.draws), f.ready), minus(starts, f.ready))
	return r
}

// path holds the waits in the mock server's slots against the recursion. The server counts from
// when the request reached it, and does not tell when that was on the client's clock. So the
// wait is compared, not the start, and the real arrival is taken to be when the request was
// sent. A service takes as long as the latency: the server schedules it.
func (c waitCase) path(f *phase) pathResult {
	starts := f.starts()
	r := f.newPath("mock server, "+c.title(), starts)
	measured := make([]time.Duration, len(f.tasks))
	for i := range f.tasks {
		measured[i] = time.Duration(f.tasks[i].Queue)
	}
	waits := func(ready []time.Duration) []time.Duration {
		return minus(queueing.Starts(c.Model.Servers, ready, f.draws), ready)
	}
	expected := waits(f.ready)
	r.Draws = sizes(f.window(minus(measured, expected)))
	r.Real = sizes(f.window(minus(measured, waits(starts))))
	r.Trace = f.trace(expected, measured)
	return r
}

// A trace begins so long after the window does, and is so long.
const (
	traceFrom = 2 * time.Second
	traceFor  = 3 * time.Second
)

func (f *phase) trace(expected, measured []time.Duration) (list []traced) {
	from := f.scenario.Workload.Arrivals.Warmup + traceFrom
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	for i, ready := range f.ready {
		if ready >= from && ready < from+traceFor {
			list = append(list, traced{ms(ready - from), ms(expected[i]), ms(measured[i])})
		}
	}
	return list
}

// mostLate is the p99 of the difference from the recursion that is the harness's, in us.
const mostLate = 200

func pathSection(list []pathResult) section {
	s := section{
		title: "Path by path: each task's start against the recursion of Kiefer and Wolfowitz",
		text: fmt.Sprintf("A limit that serves first come, first served starts a task when it has come and the first place is free. So its start follows from the arrivals and the latencies, both known beforehand. The columns have the size of the difference from that, p50 / p99 over all tasks:\n\n"+
			"- **Draws**: from the recursion on the intended arrivals and the latencies drawn, in which nothing is measured.\n"+
			"- **Draws, longer**: the same, each latency longer by one constant, the mean overhead of a request.\n"+
			"- **Real times**: from the recursion on the real arrivals and the time that each task really took. What is left is the limit itself. In the server, which schedules services by their latency, only the arrivals are real.\n"+
			"- **Hand-over**: from when the task had come and a place was really free, task by task, so that nothing adds up.\n\n"+
			"Then what the harness adds: how late batches arrived (p99), by how much requests took longer than their latency (p50 / p99), and the CPU time of the strategy's process for a task. Passed is the share of the tasks that came before one of an earlier batch, because one of both was late. "+
			"In the process a request holds its place longer than its latency, and those behind it wait for that too: this adds up while the limit is busy. Tasks that pass others change places with them, and move those behind. The server compares waits, since its clock is not the client's. In the process latencies are lognormal:median=%v,sigma=%v.", pathMedian, pathSigma),
		table: newTable("limit", "tasks", "draws", "draws, longer", "real times", "hand-over", "late p99", "overhead", "CPU", "passed"),
	}
	draws := newGoals(fmt.Sprintf("p99 of the difference at most %d us, on the draws alone", mostLate))
	realTimes := newGoals(fmt.Sprintf("p99 of the difference at most %d us, but for the harness's overhead (real times)", mostLate))
	handed := newGoals(fmt.Sprintf("p99 of the hand-over of a place under a shared limit at most %d us", mostLate))
	for _, r := range list {
		s.table.AppendRow(table.Row{
			r.Limit, r.Tasks, microseconds(r.Draws), microseconds(r.Longer), microseconds(r.Real), microseconds(r.Handed),
			fmt.Sprintf("%.0f us", r.Late), fmt.Sprintf("%.0f / %.0f us", r.Overhead[0], r.Overhead[1]),
			fmt.Sprintf("%.0f us", float64(r.CPU)/float64(time.Microsecond)), fmt.Sprintf("%.1f%%", 100*r.Passed),
		})
		draws.add(metIf(at(r.Draws, 0.99) <= mostLate))
		realTimes.add(metIf(at(r.Real, 0.99) <= mostLate))
		if r.Handed != nil {
			handed.add(metIf(at(r.Handed, 0.99) <= mostLate))
		}
	}
	s.goals = []*goals{draws, realTimes, handed}
	return s
}

// microseconds is p50 and p99 of a grid.
func microseconds(grid []float64) string {
	if grid == nil {
		return "-"
	}
	return fmt.Sprintf("%.0f / %.0f us", at(grid, 0.5), at(grid, 0.99))
}
