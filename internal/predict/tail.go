package predict

import (
	"math"
	"math/bits"
	"slices"
	"time"

	"github.com/fanbench/fanbench/internal/queueing"
)

// tail is the distribution beyond a threshold: generalised Pareto, which that of any sample's
// exceedances tends to (Balkema, de Haan, 1974; Pickands, 1975).
type tail struct {
	shape   float64       // 1/index; 0 or less for tails without a power law
	error   float64       // standard error of the shape; 0 where the distribution is known
	scale   float64       // ns
	from    time.Duration // the threshold
	share   float64       // of the tasks beyond it; 0 if there are too few to say
	largest time.Duration // measured; 0 where the distribution is known
	sample  int           // tasks measured
}

// The tail is what is beyond this share of the sample, if that leaves enough values.
const (
	tailShare = 0.05
	tailLeast = 20
)

// heavyIndex is the index below which the slowest of many tasks takes as long as all others together:
// the variance is infinite.
const heavyIndex = 2

// newTail is the tail of a sample: its shape by the moments of the logarithms (A. L. M. Dekkers, J. H.
// J. Einmahl, L. de Haan, "A moment estimator for the index of an extreme-value distribution",
// Annals of Statistics 17, 1989), which extends Hill's estimator to tails without a power law;
// its scale by the mean excess.
func newTail(values []time.Duration) tail {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	t := tail{largest: sorted[n-1], sample: n}
	k := int(tailShare * float64(n))
	if k < tailLeast {
		return t
	}
	t.from = sorted[n-k-1]
	t.share = float64(k) / float64(n)
	var first, second, excess float64
	for _, v := range sorted[n-k:] {
		l := math.Log(float64(v) / math.Max(1, float64(t.from)))
		first += l / float64(k)
		second += l * l / float64(k)
		excess += float64(v-t.from) / float64(k)
	}
	if second > 0 && first*first < second {
		t.shape = first + 1 - 0.5/(1-first*first/second)
	}
	t.shape = math.Max(t.shape, -1)
	t.error = math.Sqrt((1 + t.shape*t.shape) / float64(k))
	t.scale = excess * (1 - t.shape)
	return t
}

// withShape is the tail with another shape, and the same mean excess.
func (t tail) withShape(shape float64) tail {
	shape = math.Min(math.Max(shape, -1), 0.9)
	t.scale *= (1 - shape) / (1 - t.shape)
	t.shape = shape
	return t
}

// tailOf is the tail of a known distribution: what it gains from one power of two of the rank to the next,
// far out.
func tailOf(quantile func(u float64) time.Duration) tail {
	const near, far = 0x1p-20, 0x1p-30
	gain := math.Log(float64(quantile(1-far)) / math.Max(1, float64(quantile(1-near))))
	return tail{shape: gain / math.Log(near/far)}
}

// heavy reports whether the tail's index is below 2.
func (t tail) heavy() bool { return t.shape > 1.0/heavyIndex }

// quantile is that of the exceedances at a distance from the end of the ranks.
func (t tail) quantile(distance float64) time.Duration {
	excess := -t.scale * math.Log(distance)
	if math.Abs(t.shape) > 1e-9 {
		excess = t.scale / t.shape * math.Expm1(-t.shape*math.Log(distance))
	}
	return t.from + time.Duration(math.Min(excess, 1e18))
}

// extend is the sample, with its tail in place of the values beyond the threshold. It keeps its mean.
func (t tail) extend(values []time.Duration) source {
	s := queueing.NewSample(slices.Clone(values))
	if t.share == 0 || t.scale <= 0 || t.heavy() {
		return s
	}
	sorted := slices.Sorted(slices.Values(values))
	return &extended{Sample: s, tail: t, sorted: sorted}
}

// extended draws the values beyond the threshold from the tail.
type extended struct {
	*queueing.Sample
	tail
	sorted []time.Duration
}

// Fill draws.
func (e *extended) Fill(r *queueing.Random, took []time.Duration) {
	n := len(e.sorted)
	body := n - int(math.Round(e.share*float64(n)))
	for i := range took {
		high, low := bits.Mul64(r.Uint64(), uint64(n))
		if int(high) < body {
			took[i] = e.sorted[high]
		} else { // which of the values beyond, and where between them, says how far
			took[i] = e.quantile((float64(n-1-int(high)) + (float64(low>>11)+0.5)*0x1p-53) / float64(n-body))
		}
	}
}

// blocks draws so many tasks at once, which followed each other in a round.
type blocks struct {
	*queueing.Sample
	list [][]time.Duration
}

// newBlocks cuts rounds into whole blocks.
func newBlocks(rounds [][]time.Duration, size int, s *queueing.Sample) source {
	b := &blocks{Sample: s}
	for _, r := range rounds {
		for block := range slices.Chunk(r, size) {
			if len(block) == size {
				b.list = append(b.list, block)
			}
		}
	}
	if len(b.list) == 0 {
		return s
	}
	return b
}

// Fill draws. The first task begins a block.
func (b *blocks) Fill(r *queueing.Random, took []time.Duration) {
	for len(took) > 0 {
		took = took[copy(took, b.list[r.Uint64()%uint64(len(b.list))]):]
	}
}
