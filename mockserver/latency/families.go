package latency

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// kind reads one kind of distribution from its parameters: its quantile function
// and its parameters in canonical order.
type kind struct {
	keys       []string // the parameters it takes, for suggestions
	positional string   // the parameter whose name may be left out
	read       func(*reader) (quantile func(u float64) float64, canonical []argument)
}

// kinds are the distributions by name. It is filled by init because a mixture reads
// other kinds.
var kinds map[string]kind

func init() {
	kinds = map[string]kind{
		"constant":  {keys: []string{"value"}, positional: "value", read: readConstant},
		"mixture":   {read: readMixture},
		"empirical": {keys: []string{"file", "column", "count", "unit"}, positional: "file", read: readEmpirical},
	}
	for name, f := range families {
		kinds[name] = kind{keys: f.keys(), read: f.read}
	}
}

// Names are the names of the distributions.
func Names() []string { return slices.Sorted(maps.Keys(kinds)) }

func readConstant(r *reader) (func(float64) float64, []argument) {
	text, ok := r.take("value")
	if !ok {
		r.fail("", "give its value")
		return nil, nil
	}
	v := r.quantity("value", text)
	return func(float64) float64 { return v }, []argument{{text: r.unit.format(v)}}
}

// family is a set of distributions whose quantile function is a line in a standard
// score of the rank, a + b*score(u), or the exponential of that line. So two known
// percentiles (one, where the line goes through the origin) determine a member as
// well as its parameters do.
type family struct {
	params      [2]parameter                      // the second may be absent
	line        func(p, q float64) (a, b float64) // of the parameters
	score       func(u float64) float64
	exponential bool
	percentiles int // how many determine a member; 0 if they are not accepted
}

type parameter struct {
	name   string
	number bool // a plain number, not a quantity
	zero   bool // may be zero
}

var families = map[string]family{
	"uniform": {
		params: [2]parameter{{name: "min", zero: true}, {name: "max"}},
		line:   func(low, high float64) (float64, float64) { return low, high - low },
		score:  func(u float64) float64 { return u },
	},
	// Draws below zero are zero: a request cannot be answered before it came.
	"normal": {
		params:      [2]parameter{{name: "mean", zero: true}, {name: "stddev"}},
		line:        func(mean, stddev float64) (float64, float64) { return mean, stddev },
		score:       normalScore,
		percentiles: 2,
	},
	"lognormal": {
		params:      [2]parameter{{name: "median"}, {name: "sigma", number: true}},
		line:        func(median, sigma float64) (float64, float64) { return math.Log(median), sigma },
		score:       normalScore,
		exponential: true,
		percentiles: 2,
	},
	"exponential": {
		params:      [2]parameter{{name: "mean"}},
		line:        func(mean, _ float64) (float64, float64) { return 0, mean },
		score:       exponentialScore,
		percentiles: 1,
	},
	// P(X > x) = (min/x)^shape for x >= min.
	"pareto": {
		params:      [2]parameter{{name: "min"}, {name: "shape", number: true}},
		line:        func(least, shape float64) (float64, float64) { return math.Log(least), 1 / shape },
		score:       exponentialScore,
		exponential: true,
		percentiles: 2,
	},
	// P(X > x) = exp(-(x/scale)^shape).
	"weibull": {
		params:      [2]parameter{{name: "scale"}, {name: "shape", number: true}},
		line:        func(scale, shape float64) (float64, float64) { return math.Log(scale), 1 / shape },
		score:       func(u float64) float64 { return math.Log(exponentialScore(u)) },
		exponential: true,
		percentiles: 2,
	},
}

// exponentialScore is the quantile function of the exponential distribution with
// mean 1.
func exponentialScore(u float64) float64 { return -math.Log1p(-u) }

func (f family) keys() []string {
	var keys []string
	for _, p := range f.params {
		if p.name != "" {
			keys = append(keys, p.name)
		}
	}
	if f.percentiles > 0 {
		keys = append(keys, "p50", "p99")
	}
	return keys
}

