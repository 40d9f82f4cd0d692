package summary

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/fanbench/fanbench/bench/stat"
)

// Distribution is that of one time of every task of a strategy's comparable trials,
// pooled. Times are in seconds.
//
// It comes from an HDR histogram with three digits, so that it takes the same memory
// for ten tasks as for ten million, and histograms of several runs can be added.
type Distribution struct {
	Count int        // tasks
	Min   float64    //
	Max   float64    // no percentile stands for it
	Mean  float64    //
	Curve []Quantile // ascending, from q = 0 to the highest that Count supports
	Bins  []Bin      // ascending, of equal width on a logarithmic scale, those without a task left out
}

// Quantile is the time that a part Q of the tasks did not exceed.
type Quantile struct{ Q, Value float64 }

// Bin is how many tasks took from Low to High.
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

// At is the q-quantile: the least time that at least a part q of the tasks did not
// exceed (type 1 of Hyndman and Fan). ok is false where there are too few tasks to
// tell: see stat.Supports.
func (d *Distribution) At(q float64) (v float64, ok bool) {
	if d == nil || !stat.Supports(d.Count, q) {
		return 0, false
	}
	for _, p := range d.Curve {
		if p.Q >= q-1e-12 {
			return p.Value, true
		}
	}
	return 0, false
}

// Named quantiles, which a curve always holds exactly.
var named = []float64{0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999}

// A chart has fewer pixels than this many points for each factor of ten of 1/(1-q), and
// than this many bins for each factor of ten of time.
const (
	pointsPerDecade = 250
	binsPerDecade   = 40
)

// newDistribution reduces a histogram, nil if it is empty.
func newDistribution(h *hdrhistogram.Histogram) *Distribution {
	n := h.TotalCount()
	if n == 0 {
		return nil
	}
	const second = 1e9
	d := &Distribution{Count: int(n), Min: float64(h.Min()) / second, Max: float64(h.Max()) / second, Mean: h.Mean() / second}
	highest := stat.HighestQuantile(d.Count, confidence)
	d.Curve = []Quantile{{0, d.Min}}
	drawn, below := 0.0, int64(0)
	for _, bar := range h.Distribution() {
		if bar.Count == 0 {
			continue
		}
		from := float64(below) / float64(n)
		below += bar.Count
		to := float64(below) / float64(n)
		value := min(max(float64(bar.From+bar.To)/2/second, d.Min), d.Max)
		d.bin(value, bar.Count)
		if from >= highest {
			continue
		}
		if at := -math.Log10(1 - min(to, highest)); at-drawn > 1.0/pointsPerDecade || to >= highest || crosses(from, to) {
			drawn = at
			d.Curve = append(d.Curve, Quantile{min(to, highest), value})
		}
	}
	return d
}

func crosses(from, to float64) bool {
	for _, q := range named {
		if from < q && q <= to {
			return true
		}
	}
	return false
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
