package figure

import (
	"cmp"
	"slices"
)

// Spread moves positions apart until neighbours are at least gap points from each other, each as
// little as possible, and between from and to if there is room. It returns them in the given
// order.
func Spread(places []float64, gap, from, to float64) []float64 {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })
	if need := gap * float64(len(places)-1); need > to-from && len(places) > 1 {
		gap = (to - from) / float64(len(places)-1)
	}
	// Clusters of touching positions share their mean.
	type cluster struct {
		centre float64
		count  int
	}
	var clusters []cluster
	half := func(c cluster) float64 { return gap * float64(c.count-1) / 2 }
	clamp := func(c cluster) cluster {
		c.centre = min(max(c.centre, from+half(c)), to-half(c))
		return c
	}
	for _, i := range order {
		next := clamp(cluster{places[i], 1})
		for len(clusters) > 0 {
			last := clusters[len(clusters)-1]
			if last.centre+half(last)+gap <= next.centre-half(next) {
				break
			}
			n := last.count + next.count
			next = clamp(cluster{(last.centre*float64(last.count) + next.centre*float64(next.count)) / float64(n), n})
			clusters = clusters[:len(clusters)-1]
		}
		clusters = append(clusters, next)
	}
	out := make([]float64, len(places))
	at := 0
	for _, c := range clusters {
		for k := range c.count {
			out[order[at]] = c.centre - half(c) + gap*float64(k)
			at++
		}
	}
	return out
}