// read makes the member that the parameters, or else the percentiles, determine.
func (f family) read(r *reader) (func(float64) float64, []argument) {
	var a, b float64
	var canonical []argument
	if at := takePercentiles(r); len(at) > 0 && f.percentiles > 0 {
		a, b, canonical = f.fit(r, at)
	} else {
		for _, p := range at {
			r.fail(p.key, "this distribution is not given by percentiles")
		}
		a, b, canonical = f.member(r)
	}
	score := f.score
	if f.exponential {
		return func(u float64) float64 { return math.Exp(a + b*score(u)) }, canonical
	}
	return func(u float64) float64 { return a + b*score(u) }, canonical
}

func (f family) member(r *reader) (a, b float64, canonical []argument) {
	var v [2]float64
	for i, p := range f.params {
		if p.name == "" {
			continue
		}
		text, ok := r.take(p.name)
		if !ok {
			r.fail("", "%s is missing; give %s", p.name, f.usage())
			continue
		}
		format := r.unit.format
		if p.number {
			v[i], format = r.number(p.name, text), formatNumber
		} else {
			v[i] = r.quantity(p.name, text)
		}
		if v[i] < 0 || v[i] == 0 && !p.zero {
			r.fail(p.name, "%s: want more than zero", text)
		}
		canonical = append(canonical, argument{key: p.name, text: format(v[i])})
	}
	a, b = f.line(v[0], v[1])
	if b <= 0 && len(r.errs) == 0 {
		r.fail(f.params[1].name, "want more than %s", f.params[0].name)
	}
	return a, b, canonical
}

func (f family) usage() string {
	keys := f.keys()
	switch f.percentiles {
	case 1:
		return keys[0] + ", or one percentile such as p99"
	case 2:
		return keys[0] + " and " + keys[1] + ", or two percentiles such as p50 and p99"
	}
	return keys[0] + " and " + keys[1]
}

// percentile is a parameter such as p99.9=200ms.
type percentile struct {
	key  string
	rank float64
	text string
}

// takePercentiles takes all parameters that are named like percentiles, least first.
func takePercentiles(r *reader) []percentile {
	var at []percentile
	for _, key := range slices.Sorted(maps.Keys(r.given)) {
		digits, ok := strings.CutPrefix(key, "p")
		if !ok {
			continue
		}
		p, err := strconv.ParseFloat(digits, 64)
		if err != nil {
			continue
		}
		text, _ := r.take(key)
		if !(p > 0 && p < 100) {
			r.fail(key, "want a percentile between 0 and 100, both excluded")
			continue
		}
		at = append(at, percentile{key, p / 100, text})
	}
	slices.SortFunc(at, func(x, y percentile) int { return cmp.Compare(x.rank, y.rank) })
	return at
}

// fit finds the line through the percentiles.
func (f family) fit(r *reader, at []percentile) (a, b float64, canonical []argument) {
	if len(at) != f.percentiles {
		r.fail("", "%d percentiles given, want %d", len(at), f.percentiles)
	}
	for _, p := range f.params {
		if _, both := r.take(p.name); both {
			r.fail(p.name, "give parameters or percentiles, not both")
		}
	}
	x, y := make([]float64, len(at)), make([]float64, len(at))
	for i, p := range at {
		v := r.quantity(p.key, p.text)
		if v <= 0 {
			r.fail(p.key, "%s: want more than zero", p.text)
		}
		canonical = append(canonical, argument{key: p.key, text: r.unit.format(v)})
		if x[i], y[i] = f.score(p.rank), v; f.exponential {
			y[i] = math.Log(v)
		}
		if i > 0 && !(y[i] > y[i-1]) && !math.IsNaN(y[i]+y[i-1]) {
			r.fail(p.key, "%s: want more than %s, which is %s", p.text, at[i-1].key, at[i-1].text)
		}
	}
	if len(r.errs) > 0 {
		return 0, 0, nil
	}
	if f.percentiles == 1 {
		return 0, y[0] / x[0], canonical
	}
	b = (y[1] - y[0]) / (x[1] - x[0])
	return y[0] - b*x[0], b, canonical
}
