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
	Decides  string  `json:"decides"`  // what does, there; "" if it still gains at the highest limit that can be predicted
	Measured int     `json:"measured"` // the highest limit that was measured: of the strategy or, where only a sample is known, of any
}

const (
	gainWithin  = 0.02
	slower      = 1.1 // a target that takes so many times as long for a task
	gainLimits  = 16  // limits doubled from 1
	gainBatches = 5
)

// gains finds it for each strategy with a limit.
func (r *Report) gains(cells []cell, o Options) {
	for len(cells) > 0 {
		name := cells[0].measured.Scenario.Name
		n := 0
		for n < len(cells) && cells[n].measured.Scenario.Name == name {
			n++
		}
		seen := map[string]bool{}
		for _, c := range cells[:n] {
			if family := c.choice.Spec.Name; hasLimit(c.choice) && c.Kind != events && c.Kind != unlimited && !seen[family] {
				seen[family] = true
				if g, ok := c.gain(cells[:n], o); ok {
					r.Gains = append(r.Gains, g)
				}
			}
		}
		cells = cells[n:]
	}
}

// highest is the highest limit that was measured, of those that say something of this strategy.
func (c cell) highest(cells []cell) (limit int) {
	for _, other := range cells {
		if c.learns(other) {
			limit = max(limit, other.measured.Choice.Width(math.MaxInt))
		}
	}
	return limit
}

// gain tries limits, by the cells of its scenario: each double the one before and, where nothing is known of
// how a target serves more at once than it has, up to what was measured.
func (c cell) gain(cells []cell, o Options) (Gain, bool) {
	highest := c.highest(cells)
	var try, limits []int
	for limit, i := 1, 0; i < gainLimits && limit <= o.Tasks && (c.known || limit < highest); limit, i = 2*limit, i+1 {
		try = append(try, limit)
	}
	if !c.known {
		try = append(try, highest)
	}
	var times, means []float64 // makespans; what a task takes
	floor := 0.0
	for _, limit := range try {
		next, err := c.at(limit, cells)
		if err != nil {
			continue
		}
		floor = next.measured.floor(o.Tasks)
		limits = append(limits, limit)
		times = append(times, max(floor, next.typical(o.Tasks, o.Seed)))
		means = append(means, next.from.Mean()+float64(next.Each))
	}
	if len(times) == 0 {
		return Gain{}, false
	}
	i, least := 0, slices.Min(times)
	for times[i] > (1+gainWithin)*least {
		i++
	}
	g := Gain{Scenario: c.measured.Scenario.Name, Strategy: c.choice.Spec.Name, Limit: limits[i], Seconds: times[i], Measured: highest}
	switch m := c.measured.Scenario.Target.Mock; {
	case c.measured.Scenario.Target.CPU != nil:
		g.Decides = fmt.Sprintf("the %.3g processors", c.measured.CPUs)
	case c.bucket != nil:
		g.Decides = fmt.Sprintf("the server's rate limit of %g a second", c.bucket.Rate)
	case m != nil && c.known && m.Slots > 0 && g.Limit >= m.Slots:
		g.Decides = fmt.Sprintf("the server's %d slots", m.Slots)
	case times[i] <= (1+gainWithin)*floor:
		g.Decides = fmt.Sprintf("the CPU (%s)", c.measured.perTask())
	case i == len(limits)-1 && (2*limits[i] <= o.Tasks || !c.known): // nothing yet
	case means[len(means)-1] > slower*means[i]:
		g.Decides = "the target, which takes longer for each task of more at once"
	default:
		g.Decides = "the slowest task"
	}
	return g, true
}

// typical is the median of a few makespans, in seconds.
func (c *calibrated) typical(n int, seed uint64) float64 {
	return stat.Median(c.luckOf(n, seed, gainBatches)) / 1e9
}
