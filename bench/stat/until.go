package stat

import "math"

// Until is the plan of a run that goes on until its interval is narrow: "--until 2%".
//
// The data are looked at only after the numbers of rounds in Looks, which are fixed
// beforehand. The run stops at the first look at which the interval is narrow, or after
// Max rounds. Judge every look with Options.Until.
//
// A run that stops when its interval is narrow stops when the noise happens to look small,
// and its interval holds the truth less often than it says: 93 to 94% at 95%. So every
// look is judged at alpha/1.5. Simulated intervals at the stop then hold the truth in 95
// to 97% (docs/statistics.md), for about half the rounds of a Bonferroni correction over
// all looks (repeated confidence intervals: Jennison & Turnbull, JRSS B 51, 1989). That
// correction guarantees 95%; it held 99%.
type Until struct {
	Width    float64 // 0.02: the interval reaches no further than 2% either side of its middle
	Min, Max int     // rounds; below 1 they are 10 and 200
}

const (
	// lookGrowth is the ratio of rounds between looks.
	lookGrowth = 1.25
	// untilPrice is what p-values of a run that stops by itself are multiplied by.
	untilPrice = 1.5
)

// Looks returns the numbers of rounds after which to look, ascending: Min, each next a
// quarter more, and Max.
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
