package stat

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// logPair holds the logarithms of two strategies' values, element i of both being of one
// round. Both have the same length and are finite. If rounds are in blocks, see Pair, the
// values are less the mean of their block.
type logPair struct {
	base, head []float64
	blocks     [][]int // the rounds of each; nil if all are of one
}

// newLogPair takes the rounds that have a ratio, see LogRatios, and counts the others.
func newLogPair(p Pair) (x logPair, excluded int) {
	var block []int
	for i, ratio := range LogRatios(p.Base, p.Head) {
		if !finite(ratio) {
			excluded++
			continue
		}
		x.base, x.head = append(x.base, math.Log(p.Base[i])), append(x.head, math.Log(p.Head[i]))
		if p.Block != nil {
			block = append(block, p.Block[i])
		}
	}
	x.setBlocks(block)
	return x, excluded
}

func (x logPair) len() int { return len(x.base) }

// rankDifferences returns, for each round, the rank of head less the rank of base among
// all values of both, when head is moved down by shift and every round is aligned.
// Their sum is the statistic of the comparison, and under the hypothesis that the shift
// is true the sign of each element is a fair coin: so SignFlip has its distribution.
//
// Aligning subtracts from both values of a round a part of their mean (Hodges & Lehmann,
// "Rank methods for combination of independent experiments in analysis of variance",
// Annals of Mathematical Statistics 33, 1962). That part is 2r/(1+r), the best linear
// prediction of what the round did to both, where r is the correlation within rounds:
// 1 where rounds share latencies or drift, and the test is then that of signed ranks; 0
// where rounds share nothing, and the statistic is then that of Mann and Whitney. Signed
// ranks alone would lose there: the difference of two values has the
// outliers of both. r depends on the unordered pairs of values alone, which no exchange
// of names within a round changes. So the test stays exact whatever r is.
//
// If rounds are in blocks, ranks are among the values of a block, see weights.
func (x logPair) rankDifferences(shift float64) []float64 {
	return x.align(x.shared(shift)).differences(shift)
}

// shared is the part of a round's mean that is the round's doing, when head is moved down
// by shift: 0 to 1.
func (x logPair) shared(shift float64) float64 {
	values := make([]float64, 0, 2*x.len())
	for i := range x.len() {
		values = append(values, x.base[i], x.head[i]-shift)
	}
	r := min(1, withinRounds(x.blockRanks(values))/wholly)
	return 2 * r / (1 + r)
}

// alignment is a pair whose rounds are aligned by the same part of their means, whatever
// the shift. A shift then moves all values of head against all values of base, so each of
// the two is sorted only once. Both are ascending.
type alignment struct {
	base, head []placed
	blocks     []alignment // of the blocks; nil if all rounds are of one
	weight     float64     // of the ranks of this block; 0 is 1
}

// placed is a value and its round.
type placed struct {
	value float64
	round int
}

func (x logPair) align(part float64) alignment {
	if x.blocks == nil {
		rounds := make([]int, x.len())
		for i := range rounds {
			rounds[i] = i
		}
		return x.alignRounds(part, rounds)
	}
	var a alignment
	for b, weight := range x.weights() {
		block := x.alignRounds(part, x.blocks[b])
		block.weight = weight
		a.blocks = append(a.blocks, block)
	}
	return a
}

// alignRounds aligns some of the rounds.
func (x logPair) alignRounds(part float64, rounds []int) alignment {
	a := alignment{base: make([]placed, len(rounds)), head: make([]placed, len(rounds))}
	for k, i := range rounds {
		mean := part * (x.base[i] + x.head[i]) / 2
		a.base[k], a.head[k] = placed{x.base[i] - mean, i}, placed{x.head[i] - mean, i}
	}
	for _, values := range [][]placed{a.base, a.head} {
		slices.SortFunc(values, func(a, b placed) int { return cmp.Compare(a.value, b.value) })
	}
	return a
}

// differences is rankDifferences of this alignment: base and head, moved down by shift,
// are merged, and equal values share the mean of their ranks.
func (a alignment) differences(shift float64) []float64 {
	n := len(a.base)
	for _, block := range a.blocks {
		n += len(block.base)
	}
	differences := make([]float64, n)
	if a.blocks == nil {
		a.addTo(differences, shift)
	}
	for _, block := range a.blocks {
		block.addTo(differences, shift)
	}
	return differences
}

// addTo sets the differences of the block's rounds.
func (a alignment) addTo(differences []float64, shift float64) {
	weight := cmp.Or(a.weight, 1)
	base, head := a.base, a.head
	for below := 0; len(base)+len(head) > 0; {
		next := math.Inf(1)
		if len(base) > 0 {
			next = base[0].value
		}
		if len(head) > 0 {
			next = min(next, head[0].value-shift)
		}
		b, h := 0, 0 // how many are equal to next
		for b < len(base) && base[b].value == next {
			b++
		}
		for h < len(head) && head[h].value-shift == next {
			h++
		}
		rank := weight * float64(below+1+below+b+h) / 2
		for _, v := range base[:b] {
			differences[v.round] -= rank
		}
		for _, v := range head[:h] {
			differences[v.round] += rank
		}
		base, head, below = base[b:], head[h:], below+b+h
	}
}

// wholly is the correlation of ranks from which on rounds are aligned wholly. Ranks of a
// few dozen values cannot tell how much nearer to 1 it is, and a small part of a large
// effect would be left.
const wholly = 0.9

// withinRounds is the correlation of the two ranks of each round, at least 0: the
// intraclass correlation, in which neither of the two is the first (Fisher, "Statistical
// Methods for Research Workers", 1925, section 38). ranks has the two of a round side by
// side.
func withinRounds(ranks []float64) float64 {
	mean := float64(len(ranks)+1) / 2
	products, squares := 0.0, 0.0
	for i := 0; i < len(ranks); i += 2 {
		a, b := ranks[i]-mean, ranks[i+1]-mean
		products += a * b
		squares += (a*a + b*b) / 2
	}
	if squares == 0 {
		return 0
	}
	return max(0, products/squares)
}

