package latency

import (
	"math"

	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// normalScore is the quantile function of the standard normal distribution. It
// keeps its precision in both tails.
func normalScore(u float64) float64 {
	if u > 0.5 {
		return math.Sqrt2 * math.Erfcinv(2*(1-u))
	}
	return -math.Sqrt2 * math.Erfcinv(2*u)
}

// normalRank is the distribution function of the standard normal distribution,
// within the ranks that random.Uniform has.
func normalRank(z float64) float64 {
	return min(max(math.Erfc(-z/math.Sqrt2)/2, random.Least), random.Greatest)
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
func (s spells) rank(st random.Stream, seed uint64, round, task int) float64 {
	if s.rho == 0 {
		return random.Uniform(st, seed, round, task)
	}
	noise := func(i int) float64 { return normalScore(random.Uniform(st, seed, round, i)) }
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
