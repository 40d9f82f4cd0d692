package queueing

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// Source draws how long tasks take, one after another.
type Source interface {
	Fill(r *Random, took []time.Duration)
	Mean() float64     // ns
	Variance() float64 // ns^2; +Inf if it has none
}

// Random is the generator of draws: SplitMix64 (Steele, Lea, Flood, "Fast Splittable
// Pseudorandom Number Generators", 2014), which costs a nanosecond.
type Random uint64

// NewRandom starts a stream. Streams of the same seed with other numbers are independent.
func NewRandom(seed, stream uint64) *Random {
	r := Random(seed)
	r = Random(r.Uint64() ^ (stream+1)*0xd1342543de82ef95)
	r = Random(r.Uint64())
	return &r
}

// Uint64 is the next 64 random bits. It makes Random a source of math/rand/v2.
func (r *Random) Uint64() uint64 {
	*r += 0x9e3779b97f4a7c15
	x := uint64(*r)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Float64 is uniform on [0, 1).
func (r *Random) Float64() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// The table of a distribution has a part for each half of the ranks, and in it one for each
// power of two of the distance from its end, so that the tail is as fine as the middle: cells are
// a thousandth of that distance wide. What is nearer to an end than 2^-33 is not in the table.
const (
	tableOctaves = 32
	tableCells   = 1 << 10

	// tableError is by how much a draw may differ from the exact quantile: a millionth and a
	// nanosecond. Cells in which it would be more, such as at a step, draw exactly.
	tableError = 1e-6
)

// Table draws from a distribution by its quantiles, which it has in a table.
type Table struct {
	quantile       func(u float64) time.Duration
	cells          []cell
	mean, variance float64
}

// cell is a straight line over the bits of a rank within a cell. Its slope is NaN where that is not
// exact enough.
type cell struct{ base, slope float64 }

// NewTable is of the distribution with this quantile function, over u in (0, 1). It calls the
// function some 260,000 times at most, and takes milliseconds and 1 MB.
func NewTable(quantile func(u float64) time.Duration) *Table {
	t := &Table{quantile: quantile, cells: make([]cell, 2*tableOctaves*tableCells)}
	for half := range 2 {
		for octave := range tableOctaves {
			t.fill(half, octave)
		}
	}
	return t
}

// rankOf is the rank at a part of a cell.
func rankOf(half, octave int, at float64) float64 {
	distance := math.Ldexp(1+at/tableCells, -octave-2)
	if half == 1 {
		return 1 - distance
	}
	return distance
}

// fill computes the cells of an octave and adds its part of the moments, by Simpson's rule.
func (t *Table) fill(half, octave int) {
	at := func(x float64) float64 { return float64(t.quantile(rankOf(half, octave, x))) }
	width := math.Ldexp(1.0/tableCells, -octave-2)
	left := at(0)
	for i := range tableCells {
		middle, right := at(float64(i)+0.5), at(float64(i+1))
		c := cell{left, (right - left) * 0x1p-53}
		exact := func(part, v float64) bool {
			return math.Abs(left+part*(right-left)-v) <= 1+tableError*v
		}
		if !exact(0.5, middle) || right != left && !exact(0.25, at(float64(i)+0.25)) {
			c.slope = math.NaN()
		}
		t.cells[(half*tableOctaves+octave)*tableCells+i] = c
		t.mean += width * (left + 4*middle + right) / 6
		t.variance += width * (left*left + 4*middle*middle + right*right) / 6
		left = right
	}
	if octave == tableOctaves-1 && half == 1 {
		t.variance = max(0, t.variance-t.mean*t.mean)
	}
}

// Fill draws.
func (t *Table) Fill(r *Random, took []time.Duration) {
	state, cells := *r, t.cells
	for i := range took {
		x := state.Uint64()
		half := x & 1
		octave := min(bits.LeadingZeros64(x|1), tableOctaves-1)
		at := x << (octave + 1) // the bits below the first that is set
		c := cells[((half<<5|uint64(octave))<<10|at>>54)&(2*tableOctaves*tableCells-1)]
		d := c.base + c.slope*float64(at<<10>>11)
		if d != d || x>>(64-tableOctaves) == 0 {
			took[i] = t.exact(x)
			continue
		}
		took[i] = time.Duration(d)
	}
	*r = state
}

// exact is the quantile of the rank that has these bits: the lowest is the half, the others are
// the distance from its end.
func (t *Table) exact(x uint64) time.Duration {
	distance := math.Ldexp(float64(x>>1)+0.5, -64)
	if x&1 == 1 {
		return t.quantile(min(1-distance, 1-0x1p-53))
	}
	return t.quantile(distance)
}

// Mean and Variance are of the distribution, without the 2^-33 nearest to each end.
func (t *Table) Mean() float64     { return t.mean }
func (t *Table) Variance() float64 { return t.variance }

// Sample draws from what was measured, each value with the same probability.
type Sample struct {
	sorted         []time.Duration
	mean, variance float64
}

// NewSample takes the values, which it sorts. There is at least one.
func NewSample(values []time.Duration) *Sample {
	slices.Sort(values)
	s := &Sample{sorted: values}
	n := float64(len(values))
	for _, v := range values {
		s.mean += float64(v) / n
	}
	for _, v := range values {
		s.variance += (float64(v) - s.mean) * (float64(v) - s.mean) / n
	}
	return s
}

// Fill draws.
func (s *Sample) Fill(r *Random, took []time.Duration) {
	state, n := *r, uint64(len(s.sorted))
	for i := range took {
		high, _ := bits.Mul64(state.Uint64(), n)
		took[i] = s.sorted[high]
	}
	*r = state
}

// Mean and Variance are of the sample.
func (s *Sample) Mean() float64     { return s.mean }
func (s *Sample) Variance() float64 { return s.variance }

// Constant draws the same.
type Constant time.Duration

// Fill draws.
func (c Constant) Fill(_ *Random, took []time.Duration) {
	for i := range took {
		took[i] = time.Duration(c)
	}
}

// Mean and Variance are those of a constant.
func (c Constant) Mean() float64     { return float64(c) }
func (c Constant) Variance() float64 { return 0 }

// Longer draws from another source, and each so much longer.
type Longer struct {
	Source
	By time.Duration
}

// Fill draws.
func (l Longer) Fill(r *Random, took []time.Duration) {
	l.Source.Fill(r, took)
	for i := range took {
		took[i] = max(0, took[i]+l.By)
	}
}

// Mean is longer too.
func (l Longer) Mean() float64 { return l.Source.Mean() + float64(l.By) }