// p is the two-sided p-value of the hypothesis that head is base moved by shift, and its
// standard error, see SignFlip.
func (x logPair) p(shift float64, seed uint64) (p, standardError float64) {
	return SignFlip(x.rankDifferences(shift), seed)
}

// pSide is the one-sided p-value of "the shift is at least limit" (sign -1) or "at most
// limit" (sign 1), and 1 where the sample itself leans that way. The null distribution
// being symmetric, it is half the two-sided one.
func (x logPair) pSide(limit, sign float64, seed uint64) float64 {
	differences := x.rankDifferences(limit)
	if sign*floats.Sum(differences) <= 0 {
		return 1
	}
	p, _ := SignFlip(differences, seed)
	return p / 2
}

// exactIntervalTo is the most rounds for which intervals come from the exact distribution
// of the statistic; beyond it is taken as normal, which changes limits by less than 1% of
// the interval's width.
const exactIntervalTo = 30

// rejects reports whether the test of these rank differences rejects at level alpha.
func rejects(differences []float64, alpha float64) bool {
	if len(differences) <= exactIntervalTo {
		p, _ := SignFlip(differences, 0)
		return p <= alpha
	}
	return math.Abs(floats.Sum(differences)) >= normalQuantile(1-alpha/2)*floats.Norm(differences, 2)
}

// How closely the estimate and the limits of intervals are found, as parts of the range of
// the rounds' differences: far closer than they are known.
const (
	sharpEstimate = 1e-5
	sharpLimit    = 1e-4
)

// estimate returns the shift at which the statistic is 0, and the interval of all shifts
// that the test does not reject: estimate and interval are the test turned round (Hodges
// & Lehmann, "Estimates of location based on rank tests", Annals of Mathematical
// Statistics 34, 1963). The interval excludes 0 exactly when the test rejects "no shift",
// that is, when p(0) is at most 1 - confidence, up to exactIntervalTo rounds.
//
// Where no shift is rejected, as with too few rounds, the interval is unbounded. Of no
// rounds the estimate is NaN.
func (x logPair) estimate(confidence float64) (center float64, iv Interval) {
	center, iv = x.inverted(confidence)
	if center == 0 || math.IsInf(iv.High, 1) {
		return center, iv
	}
	// The limit between the estimate and 0 is moved to 0 if the two tests disagree,
	// because their rounds are aligned a little differently.
	nearest := &iv.Low
	if center < 0 {
		nearest = &iv.High
	}
	excluded := iv.Low > 0 || iv.High < 0
	if rejects(x.rankDifferences(0), 1-confidence) != excluded {
		*nearest = 0
		if !excluded {
			*nearest = sharpLimit * center
		}
	}
	return center, iv
}

// inverted is estimate without its care for 0. Rounds are aligned as they are at the
// estimate, for all shifts, so that the statistic falls with the shift, limits are unique,
// and both follow when head is shifted.
func (x logPair) inverted(confidence float64) (center float64, iv Interval) {
	if x.len() == 0 {
		return math.NaN(), unbounded()
	}
	low, high, span := x.reach()
	a, center := x.centered()

	// Outside the range of differences every rank of one is above all of the other.
	alpha, beyond := 1-confidence, max(1, high-low)
	rejected := func(shift float64) bool { return rejects(a.differences(shift), alpha) }
	if !rejected(low-beyond) || !rejected(high+beyond) {
		return center, unbounded()
	}
	iv.Confidence = confidence
	_, iv.Low = bisect(low-beyond, center, sharpLimit*span, rejected)
	iv.High, _ = bisect(center, high+beyond, sharpLimit*span, func(shift float64) bool { return !rejected(shift) })
	return center, iv
}

// reach returns the least and the largest difference between a value of head and one of base,
// and the range of the rounds' differences.
func (x logPair) reach() (low, high, span float64) {
	rounds := floats.SubTo(make([]float64, x.len()), x.head, x.base)
	return floats.Min(x.head) - floats.Max(x.base), floats.Max(x.head) - floats.Min(x.base), floats.Max(rounds) - floats.Min(rounds)
}

// centered returns the estimate of at least one round, and the rounds as they are aligned there.
func (x logPair) centered() (a alignment, center float64) {
	low, high, span := x.reach()
	apart := Quantiles(x.head, 0.5)[0] - Quantiles(x.base, 0.5)[0]
	a = x.align(x.shared(x.align(x.shared(apart)).center(low, high, sharpEstimate*span)))
	return a, a.center(low, high, sharpEstimate*span)
}

// center is the shift between low and high at which the statistic is 0.
func (a alignment) center(low, high, tolerance float64) float64 {
	sum := func(shift float64) float64 { return floats.Sum(a.differences(shift)) }
	from, to := bisect(low, high, tolerance, func(shift float64) bool { return sum(shift) > 0 })
	if sum(to) == 0 { // it is 0 for a while
		_, to = bisect(to, high, tolerance, func(shift float64) bool { return sum(shift) >= 0 })
	}
	return from/2 + to/2
}

// bisect returns the ends of an interval of at most the tolerance in which holds turns
// from true to false. It is taken to be true at from and false at to.
func bisect(from, to, tolerance float64, holds func(float64) bool) (last, first float64) {
	for to-from > tolerance {
		middle := from/2 + to/2
		if middle <= from || middle >= to {
			break
		}
		if holds(middle) {
			from = middle
		} else {
			to = middle
		}
	}
	return from, to
}
