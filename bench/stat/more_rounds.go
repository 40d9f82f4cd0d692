package stat

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

const (
	// deciding is the probability with which the rounds of MoreRounds should decide.
	deciding = 0.8
	// roundsTold is the most rounds that MoreRounds estimates. More would only mean "not
	// in this way".
	roundsTold = 100_000
)

// moreRounds estimates how many more rounds would decide the comparison with
// probability 0.8, if the centre and spread of the log ratios are as they look now. It
// is the sample size of a normal test of a difference, or of equivalence where the
// centre is inside the margin, whichever is smaller (Chow, Shao & Wang, "Sample Size
// Calculations in Clinical Research", 2nd ed., 2008, section 3.1), at the Bonferroni
// level of the family and looks. The spread is read off the interval, which a few stalled
// rounds hardly widen; off the standard deviation where that interval is unbounded.
func moreRounds(logs logPair, o Options, family int) int {
	n := float64(logs.len())
	if n < 2 {
		return -1
	}
	center, iv := logs.estimate(1 - o.Alpha)
	spread := (iv.High - iv.Low) / 2 * math.Sqrt(n) / normalQuantile((1+iv.Confidence)/2)
	if !finite(spread) {
		spread = Describe(floats.SubTo(make([]float64, logs.len()), logs.head, logs.base)).Deviation
	}
	level := o.Alpha / (o.price() * float64(family))
	needed := sampleSize(spread, math.Abs(center), normalQuantile(1-level/2)+normalQuantile(deciding))
	if inside := math.Log1p(o.Margin) - math.Abs(center); inside > 0 {
		// With the centre near 0 either limit can fail, so each gets half the risk.
		needed = min(needed, sampleSize(spread, inside, normalQuantile(1-level)+normalQuantile((1+deciding)/2)))
	}
	// So few rounds cannot reach the level even when all point one way.
	least := max(MinRounds, math.Ceil(1-math.Log2(level)), n+1)
	if needed = max(needed, least); !(needed <= roundsTold) {
		return -1
	}
	return int(math.Ceil(needed)) - logs.len()
}

// sampleSize is that of a normal test with the sum of its two quantiles. Without
// distance no number suffices.
func sampleSize(spread, distance, quantiles float64) float64 {
	if distance == 0 {
		return math.Inf(1)
	}
	ratio := quantiles * spread / distance
	return ratio * ratio
}

func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }
