package simulate

import (
	"math"

	"github.com/fanbench/fanbench/bench/stat"
)

// AcrossMachines is how often the answers of a run of several machines were wrong.
type AcrossMachines struct {
	Noise    string
	Machines int
	Spread   float64 // standard deviation of the ratio's logarithm between machines, in units of sigma

	Rejected  Rate // the two were called different on these machines; counted where machines do not differ
	Held      Rate // the interval of another machine held the mean ratio
	Predicted Rate // the prediction held the ratio of another machine
	Claimed   Rate // the two were called different on average
}

// Numbers of machines, and spreads between them, that are simulated. A machine's mean of 4 to 16
// rounds is known to about half of sigma.
var (
	machineCounts  = []int{2, 3, 5, 10, 20}
	machineSpreads = []float64{0, 0.5, 2}
)

// Machines simulates runs of several machines, which differ in speed, in noise (standard
// deviations by a factor of up to e^2) and in their number of rounds (4 to 16). The true mean
// ratio is 1. The plan's number of rounds is not used.
func (p Plan) Machines() []AcrossMachines {
	return byNoise(p, func(n int, noise Noise) []AcrossMachines {
		var rows []AcrossMachines
		for _, machines := range machineCounts {
			for _, spread := range machineSpreads {
				row := AcrossMachines{Noise: noise.Name, Machines: machines, Spread: spread}
				for trial := range p.Trials {
					row.simulate(p, n, noise, trial)
				}
				rows = append(rows, row)
			}
		}
		return rows
	})
}

// simulate draws one run and judges it.
func (r *AcrossMachines) simulate(p Plan, n int, noise Noise, trial int) {
	random := p.source(n*len(machineCounts)*100+r.Machines, trial)
	another := math.Exp(sigma * r.Spread * random.NormFloat64())
	var pair stat.Pair
	for machine := range r.Machines {
		slots := make([]float64, 2*(4+random.IntN(13)))
		noise.draw(random, slots)
		loud := math.Exp(2*random.Float64() - 1)
		for i := range slots {
			slots[i] *= loud
		}
		ratio := math.Exp(sigma * r.Spread * random.NormFloat64())
		speed := math.Exp(0.3 * random.NormFloat64())
		base, head := randomPairs.measure(random, slots, ratio)
		for i := range base {
			pair.Base, pair.Head, pair.Block = append(pair.Base, speed*base[i]), append(pair.Head, speed*head[i]), append(pair.Block, machine)
		}
	}
	if r.Spread == 0 {
		c := stat.CompareFamily([]stat.Pair{pair}, stat.Options{Alpha: Alpha})[0]
		r.Rejected.count(c.PAdjusted <= Alpha)
	}
	if b, ok := stat.BetweenBlocks(pair, stat.Options{Alpha: Alpha}); ok {
		r.Held.count(holds(b.Interval))
		r.Claimed.count(b.Verdict != stat.Undecided)
		r.Predicted.count(b.Prediction.Low <= another && another <= b.Prediction.High)
	}
}
