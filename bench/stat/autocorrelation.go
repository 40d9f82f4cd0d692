package stat

import (
	"math"

	"gonum.org/v1/gonum/stat"
)

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
	mean := stat.Mean(x, nil)
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

// EffectiveSampleSize returns how many independent values would tell the mean of x as
// precisely: n over the autocorrelation time, which sums the autocorrelations in pairs
// of lags as long as those are positive, none counting for more than the one before
// (Geyer, "Practical Markov chain Monte Carlo", Statistical Science 7, 1992, section
// 3.3: initial monotone sequence).
//
// It is at most n, since a series that alternates is no better than independent here,
// and n for fewer than 4 values. Short series hide their correlation: the truth lies
// rather below. NaN with a value that is NaN or infinite.
func EffectiveSampleSize(x []float64) float64 {
	n := float64(len(x))
	if !allFinite(x) {
		return math.NaN()
	}
	if len(x) < 4 {
		return n
	}
	time, before := -1.0, math.Inf(1)
	for lag := 0; lag+1 < len(x); lag += 2 {
		pair := Autocorrelation(x, lag) + Autocorrelation(x, lag+1)
		if lag == 0 {
			pair++
		}
		if pair <= 0 {
			break
		}
		before = min(before, pair)
		time += 2 * before
	}
	return n / max(1, time)
}
