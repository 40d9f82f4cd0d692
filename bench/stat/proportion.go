package stat

import "math"

// ProportionInterval is the confidence interval of a probability, given the number of
// successes in n trials (Wilson, "Probable inference, the law of succession, and
// statistical inference", JASA 22, 1927). It holds near 0 and 1 too, where the usual
// normal interval does not. Of no trials it is 0 to 1. A confidence outside (0, 1)
// counts as 0.95.
func ProportionInterval(successes, n int, confidence float64) Interval {
	if n < 1 {
		return Interval{Low: 0, High: 1, Confidence: 1}
	}
	if !(confidence > 0 && confidence < 1) {
		confidence = defaultConfidence
	}
	z, m := normalQuantile((1+confidence)/2), float64(n)
	p := float64(successes) / m
	middle, half := p+z*z/(2*m), z*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return Interval{
		Low:        max(0, (middle-half)/(1+z*z/m)),
		High:       min(1, (middle+half)/(1+z*z/m)),
		Confidence: confidence,
	}
}
