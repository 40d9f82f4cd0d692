package stat

import "math"

// Autocorrelation returns the correlation of x with itself, lag positions later, about
// the common mean and divided by the whole variance (Box, Jenkins & Reinsel, "Time
// Series Analysis", 4th ed., 2008, section 2.1.6; R's acf). It is 0 for a lag outside
// 1..n-1 and for a constant series, which follows nothing; NaN with a value that is NaN
// or infinite.
func Autocorrelation(x []float64, lag int) float64 {
	if !allFinite(x) {
		return math.NaN()
	}
	if lag < 1 || lag >= len(x) {
		return 0
	}
	mean := Describe(x).Mean
	together, alone := 0.0, 0.0
	for i, v := range x {
		alone += (v - mean) * (v - mean)
		if i >= lag {
			together += (v - mean) * (x[i-lag] - mean)
		}
	}
	if alone == 0 {
		return 0
	}
	return together / alone
}
