package stat

import "math"

// Outlier says how far out a value lies.
type Outlier int

// Beyond 1.5 interquartile ranges from the nearer quartile a value is mild, beyond 3
// severe.
const (
	LowSevere  Outlier = -2
	LowMild    Outlier = -1
	NotOutlier Outlier = 0
	HighMild   Outlier = 1
	HighSevere Outlier = 2
)

// ClassifyOutliers says of every element, in the same order, how far out it lies
// (Tukey, "Exploratory Data Analysis", 1977, section 2D; quartiles as in Quantiles). It
// only says: nothing in this package drops a value for being far out. Of a normal
// sample 0.7% are outliers; of times, which lean to the right, more: logarithms lean
// less.
//
// A NaN lies nowhere: it is NotOutlier, and does not move the fences.
func ClassifyOutliers(x []float64) []Outlier {
	known := make([]float64, 0, len(x))
	for _, v := range x {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	quartiles := Quantiles(known, 0.25, 0.75)
	q1, q3 := quartiles[0], quartiles[1]
	classes := make([]Outlier, len(x))
	for i, v := range x {
		switch reach := q3 - q1; {
		case v < q1-3*reach:
			classes[i] = LowSevere
		case v < q1-1.5*reach:
			classes[i] = LowMild
		case v > q3+3*reach:
			classes[i] = HighSevere
		case v > q3+1.5*reach:
			classes[i] = HighMild
		}
	}
	return classes
}
