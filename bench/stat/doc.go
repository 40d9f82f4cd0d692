// Package stat turns rounds of measurements into verdicts. It is pure: slices and
// seeds in, values out; no clock, no I/O, no global randomness, and a caller's slice
// is never modified.
//
// The way of a comparison, in order:
//
//	base, head []float64     one metric of two strategies, element i being of round i
//	  -> logPair             their logarithms, of the rounds that have both
//	  -> rankDifferences     one number per round: by how many ranks head is above base
//	  -> SignFlip            the p-value, by the randomisation that was really done
//	  -> estimate            the ratio, and its interval: the test turned round
//	  -> Holm                over the family of comparisons that are shown together
//	  -> Comparison          faster, slower, same within a margin, or undecided
//
// Compare and CompareFamily do all of that. The other files describe one series, in
// run order or not: quantiles and what a sample of that size supports,
// autocorrelation, drift, the end of the warm-up, outliers. Until says when enough rounds were measured.
//
// What the p-value rests on: within every round the strategies run in random order,
// on the same latencies. If two strategies are alike, then exchanging their names in a
// round changes nothing but the sign of that round's rank difference. So each of the 2^n
// patterns of signs is as likely as the one seen, whatever the noise is: drifting,
// autocorrelated, heavy-tailed. Nothing else is assumed.
//
// docs/statistics.md explains it with the simulated error rates, which package simulate
// computes.
package stat
