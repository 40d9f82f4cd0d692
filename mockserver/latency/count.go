package latency

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// Count is the distribution of a number of things, such as the tasks of a batch. It is
// written as a Latency is, with whole numbers for durations: uniform:min=1,max=40,
// lognormal:p50=10,p99=200. The zero value is the constant 1.
type Count struct{ d distribution }

// At is the number for an item of a round: a pure function, at least 1.
func (c Count) At(seed uint64, round, item int) int64 {
	return max(1, c.d.at(random.Count, seed, round, item))
}

// Mean is about the mean number: the mean of a thousand quantiles.
func (c Count) Mean() float64 {
	if c.d.quantile == nil {
		return 1
	}
	const n = 1000
	sum := 0.0
	for i := range n {
		sum += max(1, float64(c.d.value((float64(i)+0.5)/n)))
	}
	return sum / n
}

// String is the canonical short form. Files.ParseCount reads it back.
func (c Count) String() string { return cmp.Or(c.d.String(), "constant:1") }

// Keep copies the recording that the distribution names to the directory, and returns the
// distribution that names the copy.
func (c Count) Keep(dir string) (Count, error) {
	d, err := c.d.keep(dir, countUnit)
	return Count{d}, err
}

var countUnit = unit{
	parse: func(text string) (float64, error) {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0) || v > math.MaxInt64 {
			return 0, fmt.Errorf("%q is not a number of tasks; write it as 20", text)
		}
		return v, nil
	},
	format: func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) },
	limit:  "9.2e18",
	base:   "",
}
