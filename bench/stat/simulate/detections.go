package simulate

import "github.com/fanbench/fanbench/bench/stat"

// Detected is how often one series of a noise was said to drift, or not to have ended its
// warm-up. Where the noise does none of that, these are false alarms.
type Detected struct {
	Noise         string
	Rounds        int
	Drift, Warmup Rate
}

// Detections looks at the base alone, in random pairs.
func (p Plan) Detections() []Detected {
	return byNoise(p, func(n int, noise Noise) []Detected {
		slots := make([]float64, 2*p.Rounds)
		row := Detected{Noise: noise.Name, Rounds: p.Rounds}
		for trial := range p.Trials {
			random := p.source(n, trial)
			noise.draw(random, slots)
			base, _ := randomPairs.measure(random, slots, 1)
			row.Drift.count(stat.DetectDrift(base).P <= Alpha)
			row.Warmup.count(!stat.DetectWarmup(base).Ended)
		}
		return []Detected{row}
	})
}
