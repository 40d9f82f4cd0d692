package predict

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/internal/queueing"
)

// Makespan is a predicted makespan of one batch, with its 95% prediction interval, in seconds.
type Makespan struct {
	Seconds float64 `json:"seconds"`
	Low     float64 `json:"low"`
	High    float64 `json:"high"`
	Parts   Parts   `json:"parts"`
}

// String is the makespan with its interval.
func (m Makespan) String() string {
	return fmt.Sprintf("%s [%s, %s]", quantity.Seconds(m.Seconds), quantity.Seconds(m.Low), quantity.Seconds(m.High))
}

// Parts are what the interval's width comes from: half of the width, in seconds, if nothing else
// were uncertain.
type Parts struct {
	Draws  float64 `json:"draws"`  // the luck of the batch's own tasks
	Sample float64 `json:"sample"` // that only a sample of times is known: bootstrap over rounds
	Cost   float64 `json:"cost"`   // the calibrated cost per task, and the drift from round to round
	Tail   float64 `json:"tail"`   // the tail beyond what was measured
}

// How often things are drawn.
const (
	replicas   = 200     // batches
	resamples  = 60      // of rounds, and of the tail
	direct     = 20_000  // tasks of a batch that is simulated whole in each replica; then sums go on
	directlyBy = 4_000   // the same by events
	combined   = 4_000   // draws of everything together
	mostAtOnce = 1 << 22 // tasks without a limit
)

// predict is the makespan of n tasks. whole is that of one batch that was simulated whole, 0 for
// none: it replaces the median of the replicas.
func (c *calibrated) predict(n int, whole time.Duration, seed uint64) Makespan {
	luck := c.luck(n, seed)
	point := stat.Median(luck)
	if whole > 0 {
		point = float64(whole)
	}
	middle := stat.Median(luck)
	for i := range luck {
		if luck[i] /= middle; middle == 0 { // tasks that take no time
			luck[i] = 1
		}
	}
	factors := c.sampled(n, seed)
	tails := c.tailed(n, seed)
	slope := c.slope(n, seed)
	r := queueing.NewRandom(seed, 1<<32)
	costs := c.deviations(r, combined)
	for i, by := range costs {
		costs[i] = math.Max(0.01, 1+slope*by)
	}
	all := make([]float64, combined)
	pick := func(list []float64) float64 { return list[r.Uint64()%uint64(len(list))] }
	for i := range all {
		all[i] = pick(luck) * pick(factors) * pick(tails) * costs[i]
	}
	width := func(list []float64) float64 {
		q := stat.Quantiles(list, 0.025, 0.975)
		return point * (q[1] - q[0]) / 2 / 1e9
	}
	q := stat.Quantiles(all, 0.025, 0.975)
	return Makespan{
		Seconds: point / 1e9, Low: point * q[0] / 1e9, High: point * q[1] / 1e9,
		Parts: Parts{Draws: width(luck), Sample: width(factors), Cost: width(costs), Tail: width(tails)},
	}
}

// luck draws makespans of n tasks, in ns: those of independent batches.
func (c *calibrated) luck(n int, seed uint64) []float64 { return c.luckOf(n, seed, replicas) }

// luckOf draws so many, or fewer if they take long.
func (c *calibrated) luckOf(n int, seed uint64, times int) []float64 {
	most := direct
	switch c.Kind {
	case events:
		most = directlyBy
	case unlimited:
		most = mostAtOnce
	case waves:
		most = max(c.Limit, direct/c.Limit*c.Limit) // whole waves
	}
	first := min(n, most)
	if first > direct {
		times = max(min(times, 20), times*direct/first)
	}
	list, half := make([]float64, times), make([]float64, times)
	for i := range list {
		list[i] = float64(c.makespan(first, c.Cost, c.from, queueing.NewRandom(seed, uint64(i))))
	}
	if first == n || c.Kind == unlimited {
		return list
	}
	mean, variance := c.from.Mean()+float64(c.Each), c.from.Variance()
	r := queueing.NewRandom(seed, 1<<33)
	if c.Kind == chunks { // the greatest of sums of many tasks
		each := float64(n) / float64(c.Limit)
		for i := range list {
			list[i] = 0
			for range c.Limit {
				list[i] = max(list[i], each*mean+math.Sqrt(each*variance)*normal(r))
			}
		}
		return list
	}
	k := float64(max(1, c.Limit))
	rate, each := mean/k, variance/k/k
	if c.Kind != limited {
		for i := range half {
			half[i] = float64(c.makespan(first/2, c.Cost, c.from, queueing.NewRandom(seed, uint64(i))))
		}
		whole := stat.Describe(list)
		rate = (whole.Mean - stat.Describe(half).Mean) / float64(first-first/2)
		each = whole.Deviation * whole.Deviation / float64(first)
	}
	// The makespan of a limit is exactly the sum of the times by the places, and what its beginning
	// and its end take. The sum of so many independent times is normal.
	rest := float64(n - first)
	for i := range list {
		list[i] += rest*rate + math.Sqrt(rest*each)*normal(r)
	}
	return list
}

