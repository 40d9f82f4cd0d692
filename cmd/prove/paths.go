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
		{"shared-pool:workers=4", 4, 1, 0.8, 14 * time.Second},
		{"shared-pool:workers=8", 8, 4, 0.5, 14 * time.Second},
		{"shared-pool:workers=8", 8, 4, 0.8, 14 * time.Second},
		{"shared-semaphore:limit=8", 8, 4, 0.8, 14 * time.Second},
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

// pathResult is by how much each task started later, or earlier, than the recursion says: the
// sizes of the differences, sorted, at the shares of quantileGrid, in microseconds.
type pathResult struct {
	Limit  string    `json:"limit"`
	Tasks  int       `json:"tasks"`
	Passed float64   `json:"passed"`          // share of the tasks that came before one of an earlier batch
	Late   float64   `json:"late_p99_us"`     // from when batches were to arrive until the strategy was called
	Longer []float64 `json:"longer_p50_us"`   // by how much requests took longer than their latency, p50 and p99
	Draws  []float64 `json:"draws_us"`        // recursion on the intended arrivals and the latencies drawn
	Held   []float64 `json:"held_us"`         // on how long each task really took, and the order in which they started; nil where that is not known
	Called []float64 `json:"called_us"`       // likewise, from when batches really arrived
	Trace  []traced  `json:"trace,omitempty"` // some successive tasks
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

// longer is by how much requests took longer than their latency, p50 and p99.
func longer(f *phase) []float64 {
	var x []float64
	for i := range f.tasks {
		t := &f.tasks[i]
		x = append(x, float64(time.Duration(t.End-t.Start-t.Queue)-f.draws[i])/float64(time.Microsecond))
	}
	return stat.Quantiles(x, 0.5, 0.99)
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
	return pathResult{
		Limit: limit, Tasks: len(f.window(f.ready)), Longer: longer(f),
		Passed: passed(came),
		Late:   float64(f.trial.Phase.LateP99) / float64(time.Microsecond),
	}
}

// result holds the starts under a limit in the process against the recursion.
func (c pathCase) result(f *phase) pathResult {
	r := f.newPath(c.title(), f.called())
	starts, ends := f.starts(), f.ends()
	expected := queueing.Starts(c.Limit, f.ready, f.draws)
	r.Draws = sizes(f.window(minus(starts, expected)))
	r.Held = sizes(f.window(queueing.Handovers(c.Limit, f.ready, starts, ends)))
	r.Called = sizes(f.window(queueing.Handovers(c.Limit, f.called(), starts, ends)))
	r.Trace = f.trace(minus(expected, f.ready), minus(starts, f.ready))
	return r
}

// path holds the waits in the mock server's slots against the recursion. The server counts from
// when the request reached it; when that was on the client's clock it does not tell, so the
// wait is compared, not the start.
func (c waitCase) path(f *phase) pathResult {
	r := f.newPath("mock server, "+c.title(), f.starts())
	measured := make([]time.Duration, len(f.tasks))
	for i := range f.tasks {
		measured[i] = time.Duration(f.tasks[i].Queue)
	}
	waits := func(ready []time.Duration) []time.Duration {
		return minus(queueing.Starts(c.Model.Servers, ready, f.draws), ready)
	}
	expected := waits(f.ready)
	r.Draws = sizes(f.window(minus(measured, expected)))
	r.Called = sizes(f.window(minus(measured, waits(f.starts()))))
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
		text: fmt.Sprintf("A limit that serves first come, first served starts a task when it is ready and the first place is free. So its start follows from the arrivals and the latencies, both known beforehand. The table has the size of the difference from it, p50 / p99 over all tasks, three ways:\n\n"+
			"- **Draws**: the recursion on the intended arrivals and the latencies drawn, nothing measured in it. A request takes longer than its latency, and those behind it wait for that too. In the process this adds up for as long as the limit is busy; in the mock server, which schedules by the latencies, it does not.\n"+
			"- **Places**: a task should start when it was to arrive and a place was really free. What is left is the lateness of its batch and the hand-over of the place.\n"+
			"- **Places and arrivals**: the same from when the strategy was really called, in the server from when the request was really sent. What is left is the limit's own.\n\n"+
			"The harness's own share stands beside it: how late batches arrived (p99), by how much requests took longer than their latency (p50 / p99), and passed, the share of the tasks that came before one of an earlier batch, because both arrived within the lateness of one. Those change places in the queue, and so differ by whole latencies from the recursion on the draws. In the process the latencies are lognormal:median=%v,sigma=%v. The server compares waits, because its clock is not the client's.", pathMedian, pathSigma),
		table: newTable("limit", "tasks", "draws", "places", "places and arrivals", "late p99", "longer by", "passed"),
	}
	draws := newGoals(fmt.Sprintf("p99 of the difference at most %d us, on the draws", mostLate))
	held := newGoals(fmt.Sprintf("p99 of the difference at most %d us, on real places", mostLate))
	called := newGoals(fmt.Sprintf("p99 of the difference at most %d us, on real places and arrivals", mostLate))
	pair := func(grid []float64, g *goals) string {
		if grid == nil {
			return "-"
		}
		g.add(metIf(at(grid, 0.99) <= mostLate))
		return microseconds(at(grid, 0.5), at(grid, 0.99))
	}
	for _, r := range list {
		s.table.AppendRow(table.Row{
			r.Limit, r.Tasks, pair(r.Draws, draws), pair(r.Held, held), pair(r.Called, called),
			fmt.Sprintf("%.0f us", r.Late), microseconds(r.Longer[0], r.Longer[1]), fmt.Sprintf("%.1f%%", 100*r.Passed),
		})
	}
	s.goals = []*goals{draws, held, called}
	return s
}

func microseconds(p50, p99 float64) string { return fmt.Sprintf("%.0f / %.0f us", p50, p99) }
