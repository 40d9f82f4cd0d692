package simulate

import (
	"math"
	"math/rand/v2"
)

// Names of schedules: what is usual, and what fanbench does.
const (
	Blocks      = "AAAA BBBB"
	RandomPairs = "random pairs"
)

// schedule says which slot of a run of n rounds the base and the head of round i meet.
type schedule struct {
	name  string
	order func(random *rand.Rand, i, n int) (base, head int)
}

// randomPairs is what fanbench does.
var randomPairs = schedule{RandomPairs, func(random *rand.Rand, i, _ int) (int, int) {
	first := random.IntN(2)
	return 2*i + first, 2*i + 1 - first
}}

func schedules() []schedule {
	return []schedule{
		{Blocks, func(_ *rand.Rand, i, n int) (int, int) { return i, n + i }},
		{"ABAB", func(_ *rand.Rand, i, _ int) (int, int) { return 2 * i, 2*i + 1 }},
		randomPairs,
	}
}

// measure returns the times of base and head per round, in seconds around 1, head
// taking ratio times as long but for the noise of their slots.
func (s schedule) measure(random *rand.Rand, slots []float64, ratio float64) (base, head []float64) {
	n := len(slots) / 2
	base, head = make([]float64, n), make([]float64, n)
	for i := range n {
		b, h := s.order(random, i, n)
		base[i] = math.Exp(sigma * slots[b])
		head[i] = math.Exp(sigma*slots[h]) * ratio
	}
	return base, head
}
