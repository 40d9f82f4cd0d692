package latency

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// component is one distribution of a mixture and its share of the tasks.
type component struct {
	d      distribution
	weight float64
}

// readMixture reads a mixture: each parameter is a distribution in the short form,
// its value that distribution's weight. Weights are relative.
//
// One rank chooses both the component and the rank within it. Components are in the
// order of their medians, so that a high rank means a slow task also in a mixture.
func readMixture(r *reader) (func(float64) float64, []argument) {
	var all []component
	total := 0.0
	for _, key := range slices.Sorted(maps.Keys(r.given)) {
		text, _ := r.take(key)
		c := component{weight: r.number(key, text)}
		if c.weight <= 0 {
			r.fail(key, "weight %s: want more than zero", text)
		}
		var err error
		if c.d, err = parseDistribution(key, r.files, r.unit); err != nil {
			r.fail(key, "%v", err)
		} else if c.d.spells.rho > 0 {
			r.fail(key, "give rho to the mixture, not to a part of it")
		}
		total += c.weight
		all = append(all, c)
	}
	if len(all) == 0 {
		r.fail("", "give its distributions, each with a weight, such as (constant:2ms)=0.9,(constant:1s)=0.1")
	}
	if len(r.errs) > 0 {
		return nil, nil
	}
	slices.SortStableFunc(all, func(a, b component) int { return cmp.Compare(a.d.quantile(0.5), b.d.quantile(0.5)) })
	canonical := make([]argument, len(all))
	ends := make([]float64, len(all)) // cumulative shares
	sum := 0.0
	for i, c := range all {
		sum += c.weight
		ends[i] = sum / total
		canonical[i] = argument{part: &all[i].d, text: formatNumber(c.weight)}
	}
	return func(u float64) float64 {
		i := min(sort.SearchFloat64s(ends, u), len(all)-1)
		begin := 0.0
		if i > 0 {
			begin = ends[i-1]
		}
		within := (u - begin) / (ends[i] - begin)
		return all[i].d.quantile(math.Min(math.Max(within, random.Least), random.Greatest))
	}, canonical
}
