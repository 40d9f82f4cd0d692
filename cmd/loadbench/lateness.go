//go:build linux

package main

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver"
)

// schedule is when a generator means to send, in ns since its own start, which nobody
// tells: the n first requests, in order.
type schedule func(n int) []int64

// every is a schedule of equal gaps, in ns.
func every(gap float64) schedule {
	return func(n int) []int64 {
		at := make([]int64, n)
		for i := range at {
			at[i] = int64(float64(i) * gap)
		}
		return at
	}
}

// fixed is a schedule that is known by heart.
func fixed(times []time.Duration) schedule {
	return func(n int) []int64 {
		at := make([]int64, 0, n)
		for _, t := range times[:min(n, len(times))] {
			at = append(at, int64(t))
		}
		return at
	}
}

// lateness is how much later than planned each request was received, in ns, for requests
// that are planned from a time on. received is in order.
//
// The i-th request received is taken for the i-th planned: no other assignment has a
// smaller greatest lateness. The start of the schedule is the one that makes the most
// punctual of these requests punctual. So a delay that all have in common, as on the way
// to the kernel, is not counted, and nobody is ever early.
func lateness(received []int64, s schedule, from time.Duration) []float64 {
	planned := s(len(received))
	received = received[:len(planned)]
	first, _ := slices.BinarySearch(planned, int64(from))
	planned, received = planned[first:], received[first:]
	if len(planned) == 0 {
		return nil
	}
	start := received[0] - planned[0]
	for i := range planned {
		start = min(start, received[i]-planned[i])
	}
	late := make([]float64, len(planned))
	for i := range late {
		late[i] = float64(received[i] - planned[i] - start)
	}
	return late
}

// together is the lateness of arrivals that follow one schedule.
func together(arrivals []mockserver.Arrival, s schedule, from time.Duration) []float64 {
	return lateness(times(arrivals), s, from)
}

// apart is the lateness of arrivals of which each connection follows a schedule of its
// own, with a start of its own.
func apart(arrivals []mockserver.Arrival, s schedule, from time.Duration) (late []float64) {
	by := map[uint64][]mockserver.Arrival{}
	for _, a := range arrivals {
		by[a.Connection] = append(by[a.Connection], a)
	}
	for _, connection := range slices.Sorted(maps.Keys(by)) {
		late = append(late, together(by[connection], s, from)...)
	}
	return late
}

// times are those of the arrivals, in order.
func times(arrivals []mockserver.Arrival) []int64 {
	at := make([]int64, len(arrivals))
	for i, a := range arrivals {
		at[i] = a.At
	}
	slices.Sort(at)
	return at
}

// best is the lateness with the least p99: of several readings of what a generator means
// to do, the one that flatters it.
func best(readings ...[]float64) []float64 {
	return slices.MinFunc(readings, func(a, b []float64) int { return cmp.Compare(p99(a), p99(b)) })
}

func p99(late []float64) float64 {
	if len(late) == 0 {
		return 0
	}
	return stat.Quantiles(late, 0.99)[0]
}
