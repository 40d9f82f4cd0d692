package stat

import (
	"cmp"
	"slices"
)

// midRanks returns the rank of every element, from 1. Equal elements share the mean of
// their ranks.
func midRanks(x []float64) []float64 {
	ranks := make([]float64, len(x))
	for _, tied := range ties(x) {
		for _, i := range tied.positions {
			ranks[i] = tied.rank
		}
	}
	return ranks
}

// tie is a group of equal elements.
type tie struct {
	positions []int
	rank      float64
}

// ties returns the groups of equal elements of x, ascending. Most have one element.
func ties(x []float64) []tie {
	ascending := make([]int, len(x))
	for i := range ascending {
		ascending[i] = i
	}
	slices.SortFunc(ascending, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	groups := make([]tie, 0, len(x))
	for from := 0; from < len(x); {
		to := from + 1
		for to < len(x) && x[ascending[to]] == x[ascending[from]] {
			to++
		}
		groups = append(groups, tie{ascending[from:to], float64(from+1+to) / 2})
		from = to
	}
	return groups
}
