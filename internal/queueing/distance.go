package queueing

import (
	"math"
	"slices"
)

// Distance is the greatest difference between the share of a sample that is at most x and
// the share of a distribution, cdf, over all x (A. N. Kolmogorov, 1933). The sample is not
// changed.
func Distance(sample []float64, cdf func(x float64) float64) float64 {
	sorted := slices.Sorted(slices.Values(sample))
	n, most := float64(len(sorted)), 0.0
	for i, x := range sorted {
		f := cdf(x)
		most = max(most, f-float64(i)/n, float64(i+1)/n-f)
	}
	return most
}

// DistanceP is the probability that n independent draws from the distribution itself are
// at least so far from it (Kolmogorov's limit, with the correction for finite n of M. A.
// Stephens, "Use of the Kolmogorov-Smirnov, Cramér-von Mises and related statistics without
// extensive tables", JRSS B 32, 1970).
func DistanceP(n int, distance float64) float64 {
	root := math.Sqrt(float64(n))
	x := distance * (root + 0.12 + 0.11/root)
	if x < 0.2 { // the series converges slowly there, and the probability is 1 to 12 digits
		return 1
	}
	p, sign := 0.0, 1.0
	for k := 1.0; k <= 100; k++ {
		p += sign * 2 * math.Exp(-2*k*k*x*x)
		sign = -sign
	}
	return min(max(p, 0), 1)
}

// DistanceLimit is the distance that n independent draws exceed with probability p.
func DistanceLimit(n int, p float64) float64 {
	low, high := 0.0, 1.0
	for range 60 {
		if middle := (low + high) / 2; DistanceP(n, middle) > p {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
