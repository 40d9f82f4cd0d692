package stat

import (
	"maps"
	"math"
	"slices"
)

// setBlocks sets the blocks of the rounds, nil for one, and takes the mean of its block from
// every value, so that blocks lie together. What a block shares then costs nothing, and
// differences within rounds stay what they are.
func (x *logPair) setBlocks(block []int) {
	rounds := map[int][]int{}
	for i, b := range block {
		rounds[b] = append(rounds[b], i)
	}
	if len(rounds) < 2 {
		return
	}
	for _, b := range slices.Sorted(maps.Keys(rounds)) {
		x.blocks = append(x.blocks, rounds[b])
		mean := 0.0
		for _, i := range rounds[b] {
			mean += (x.base[i] + x.head[i]) / float64(2*len(rounds[b]))
		}
		for _, i := range rounds[b] {
			x.base[i] -= mean
			x.head[i] -= mean
		}
	}
}

// weights returns those of the blocks' ranks. The sum of the rank differences of n rounds, each
// up to n, grows with n^2, so blocks count alike with weights of 1/n^2. They are whole numbers
// from weightUnit on, which changes them by an eighth at most and keeps SignFlip exact for
// ranks; they depend on the number of rounds alone, so the test is right with any.
func (x logPair) weights() []float64 {
	most := 0
	for _, rounds := range x.blocks {
		most = max(most, len(rounds))
	}
	out := make([]float64, len(x.blocks))
	alike := true
	for i, rounds := range x.blocks {
		ratio := float64(most) / float64(len(rounds))
		out[i] = math.Round(weightUnit * ratio * ratio)
		alike = alike && len(rounds) == most
	}
	if alike {
		for i := range out {
			out[i] = 1
		}
	}
	return out
}

const weightUnit = 4

// blockRanks returns the ranks of values, of which each round has two side by side, among those
// of their block. They are moved so that their mean is that of ranks of all.
func (x logPair) blockRanks(values []float64) []float64 {
	if x.blocks == nil {
		return midRanks(values)
	}
	out := make([]float64, len(values))
	mean := float64(len(values)+1) / 2
	for _, rounds := range x.blocks {
		own := make([]float64, 0, 2*len(rounds))
		for _, i := range rounds {
			own = append(own, values[2*i], values[2*i+1])
		}
		move := mean - float64(len(own)+1)/2
		for k, rank := range midRanks(own) {
			out[2*rounds[k/2]+k%2] = rank + move
		}
	}
	return out
}
