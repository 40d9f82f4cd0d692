package simulate

import (
	"github.com/fanbench/fanbench/bench/stat"
)

// Covered is how often the interval of a comparison held the true ratio.
type Covered struct {
	Noise  string
	Rounds int
	Held   Rate
	Width  float64 // the median of High/Low - 1
}

// Coverage compares in random pairs, at the rounds of the plan. The true ratio is 1:
// another one moves intervals along, and changes nothing else.
func (p Plan) Coverage() []Covered {
	return byNoise(p, func(n int, noise Noise) []Covered {
		slots := make([]float64, 2*p.Rounds)
		row := Covered{Noise: noise.Name, Rounds: p.Rounds}
		var widths []float64
		for trial := range p.Trials {
			random := p.source(n, trial)
			noise.draw(random, slots)
			base, head := randomPairs.measure(random, slots, 1)
			iv := stat.Compare(base, head, stat.Options{Alpha: Alpha}).Interval
			row.Held.count(holds(iv))
			widths = append(widths, iv.High/iv.Low-1)
		}
		row.Width = stat.Median(widths)
		return []Covered{row}
	})
}

func holds(iv stat.Interval) bool { return iv.Low <= 1 && 1 <= iv.High }
