package predict

import (
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/stat"
)

// Gain is the limit of a strategy beyond which nothing is gained.
type Gain struct {
	Scenario string  `json:"scenario"`
	Strategy string  `json:"strategy"` // its name, without the limit
	Limit    int     `json:"limit"`    // the lowest whose makespan is within 2% of the least
	Seconds  float64 `json:"seconds"`  // its makespan
	Decides  string  `json:"decides"`  // what does, there
	Measured int     `json:"measured"` // the highest limit that was measured
}

const (
	gainWithin  = 0.02
	gainLimits  = 16 // limits doubled from 1
	gainBatches = 5
)

// gains finds it for each strategy with a limit.
func (r *Report) gains(cells []cell, o Options) {
	seen := map[[2]string]bool{}
	for _, c := range cells {
		key := [2]string{c.measured.Scenario.Name, c.choice.Spec.Name}
		if seen[key] || !hasLimit(c.choice) || c.Kind == events || c.Kind == unlimited {
			continue
		}
		seen[key] = true
		highest := 0
		for _, other := range cells {
			if other.measured.Scenario.Name == key[0] && other.choice.Spec.Name == key[1] {
				highest = max(highest, other.measured.Choice.Width(math.MaxInt))
			}
		}
		if g, ok := c.gain(o); ok {
			g.Measured = highest
			r.Gains = append(r.Gains, g)
		}
	}
}

func (c cell) gain(o Options) (Gain, bool) {
	var limits []int
	var times []float64
	floor := c.measured.floor(o.Tasks)
	for limit, i := 1, 0; i < gainLimits && limit <= max(o.Tasks, 1); limit, i = 2*limit, i+1 {
		to, err := withLimit(c.choice, limit)
		if err != nil {
			continue
		}
		of := *c.calibrated
		model, err := c.model(to)
		if err != nil {
			continue
		}
		of.Model, of.Cost = model, of.Cost.of(of.Model, model)
		limits = append(limits, limit)
		times = append(times, max(floor, of.typical(o.Tasks, o.Seed)))
	}
	if len(times) == 0 {
		return Gain{}, false
	}
	i, least := 0, slices.Min(times)
	for times[i] > (1+gainWithin)*least {
		i++
	}
	g := Gain{Scenario: c.measured.Scenario.Name, Strategy: c.choice.Spec.Name, Limit: limits[i], Seconds: times[i]}
	switch m := c.measured.Scenario.Target.Mock; {
	case c.measured.Scenario.Target.CPU != nil:
		g.Decides = fmt.Sprintf("the %.3g processors", c.measured.CPUs)
	case c.bucket != nil:
		g.Decides = fmt.Sprintf("the server's rate limit of %g a second", c.bucket.Rate)
	case m != nil && c.known && m.Slots > 0 && g.Limit >= m.Slots:
		g.Decides = fmt.Sprintf("the server's %d slots", m.Slots)
	case times[i] <= (1+gainWithin)*floor:
		g.Decides = fmt.Sprintf("the CPU (%s)", c.measured.perTask())
	case i == gainLimits-1:
		g.Decides = "nothing yet: every limit tried is faster than the one before"
	default:
		g.Decides = "the slowest task"
	}
	return g, true
}

// typical is the median of a few makespans, in seconds.
func (c *calibrated) typical(n int, seed uint64) float64 {
	return stat.Median(c.luckOf(n, seed, gainBatches)) / 1e9
}
