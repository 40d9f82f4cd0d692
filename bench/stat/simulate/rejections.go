package simulate

import (
	"slices"

	"github.com/aclements/go-moremath/stats"

	"github.com/fanbench/fanbench/bench/stat"
)

// Rejection is how often one test called the two different.
type Rejection struct {
	Noise, Schedule, Test string
	Rejected              Rate
}

// Names of tests: what benchstat uses, and what fanbench's verdicts rest on.
const (
	MannWhitney = "Mann-Whitney"
	Verdict     = "verdict"
)

// test returns the p-value of no difference.
type test struct {
	name string
	p    func(base, head []float64) float64
}

// tests are the unpaired one of benchstat, the sign-flip test of the log ratios as they
// are, and the one of fanbench's verdicts, which is of aligned ranks.
func tests() []test {
	return []test{
		{MannWhitney, mannWhitney},
		{"sign-flip", func(base, head []float64) float64 {
			p, _ := stat.SignFlip(stat.LogRatios(base, head), 0)
			return p
		}},
		{Verdict, func(base, head []float64) float64 {
			c := stat.Compare(base, head, stat.Options{Alpha: Alpha})
			if c.Verdict == stat.Undecided {
				return 1
			}
			return c.PAdjusted
		}},
	}
}

// Rejections judges runs in which head takes ratio times as long as base. At a ratio of
// 1 the rates are false positives, and should be Alpha; else they are the power.
func (p Plan) Rejections(ratio float64) []Rejection {
	return byNoise(p, func(n int, noise Noise) []Rejection {
		var rows []Rejection
		slots := make([]float64, 2*p.Rounds)
		for _, s := range schedules() {
			for _, t := range tests() {
				rows = append(rows, Rejection{Noise: noise.Name, Schedule: s.name, Test: t.name})
			}
		}
		for trial := range p.Trials {
			random := p.source(n, trial)
			noise.draw(random, slots)
			row := 0
			for _, s := range schedules() {
				base, head := s.measure(random, slots, ratio)
				for _, t := range tests() {
					rows[row].Rejected.count(t.p(base, head) <= Alpha)
					row++
				}
			}
		}
		return rows
	})
}

// mannWhitney is the test of benchmath's AssumeNothing. Samples that are all equal, or
// empty, do not differ.
func mannWhitney(base, head []float64) float64 {
	result, err := stats.MannWhitneyUTest(slices.Clone(base), slices.Clone(head), stats.LocationDiffers)
	if err != nil {
		return 1
	}
	return result.P
}
