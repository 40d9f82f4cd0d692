package stat

import "gonum.org/v1/gonum/stat/distuv"

// SignTest returns the probability of at least k successes in n trials if a success is as
// likely as a failure: the one-sided p-value of the sign test that the median is on the side
// of the successes (Conover, "Practical Nonparametric Statistics", 3rd ed., 1999, section
// 3.4). It is 1 for k of 0 or less.
func SignTest(k, n int) float64 {
	if k <= 0 || n <= 0 {
		return 1
	}
	return distuv.Binomial{N: float64(n), P: 0.5}.Survival(float64(k) - 1)
}
