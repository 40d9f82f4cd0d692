package mockserver

import "math"

// A stream keeps the draws for one purpose apart from those for another: a task's
// latency says nothing about its body's size. The numbers are part of what a seed
// means: append, never renumber.
type stream uint64

const (
	latencyStream stream = iota + 1
	sizeStream
	faultStream // the first fault's; the n-th has faultStream + n
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

// The least and the greatest value of uniform: the outermost ranks that a draw has.
const (
	leastRank    = 0x1p-53
	greatestRank = 1 - 0x1p-53
)

// uniform is a pure function of its arguments, uniform on (0, 1): an odd multiple of
// 2^-53, never 0 or 1, and as fine near the one as near the other.
func uniform(s stream, seed uint64, round, task int) float64 {
	h := mix(seed ^ mix(uint64(s)))
	h = mix(h ^ uint64(round))
	h = mix(h ^ uint64(task))
	return (float64(h>>12) + 0.5) * 0x1p-52
}

// normalScore is the quantile function of the standard normal distribution. It
// keeps its precision in both tails.
func normalScore(u float64) float64 {
	if u > 0.5 {
		return math.Sqrt2 * math.Erfcinv(2*(1-u))
	}
	return -math.Sqrt2 * math.Erfcinv(2*u)
}

// normalRank is the distribution function of the standard normal distribution,
// within the ranks that uniform has.
func normalRank(z float64) float64 {
	return min(max(math.Erfc(-z/math.Sqrt2)/2, leastRank), greatestRank)
}

// spells is a stationary Gaussian AR(1) sequence over the tasks of a round, with
// correlation rho between neighbours, whose every member can be computed by itself.
//
// The sequence is Markov, so a member between two known ones at distance h to either
// side is normal with mean r/(1+r^2) times their sum and variance (1-r^2)/(1+r^2),
// r = rho^h (the Brownian-bridge construction, for the Ornstein-Uhlenbeck process).
// Members a whole block apart are drawn independently: a block is so long that
// their correlation, below blockCorrelation, could not be found in any sample. Then
// halving the block finds a member in as many steps as the block has bits.
type spells struct {
	rho  float64
	pull []float64 // by level, longest distance first: r/(1+r^2)
	free []float64 // the square root of the variance left
}

const blockCorrelation = 1e-9

func newSpells(rho float64) spells {
	s := spells{rho: rho}
	if rho == 0 {
		return s
	}
	for r := rho; ; r *= r {
		s.pull = append([]float64{r / (1 + r*r)}, s.pull...)
		s.free = append([]float64{math.Sqrt((1 - r*r) / (1 + r*r))}, s.free...)
		if r*r < blockCorrelation {
			return s
		}
	}
}

// rank is the task's place in (0, 1), uniform over the tasks.
func (s spells) rank(st stream, seed uint64, round, task int) float64 {
	if s.rho == 0 {
		return uniform(st, seed, round, task)
	}
	noise := func(i int) float64 { return normalScore(uniform(st, seed, round, i)) }
	half := 1 << (len(s.pull) - 1)
	low := task &^ (2*half - 1)
	zLow, zHigh := noise(low), noise(low+2*half)
	for level := 0; low != task; level++ {
		z := s.pull[level]*(zLow+zHigh) + s.free[level]*noise(low+half)
		if task < low+half {
			zHigh = z
		} else {
			low, zLow = low+half, z
		}
		half /= 2
	}
	return normalRank(zLow)
}
