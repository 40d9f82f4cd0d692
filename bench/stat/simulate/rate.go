package simulate

import "math"

// Rate is how many of the simulated runs did something.
type Rate struct{ Runs, Of int }

func (r *Rate) count(did bool) {
	r.Of++
	if did {
		r.Runs++
	}
}

// Value is the rate, 0..1; 0 of no runs.
func (r Rate) Value() float64 { return float64(r.Runs) / float64(max(1, r.Of)) }

// StandardError is that of Value: two of them either way hold the rate of infinitely
// many runs with probability 0.95.
func (r Rate) StandardError() float64 {
	return math.Sqrt(r.Value() * (1 - r.Value()) / float64(max(1, r.Of)))
}
