package stat

// Warmup is what the trials so far say about the warm-up.
type Warmup struct {
	Ended bool
	At    int   // if Ended, the first position that counts
	Drift Drift // from At on, also if not Ended
}

const (
	// warmupAlpha is the level at which drift after the warm-up is drift: so one
	// steady series in twenty goes on warming up, for a while.
	warmupAlpha = 0.05
	// warmupLeast is the fewest values of which an end is said.
	warmupLeast = 8
)

// DetectWarmup finds where the warm-up at the start of x ended. The cut is where the
// mean of the rest is known best, MSER: the least squared standard error of the mean
// over all cuts in the first half (White, "An effective truncation heuristic for bias
// reduction in simulation output", Simulation 69, 1997). Ended is false, and At the
// best cut there is, if that cut is at the half itself, as then a later one might be
// better; if the rest still drifts, see DetectDrift; or if x has fewer than 8 values,
// or one that is NaN or infinite.
func DetectWarmup(x []float64) Warmup {
	if len(x) < warmupLeast || !allFinite(x) {
		return Warmup{Drift: Drift{P: 1}}
	}
	w := Warmup{At: steadyFrom(x)}
	w.Drift = DetectDrift(x[w.At:])
	w.Ended = w.At < len(x)/2 && w.Drift.P > warmupAlpha
	return w
}

// steadyFrom goes from the end to the start, so that mean and sum of squares of every
// rest are updated, not computed again (Welford, Technometrics 4, 1962). Of equal cuts
// the earliest is taken.
func steadyFrom(x []float64) int {
	count, mean, squares := 0.0, 0.0, 0.0
	cut, least := 0, 0.0
	for i := len(x) - 1; i >= 0; i-- {
		count++
		delta := x[i] - mean
		mean += delta / count
		squares += delta * (x[i] - mean)
		if i > len(x)/2 {
			continue
		}
		if standardError := squares / (count * count); i == len(x)/2 || standardError <= least {
			cut, least = i, standardError
		}
	}
	return cut
}
