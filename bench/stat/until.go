package stat

import "math"

// Until is the plan of a run that goes on until its interval is narrow: "--until 2%".
//
// The data are looked at only after the numbers of rounds in Looks, which are fixed
// beforehand, and each look gets its share of alpha: judge them with
// Options.Looks = len(Looks()). By Bonferroni's inequality all intervals of the run,
// and so the one at which it stops, hold the true ratio together with the confidence
// asked, whatever the reason to stop. These are repeated confidence intervals (Jennison
// & Turnbull, "Interim analyses: the repeated confidence interval approach", JRSS B 51,
// 1989) built from an exact test, so the guarantee is not asymptotic.
//
// Stopping at the first narrow interval without a correction stops when the noise
// happens to look small, and covers less than it says (docs/statistics.md). A
// confidence sequence would allow a look at every round, at about the same price (a
// normal mixture, Howard et al., "Time-uniform, nonparametric, nonasymptotic confidence
// sequences", Annals of Statistics 49, 2021), but is about the mean, which one stalled
// round moves; and a verdict should rest on what is shown.
type Until struct {
	Width    float64 // 0.02: the interval reaches no further than 2% either side of its middle
	Min, Max int     // rounds; below 1 they are 10 and 200
}

// lookGrowth is the ratio of rounds between looks. More looks cost confidence, fewer
// overshoot the round at which the interval became narrow: from 10 to 200 rounds the
// product of both costs is least near 1.5, and flat (9.6 at 1.25, 9.3 at 1.5, 10.0 at 2).
const lookGrowth = 1.5

// Looks returns the numbers of rounds after which to look, ascending: Min, each next
// half as many more, and Max.
func (u Until) Looks() []int {
	if u.Min < 1 {
		u.Min = 10
	}
	if u.Max < 1 {
		u.Max = 200
	}
	var looks []int
	for rounds := u.Min; rounds < u.Max; rounds = int(math.Ceil(float64(rounds) * lookGrowth)) {
		looks = append(looks, rounds)
	}
	return append(looks, u.Max)
}

// Narrow reports whether the interval of a ratio is as narrow as asked: High/Low is at
// most (1 + Width)^2.
func (u Until) Narrow(iv Interval) bool {
	return iv.High/iv.Low <= (1+u.Width)*(1+u.Width)
}
