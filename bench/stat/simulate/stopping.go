package simulate

import "github.com/fanbench/fanbench/bench/stat"

// Stopped is how runs ended that stop by themselves.
type Stopped struct {
	Noise, Rule string
	Held        Rate    // whose last interval held the true ratio
	Narrow      Rate    // which became as narrow as asked
	Rounds      float64 // in the mean
}

// RuleUntil is the rule that a run --until follows.
const RuleUntil = "Until"

// rule looks at a run after certain numbers of rounds, and stops when the interval is
// narrow.
type rule struct {
	name    string
	looks   []int
	options stat.Options
}

// Stopping runs random pairs until the interval is as narrow as until asks: at the
// looks of until, without and with its correction. The rounds of
// the plan do not matter.
func (p Plan) Stopping(until stat.Until) []Stopped {
	looks := until.Looks()
	most := looks[len(looks)-1]
	rules := []rule{
		{"looks of Until, uncorrected", looks, stat.Options{Alpha: Alpha}},
		{RuleUntil, looks, stat.Options{Alpha: Alpha, Until: true}},
	}
	return byNoise(p, func(n int, noise Noise) []Stopped {
		var rows []Stopped
		slots := make([]float64, 2*most)
		for _, r := range rules {
			rows = append(rows, Stopped{Noise: noise.Name, Rule: r.name})
		}
		for trial := range p.Trials {
			random := p.source(n, trial)
			noise.draw(random, slots)
			base, head := randomPairs.measure(random, slots, 1)
			for i, r := range rules {
				rounds, iv := r.run(base, head, until)
				row := &rows[i]
				row.Rounds += float64(rounds) / float64(p.Trials)
				row.Held.count(holds(iv))
				row.Narrow.count(until.Narrow(iv))
			}
		}
		return rows
	})
}

// run returns the round at which the run stops, and its interval there.
func (r rule) run(base, head []float64, until stat.Until) (rounds int, iv stat.Interval) {
	for _, rounds = range r.looks {
		iv = stat.Compare(base[:rounds], head[:rounds], r.options).Interval
		if until.Narrow(iv) {
			break
		}
	}
	return rounds, iv
}
