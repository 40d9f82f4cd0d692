// Package random has what every draw of the mock server comes from: a pure function of a
// seed, a round and a task, with a stream for each purpose.
//
// It is internal because a stream's number is part of what a seed means: latencies and
// sizes (package latency) and faults (the server) must never share one. It imports
// nothing. Begin with Uniform.
package random

// A Stream keeps the draws for one purpose apart from those for another: a task's
// latency says nothing about its body's size. The numbers are part of what a seed
// means: append, never renumber.
type Stream uint64

const (
	Latency Stream = iota + 1
	Size
	Fault // the first fault's; the n-th, from 0, has Fault + n

	Count Stream = 1 << 32 // beyond all faults
)

// mix is the finaliser of SplitMix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, 2014): a bijection in which every input bit flips
// every output bit with a probability near one half.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// The least and the greatest value of Uniform: the outermost ranks that a draw has.
const (
	Least    = 0x1p-53
	Greatest = 1 - 0x1p-53
)

// Uniform is a pure function of its arguments, uniform on (0, 1): an odd multiple of
// 2^-53, never 0 or 1, and as fine near the one as near the other.
func Uniform(s Stream, seed uint64, round, task int) float64 {
	h := mix(seed ^ mix(uint64(s)))
	h = mix(h ^ uint64(round))
	h = mix(h ^ uint64(task))
	return (float64(h>>12) + 0.5) * 0x1p-52
}
