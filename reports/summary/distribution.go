package summary

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/fanbench/fanbench/bench/stat"
)

// Distribution is the distribution of one kind of time over all tasks of a strategy's
// comparable trials, pooled. Times are in seconds.
//
// It comes from an HDR histogram with three digits. Its memory does not depend on the number
// of tasks, and histograms of several runs can be added.
type Distribution struct {
	Count int        // tasks
	Min   float64    //
	Max   float64    // the maximum; no percentile replaces it
	Mean  float64    //
	Curve []Quantile // ascending, from q = 0 to the highest that Count supports
	Bins  []Bin      // ascending, of equal width on a logarithmic scale, without empty ones

	steps []step // ascending
}

// step is a value of the histogram and the number of tasks that took at most that long.
type step struct {
	value float64
	upTo  int
}

// Quantile is the Q-quantile.
type Quantile struct{ Q, Value float64 }

// Bin is the number of tasks that took from Low to High.
type Bin struct {
	Low, High float64
	Count     int64
}

// MarshalJSON writes the named quantiles that the sample supports, by their number:
// {"count": 640, "min": ..., "mean": ..., "max": ..., "quantiles": {"0.5": ...}}.
func (d *Distribution) MarshalJSON() ([]byte, error) {
	quantiles := map[string]float64{}
	for _, q := range named {
		if v, ok := d.At(q); ok {
			quantiles[strconv.FormatFloat(q, 'f', -1, 64)] = v
		}
	}
	return json.Marshal(struct {
		Count     int                `json:"count"`
		Min       float64            `json:"min"`
		Mean      float64            `json:"mean"`
		Max       float64            `json:"max"`
		Quantiles map[string]float64 `json:"quantiles"`
	}{d.Count, d.Min, d.Mean, d.Max, quantiles})
}

// At is the q-quantile, as defined by stat.Quantiles, of times with three significant
// digits. ok is false if there are too few tasks for it: see stat.Supports.
func (d *Distribution) At(q float64) (v float64, ok bool) {
	if d == nil || !(q >= 0) || !stat.Supports(d.Count, q) {
		return 0, false
	}
	return d.quantile(q), true
}

func (d *Distribution) quantile(q float64) float64 {
	return stat.QuantileOf(d.Count, q, func(i int) float64 {
		at, _ := slices.BinarySearchFunc(d.steps, i, func(s step, i int) int { return cmp.Compare(s.upTo, i+1) })
		return d.steps[at].value
	})
}

// named are the quantiles in summary.json.
var named = []float64{0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999}

// A chart has fewer than pointsPerDecade pixels for each factor of ten of 1/(1-q), and fewer
// than binsPerDecade for each factor of ten of time.
const (
	second          = 1e9 // nanoseconds
	pointsPerDecade = 250
	binsPerDecade   = 40
)

// newDistribution summarises a histogram. It returns nil for an empty one.
func newDistribution(h *hdrhistogram.Histogram) *Distribution {
	n := h.TotalCount()
	if n == 0 {
		return nil
	}
	d := &Distribution{Count: int(n), Min: float64(h.Min()) / second, Max: float64(h.Max()) / second, Mean: h.Mean() / second}
	upTo := 0
	for _, bar := range h.Distribution() {
		if bar.Count == 0 {
			continue
		}
		upTo += int(bar.Count)
		value := min(max(float64(bar.From+bar.To)/2/second, d.Min), d.Max)
		d.bin(value, bar.Count)
		d.steps = append(d.steps, step{value, upTo})
	}
	d.curve()
	return d
}

// curve sets the quantiles for charts: denser towards the slow end, and for a small sample
// the quantile of each value.
func (d *Distribution) curve() {
	highest := stat.HighestQuantile(d.Count, confidence)
	qs := []float64{0}
	for i := 1; ; i++ {
		q := -math.Expm1(-math.Ln10 * float64(i) / pointsPerDecade)
		if q >= highest {
			break
		}
		qs = append(qs, q)
	}
	if d.Count > 1 && d.Count <= 4*pointsPerDecade {
		for i := 1; float64(i)/float64(d.Count-1) < highest; i++ {
			qs = append(qs, float64(i)/float64(d.Count-1))
		}
	}
	slices.Sort(qs)
	for _, q := range append(qs, highest) {
		d.Curve = append(d.Curve, Quantile{q, d.quantile(q)})
	}
}

// bin counts tasks that took value seconds; values come in ascending order.
func (d *Distribution) bin(value float64, count int64) {
	const least = 1e-9
	i := math.Floor(math.Log10(max(value, least)) * binsPerDecade)
	low := math.Pow(10, i/binsPerDecade)
	if last := len(d.Bins) - 1; last >= 0 && d.Bins[last].Low == low {
		d.Bins[last].Count += count
		return
	}
	d.Bins = append(d.Bins, Bin{low, math.Pow(10, (i+1)/binsPerDecade), count})
}
