package predict

import (
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/queueing"
)

// calibrated is a model with its costs, and what tasks take.
type calibrated struct {
	Model
	Cost
	costs    []float64 // Each, of each round, ns
	outliers int       // rounds whose cost was far from the others'

	known  bool              // the scenario states how long tasks take; else there is a sample
	from   source            // the distribution, or the sample of all rounds
	rounds [][]time.Duration // of a sample: the times of each round
	drift  float64           // of a sample: standard deviation of what rounds have in common beyond its luck, ns
	tail   tail

	quantile func(u float64) time.Duration // of a known distribution
}

// stated is the distribution of the times of tasks that a scenario states.
type stated struct {
	quantile func(u float64) time.Duration
	table    *queueing.Table
	tail     tail
}

// newStated is of a quantile function; nil has none, and gives nil.
func newStated(quantile func(u float64) time.Duration) *stated {
	if quantile == nil {
		return nil
	}
	return &stated{quantile, queueing.NewTable(quantile), tailOf(quantile)}
}

// calibrate finds the costs with which the model takes as long as was measured. Without a stated
// distribution it has the measured times.
func calibrate(m Measured, model Model, known *stated) (*calibrated, error) {
	c := &calibrated{Model: model, known: known != nil, Cost: Cost{Pace: m.pace()}}
	if model.Kind == waves || model.Kind == chunks || model.Kind == served || m.Scenario.Target.CPU != nil {
		c.Pace = 0
	}
	if model.queues() {
		c.Way = m.way(model.server.Slots)
	}
	if known != nil {
		c.from, c.tail, c.quantile = known.table, known.tail, known.quantile
	} else {
		var all []time.Duration
		for _, r := range m.Rounds {
			c.rounds = append(c.rounds, r.Took)
			all = append(all, r.Took...)
		}
		c.tail = newTail(all)
		c.from = c.sampleOf(c.rounds, c.tail)
		c.drift = betweenRounds(c.rounds)
	}
	for _, r := range m.Rounds {
		took := r.Took
		if known != nil {
			took = r.Foreseen
		}
		c.costs = append(c.costs, c.costOf(r, took))
	}
	raw := c.costs
	c.costs = moderated(raw)
	c.Each = time.Duration(stat.Describe(c.costs).Mean)
	c.outliers = c.matter(raw)
	if model.Kind == unlimited {
		c.Each = max(0, c.Each)
	}
	if len(m.Rounds) < leastRounds {
		return c, fmt.Errorf("%d rounds tell nothing of how the costs of rounds differ; measure at least %d", len(m.Rounds), leastRounds)
	}
	return c, nil
}

// sampleOf is the source of the times of rounds. Tasks of a wave have their delays in common, so waves
// are drawn whole.
func (c *calibrated) sampleOf(rounds [][]time.Duration, t tail) source {
	var all []time.Duration
	for _, r := range rounds {
		all = append(all, r...)
	}
	if c.Kind == waves {
		return newBlocks(rounds, c.Limit, queueing.NewSample(all))
	}
	return t.extend(all)
}

// leastRounds are the fewest from which an interval is computed.
const leastRounds = 3

// costOf is the cost with which the model of a round takes as long as the round did. The makespan
// rises with the cost and is nearly a straight line, so a few steps of the secant find it.
func (c *calibrated) costOf(r Round, took []time.Duration) float64 {
	if c.Kind == unlimited && !c.known {
		return 0 // it is part of the times that were measured
	}
	at := func(x float64) float64 {
		cost := Cost{Each: time.Duration(x), Pace: c.Pace, Way: c.Way}
		if c.Kind == unlimited { // one task decides its makespan, so all of them say more
			b := queueing.NewUnlimited(c.Pace, max(1, cost.Each))
			b.Take(took)
			return float64(b.Mean() - r.Mean)
		}
		return float64(c.replay(took, cost, c.from) - r.Makespan)
	}
	low, high := 0.0, float64(time.Microsecond)
	for range 60 { // bracket it
		switch {
		case at(low) > 0 && c.Kind == unlimited:
			return 0
		case at(low) > 0 && -low < float64(r.Makespan):
			low = min(2*low, -float64(time.Microsecond))
			continue
		case at(high) < 0:
			high *= 2
			continue
		}
		break
	}
	fLow, fHigh := at(low), at(high)
	for step := 0; step < 40 && high-low > 1; step++ {
		x := low - fLow*(high-low)/(fHigh-fLow)
		if step%3 == 2 || !(x > low && x < high) {
			x = (low + high) / 2
		}
		if f := at(x); f > 0 {
			high, fHigh = x, f
		} else {
			low, fLow = x, f
		}
	}
	return (low + high) / 2
}

// moderated moves costs that are far from the others to the nearest that is not: a round in which a
// neighbour took the processor for a while. Far is three standard deviations of a normal
// distribution, by the median absolute deviation.
func moderated(costs []float64) (list []float64) {
	middle := stat.Median(costs)
	deviations := make([]float64, len(costs))
	for i, c := range costs {
		deviations[i] = math.Abs(c - middle)
	}
	far := 3 * 1.4826 * max(stat.Median(deviations), 0.02*math.Abs(middle))
	for _, c := range costs {
		list = append(list, min(max(c, middle-far), middle+far))
	}
	return list
}

// matter is how many of the rounds' costs were moved by so much that it is a part of what a task takes that
// a reader should know of.
func (c *calibrated) matter(raw []float64) (n int) {
	const part = 0.05
	for i, cost := range raw {
		if math.Abs(cost-c.costs[i]) > part*(c.from.Mean()+float64(c.Each)) {
			n++
		}
	}
	return n
}

// betweenRounds is the standard deviation of the rounds' means beyond what the luck of their draws
// explains; 0 if luck explains them, by the test of homogeneity at driftLevel. Without the test, luck
// alone would add half as much again to the interval, every other time.
func betweenRounds(rounds [][]time.Duration) float64 {
	var means []float64
	luck := 0.0
	for _, r := range rounds {
		x := make([]float64, len(r))
		for i, d := range r {
			x[i] = float64(d)
		}
		d := stat.Describe(x)
		means = append(means, d.Mean)
		luck += d.Deviation * d.Deviation / float64(len(r)) / float64(len(rounds))
	}
	if len(means) < 2 {
		return 0
	}
	spread := stat.Describe(means).Deviation
	free := float64(len(means) - 1)
	if luck > 0 && (distuv.ChiSquared{K: free}).Survival(free*spread*spread/luck) > driftLevel {
		return 0
	}
	return math.Sqrt(max(0, spread*spread-luck))
}

const driftLevel = 0.1

// deviations draws by how much the cost of another run differs from the mean of these rounds: from
// Student's distribution, for a new round, and by how much it drifts. The drift is known from as few rounds,
// but was only taken for one because it is large, so that its distribution is normal is wide enough.
func (c *calibrated) deviations(r *queueing.Random, n int) []float64 {
	m := float64(len(c.costs))
	spread := math.Sqrt(1+1/m) * stat.Describe(c.costs).Deviation
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: m - 1, Src: r}
	list := make([]float64, n)
	for i := range list {
		list[i] = spread*t.Rand() + c.drift*normal(r)
	}
	return list
}

// rank is uniform within (0, 1).
func rank(r *queueing.Random) float64 { return min(max(r.Float64(), 0x1p-53), 1-0x1p-53) }

// normal is a standard normal draw.
func normal(r *queueing.Random) float64 { return distuv.UnitNormal.Quantile(rank(r)) }
