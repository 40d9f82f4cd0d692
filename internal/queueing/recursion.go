package queueing

import (
	"cmp"
	"slices"
	"time"
)

// FIFO is a number of servers, workers or places of a limit, that take tasks first come,
// first served.
type FIFO struct{ free places }

// NewFIFO has all servers free from the beginning of time on.
func NewFIFO(servers int) *FIFO { return &FIFO{free: make(places, max(1, servers))} }

// Start returns when the next task starts, which is ready at a time and takes so long:
// when it is ready and the first server is free (J. Kiefer and J. Wolfowitz, "On the theory
// of queues with many servers", 1955). Tasks come in the order in which they are ready. A
// task costs O(log servers), and no allocation.
func (f *FIFO) Start(ready, took time.Duration) time.Duration {
	start := max(ready, f.free[0])
	f.free.take(start + took)
	return start
}

// End returns when the next task ends, which Start starts.
func (f *FIFO) End(ready, took time.Duration) time.Duration { return f.Start(ready, took) + took }

// Starts is when each task starts, if all servers are free at first. Tasks come in the order
// in which they are ready; of those that are ready at the same time, the first of the list
// comes first.
func Starts(servers int, ready, took []time.Duration) []time.Duration {
	f := NewFIFO(servers)
	starts := make([]time.Duration, len(ready))
	for _, i := range inOrder(ready) {
		starts[i] = f.Start(ready[i], took[i])
	}
	return starts
}

// inOrder are the indices of times, by time.
func inOrder(times []time.Duration) []int {
	order := make([]int, len(times))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
	return order
}

// Handovers is how late each task started, once it was ready and fewer tasks than there
// are servers were under way: by how much a limit left a place unused that a task waited
// for. start and end are when tasks really started and ended. A task that started although
// all places were taken has a negative one.
//
// Tasks may start in any order. The i-th start can only be justified by the end of one of
// those before it: of the tasks that started earlier, at most servers-1 may be under way.
func Handovers(servers int, ready, start, end []time.Duration) []time.Duration {
	free := make(places, max(1, servers))
	late := make([]time.Duration, len(start))
	for _, i := range inOrder(start) {
		late[i] = start[i] - max(ready[i], free[0])
		free.take(end[i])
	}
	return late
}
