package simulate

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"

	"github.com/fanbench/fanbench/bench/stat"
)

// AcrossMachines is how often the answers of a run of several machines were wrong.
type AcrossMachines struct {
	Noise    string
	Machines int
	Spread   float64 // standard deviation of the ratio's logarithm between machines, in units of sigma

	Rejected  Rate // the two were called different on these machines; counted where machines do not differ
	Unlike    Rate // the machines were called different in the ratio, at the level Alpha; counted likewise
	Held      Rate // the interval of another machine held the mean ratio
	Predicted Rate // the prediction held the ratio of another machine
	Measured  Rate // the prediction held the ratio as measured there, by its verdict's estimate
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
	var all stat.Pair
	var own []stat.Pair
	for machine := range r.Machines {
		pair, _ := r.machine(random, noise)
		own = append(own, pair)
		for i := range pair.Base {
			all.Base, all.Head, all.Block = append(all.Base, pair.Base[i]), append(all.Head, pair.Head[i]), append(all.Block, machine)
		}
	}
	if r.Spread == 0 {
		c := stat.CompareFamily([]stat.Pair{all}, stat.Options{Alpha: Alpha})[0]
		r.Rejected.count(c.PAdjusted <= Alpha)
	}
	if b, ok := stat.BetweenBlocks(own, stat.Options{Alpha: Alpha}); ok {
		if r.Spread == 0 {
			r.Unlike.count(b.PAlike <= Alpha)
		}
		r.Held.count(holds(b.Interval))
		r.Claimed.count(b.Verdict != stat.Undecided)
		another, ratio := r.machine(random, noise)
		measured := stat.Compare(another.Base, another.Head, stat.Options{}).Ratio
		r.Predicted.count(b.Prediction.Low <= ratio && ratio <= b.Prediction.High)
		r.Measured.count(b.Prediction.Low <= measured && measured <= b.Prediction.High)
	}
}

// machine draws the rounds of a machine, and its true ratio.
func (r *AcrossMachines) machine(random *rand.Rand, noise Noise) (pair stat.Pair, ratio float64) {
	slots := make([]float64, 2*(4+random.IntN(13)))
	noise.draw(random, slots)
	loud := math.Exp(2*random.Float64() - 1)
	for i := range slots {
		slots[i] *= loud
	}
	ratio = math.Exp(sigma * r.Spread * random.NormFloat64())
	speed := math.Exp(0.3 * random.NormFloat64())
	pair.Base, pair.Head = randomPairs.measure(random, slots, ratio)
	floats.Scale(speed, pair.Base)
	floats.Scale(speed, pair.Head)
	return pair, ratio
}
