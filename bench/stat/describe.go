package stat

import "github.com/montanaflynn/stats"

// Description is a sample in figures, NaN if the sample is empty.
type Description struct {
	N                      int
	Min, Median, Max, Mean float64
	Deviation              float64 // standard, estimated with n-1; NaN of fewer than two values
}

// Describe describes a sample. Its median is that of Quantiles.
func Describe(x []float64) Description {
	// Of an empty sample each is an error and NaN.
	least, _ := stats.Min(x)
	most, _ := stats.Max(x)
	mean, _ := stats.Mean(x)
	deviation, _ := stats.StandardDeviationSample(x)
	return Description{N: len(x), Min: least, Median: Median(x), Max: most, Mean: mean, Deviation: deviation}
}

// Median is the median, NaN of an empty sample.
func Median(x []float64) float64 { return Quantiles(x, 0.5)[0] }
