package simulate

import (
	"math"
	"math/rand/v2"
)

// Noise is a way in which the same code takes different times on the same machine.
type Noise struct {
	Name string
	// draw fills the slots of one run, in order of time, in units of sigma. The two
	// slots of round i are 2i and 2i+1.
	draw func(random *rand.Rand, slots []float64)
}

// sigma is one unit of noise, in logarithms: a slot's time varies by about 5%.
const sigma = 0.05

// Noises returns the models in the order of the tables.
func Noises() []Noise {
	return []Noise{
		{"iid", independent},
		{"AR(1) .5", autoregressive(0.5)},
		{"AR(1) .9", autoregressive(0.9)},
		{"AR(1) .98", autoregressive(0.98)},
		{"linear drift, 2 sigma", drift},
		{"slow first slot, 0.8 sigma", slowFirstSlot},
		{"heavy tails, t(2)", heavyTails},
		{"step of 2 sigma", step},
	}
}

// source is the randomness of one run: of every run another.
func (p Plan) source(noise, trial int) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed, uint64(noise)<<32|uint64(trial)))
}

func independent(random *rand.Rand, slots []float64) {
	for i := range slots {
		slots[i] = random.NormFloat64()
	}
}

// autoregressive is a stationary series of unit variance, correlated by rho from slot
// to slot: a neighbour's load, a clock frequency, a cache that fills and empties.
func autoregressive(rho float64) func(*rand.Rand, []float64) {
	return func(random *rand.Rand, slots []float64) {
		value := random.NormFloat64()
		for i := range slots {
			slots[i] = value
			value = rho*value + math.Sqrt(1-rho*rho)*random.NormFloat64()
		}
	}
}

// drift rises evenly by 2 sigma over the run: a machine that heats up.
func drift(random *rand.Rand, slots []float64) {
	independent(random, slots)
	for i := range slots {
		slots[i] += 2 * float64(i) / float64(len(slots))
	}
}

// slowFirstSlot adds 0.8 sigma to the first slot of every round: what runs first after
// a pause finds caches cold and the clock low.
func slowFirstSlot(random *rand.Rand, slots []float64) {
	independent(random, slots)
	for i := 0; i < len(slots); i += 2 {
		slots[i] += 0.8
	}
}

// heavyTails is Student's t with 2 degrees of freedom, whose variance is infinite: now
// and then a trial stalls.
func heavyTails(random *rand.Rand, slots []float64) {
	for i := range slots {
		slots[i] = random.NormFloat64() / math.Sqrt(random.ExpFloat64())
	}
}

// step adds 2 sigma from a random slot on: a neighbour moves in.
func step(random *rand.Rand, slots []float64) {
	independent(random, slots)
	for i := random.IntN(len(slots) + 1); i < len(slots); i++ {
		slots[i] += 2
	}
}
