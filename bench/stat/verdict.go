package stat

import "math"

// Verdict is the answer of a comparison in one word.
type Verdict string

// Faster and Slower are named for makespans; of any other metric they mean better and
// worse.
const (
	Faster    Verdict = "faster"
	Slower    Verdict = "slower"
	Same      Verdict = "same" // within the margin, and shown to be
	Undecided Verdict = "undecided"
	// TooFew is no answer: with so few rounds nothing but TooFew was possible, however
	// great the difference. See LeastRounds.
	TooFew Verdict = "too-few"
)

// MinRounds is the fewest rounds that can carry a verdict. With 5, even when all point
// one way, p is 2/2^5 = 0.0625.
const MinRounds = 6

// LeastRounds returns the fewest rounds in which any of n comparisons that are shown
// together can be decided: when all rounds point one way p is 2/2^n, it is
// multiplied by the looks, and Holm multiplies the smallest by the number of comparisons.
// With fewer rounds every verdict is TooFew, and there is no leading group.
func LeastRounds(comparisons int, o Options) int {
	o = o.withDefaults()
	n := MinRounds
	for o.price()*float64(comparisons)*math.Ldexp(2, -n) > o.Alpha {
		n++
	}
	return n
}

// decide applies the rule, the first line that holds:
//
//	rounds < least                                TooFew
//	PSameAdjusted <= alpha                        Same
//	PAdjusted <= alpha, the interval excludes 1   Faster or Slower, by its side
//	otherwise                                     Undecided
//
// Same comes first, because the margin is what the reader called negligible: a
// difference of 0.3%, however certain, is the same within 1%. Both tests keep their
// level in either order: two equal strategies are called different, and two that differ by
// the margin are called the same, with probability at most alpha each. The
// interval is asked as well, so that no verdict contradicts what is shown: ties or
// Monte Carlo error could part the two, by a hair.
func decide(c Comparison, o Options, least int) Verdict {
	below, above := Faster, Slower
	if o.HigherIsBetter {
		below, above = Slower, Faster
	}
	switch {
	case c.Rounds < least:
		return TooFew
	case c.PSameAdjusted <= o.Alpha:
		return Same
	case c.PAdjusted <= o.Alpha && c.Interval.High < 1:
		return below
	case c.PAdjusted <= o.Alpha && c.Interval.Low > 1:
		return above
	}
	return Undecided
}