// pilot is how many of n tasks are simulated to see how the makespan depends on something, with
// the same draws.
func (c *calibrated) pilot(n int) int {
	if c.Kind == events {
		return min(n, directlyBy)
	}
	return min(n, direct)
}

// sampled draws by which factor the makespan would differ with another sample: one of the rounds, drawn
// with replacement.
func (c *calibrated) sampled(n int, seed uint64) []float64 {
	if c.known {
		return []float64{1}
	}
	m, first := len(c.rounds), c.pilot(n)
	base := float64(c.makespan(first, c.Cost, c.from, queueing.NewRandom(seed, 0)))
	r := queueing.NewRandom(seed, 1<<34)
	// The bootstrap of few rounds is too narrow: by the degree of freedom of their mean, and by how far
	// Student's distribution goes beyond the normal one.
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(m - 1)}
	wider := math.Sqrt(float64(m)/float64(m-1)) * t.Quantile(0.975) / distuv.UnitNormal.Quantile(0.975)
	list := make([]float64, resamples)
	for i := range list {
		of := float64(c.makespan(first, c.Cost, c.resample(r), queueing.NewRandom(seed, 0)))
		list[i] = math.Exp(wider * math.Log(of/base))
	}
	return list
}

// resample is another sample: as many of the rounds, drawn with replacement.
func (c *calibrated) resample(r *queueing.Random) source {
	var rounds [][]time.Duration
	var all []time.Duration
	for range c.rounds {
		rounds = append(rounds, c.rounds[r.Uint64()%uint64(len(c.rounds))])
		all = append(all, rounds[len(rounds)-1]...)
	}
	return c.sampleOf(rounds, c.tailFor(all))
}

// tailFor is the tail of another sample with the shape of this one: the error of the shape is
// a part of its own.
func (c *calibrated) tailFor(values []time.Duration) tail {
	t := newTail(values)
	if t.share == 0 || t.shape >= 0.99 {
		return t
	}
	return t.withShape(c.tail.shape)
}

// tailed draws by which factor it would differ with another shape of the tail.
func (c *calibrated) tailed(n int, seed uint64) []float64 {
	if c.known || c.tail.share == 0 || c.Kind == waves {
		return []float64{1}
	}
	first := c.pilot(n)
	base := float64(c.makespan(first, c.Cost, c.from, queueing.NewRandom(seed, 0)))
	r := queueing.NewRandom(seed, 1<<35)
	list := make([]float64, resamples)
	for i := range list {
		t := c.tail.withShape(min(c.tail.shape+c.tail.error*normal(r), 1.0/heavyIndex))
		list[i] = float64(c.makespan(first, c.Cost, c.sampleOf(c.rounds, t), queueing.NewRandom(seed, 0))) / base
	}
	return list
}

// slope is by which part the makespan rises with a nanosecond of cost.
func (c *calibrated) slope(n int, seed uint64) float64 {
	step := max(time.Microsecond, time.Duration(stat.Describe(c.costs).Deviation))
	first := c.pilot(n)
	at := func(by time.Duration) float64 {
		cost := c.Cost
		if cost.Each += by; c.Kind == unlimited {
			first = min(n, mostAtOnce)
			cost.Each = max(1, cost.Each)
		}
		return float64(c.makespan(first, cost, c.from, queueing.NewRandom(seed, 0)))
	}
	if base := at(0); base > 0 {
		return (at(step) - at(-step)) / float64(2*step) / base
	}
	return 0
}

// beyond is a lower bound of the makespan of n tasks that holds with probability 95% although the tail
// is heavy; 0 if there is none. Of a known distribution it is what the slowest of n tasks takes at
// least. Of a sample it is what all tasks take that are no slower than the least of the rounds' means,
// or the slowest that was measured, if one of n more tasks exceeds it with that probability.
func (c *calibrated) beyond(n int) (bound time.Duration) {
	const sure = 0.95
	if c.known {
		return c.quantile(math.Exp(math.Log(1-sure) / float64(n)))
	}
	var means []float64
	for _, r := range c.rounds {
		sum := 0.0
		for _, d := range r {
			sum += float64(d) / float64(len(r))
		}
		means = append(means, sum)
	}
	if len(means) > 0 && c.Limit > 0 {
		bound = time.Duration(slices.Min(means) * float64(n) / float64(c.Limit))
	}
	if float64(n)/float64(n+c.tail.sample) >= sure {
		bound = max(bound, c.tail.largest)
	}
	return bound
}
