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

// request is one that was received at a time, and how much later than planned. In ns.
type request struct{ at, late int64 }

// lateness is how much later than planned each request was received, for requests that are
// planned from a time on. received is in order.
//
// The i-th request received is taken for the i-th planned: no other assignment has a
// smaller greatest lateness. The start of the schedule is the one that makes the most
// punctual of these requests punctual. So a delay that all have in common, as on the way
// to the kernel, is not counted, and nobody is ever early.
func lateness(received []int64, s schedule, from time.Duration) []request {
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
	all := make([]request, len(planned))
	for i, at := range received {
		all[i] = request{at, at - planned[i] - start}
	}
	return all
}

// together is the lateness of arrivals that follow one schedule.
func together(arrivals []mockserver.Arrival, s schedule, from time.Duration) []request {
	return lateness(times(arrivals), s, from)
}

// apart is the lateness of arrivals of which each connection follows a schedule of its
// own, with a start of its own.
func apart(arrivals []mockserver.Arrival, s schedule, from time.Duration) (all []request) {
	by := map[uint64][]mockserver.Arrival{}
	for _, a := range arrivals {
		by[a.Connection] = append(by[a.Connection], a)
	}
	for _, connection := range slices.Sorted(maps.Keys(by)) {
		all = append(all, together(by[connection], s, from)...)
	}
	slices.SortFunc(all, func(a, b request) int { return cmp.Compare(a.at, b.at) })
	return all
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

// best is the reading with the least p99: of several readings of what a generator means to
// do, the one that flatters it.
func best(readings ...[]request) []request {
	return slices.MinFunc(readings, func(a, b []request) int { return cmp.Compare(quantile(a, 0.99), quantile(b, 0.99)) })
}

// quantile is that of the lateness, 0 of none.
func quantile(all []request, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	late := make([]float64, len(all))
	for i, r := range all {
		late[i] = float64(r.late)
	}
	return time.Duration(stat.Quantiles(late, q)[0])
}

// quietParts is into how many parts of equal length a turn is divided, to find the quietest.
const quietParts = 4

// quiet is the p99 of that part of the time in which it is least: what the generator does
// while the machine lets it. all is in order. A part in which fewer than half as many
// requests were sent as on average does not count.
func quiet(all []request) time.Duration {
	if len(all) == 0 {
		return 0
	}
	first, last := all[0].at, all[len(all)-1].at
	parts := make([][]request, quietParts)
	for _, r := range all {
		i := (r.at - first) * quietParts / (last - first + 1)
		parts[i] = append(parts[i], r)
	}
	least := quantile(all, 0.99)
	for _, part := range parts {
		if 2*quietParts*len(part) >= len(all) {
			least = min(least, quantile(part, 0.99))
		}
	}
	return least
}
