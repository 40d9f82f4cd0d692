// Package latency has the latencies that a mock server injects: probability distributions,
// written in a short form such as lognormal:p50=20ms,p99=200ms, from which every task of
// every round draws by a seed. Recorded latencies are one of them. Sizes and counts are
// drawn in the same way. Sleep injects a latency without a server.
//
// A draw is a pure function of seed, round and task, so every process knows it in advance
// and nothing has to be exchanged.
//
// The package imports no server: neither net/http nor os/exec, not even indirectly, so that
// tasks that sleep or compute can use it (a test checks that). Package config and the
// server, mockserver, import it. Begin with Parse in latency.go, then distribution.go: a
// distribution is its quantile function. families.go, mixture.go and empirical.go define
// them, spells.go correlates their draws, keep.go copies recordings.
package latency

import (
	"cmp"
	"math"
	"time"

	"github.com/fanbench/fanbench/internal/duration"
	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// Latency is the distribution of the service times of requests. The zero value is no
// latency at all. Values are immutable.
type Latency struct{ d distribution }

// Parse reads the short form: the name of a distribution and, behind a colon,
// its parameters.
//
//	2s, or constant:2s
//	uniform:min=1ms,max=2ms
//	normal:mean=20ms,stddev=2ms              draws below zero are zero
//	lognormal:median=20ms,sigma=0.5
//	exponential:mean=20ms
//	pareto:min=1ms,shape=1.5
//	weibull:scale=20ms,shape=0.8
//	mixture:(constant:2ms)=0.9,(lognormal:p50=20ms,p99=200ms)=0.1
//	empirical:file=latencies.csv,column=took,unit=ms
//	empirical:latencies.hlog
//
// A file's relative name starts from the working directory.
//
// Normal, lognormal, pareto and weibull can be given by any two percentiles instead
// (lognormal:p50=20ms,p99.9=2s), exponential by one. Every distribution also takes
// rho, at least 0 and less than 1: the correlation of neighbouring tasks' ranks,
// with which slow requests come in spells. A draw beyond 292 years, of which there
// may be one in a million, is 292 years.
//
// The error names everything that is wrong, one line each.
func Parse(short string) (Latency, error) { return Files{}.ParseLatency(short) }

// New is Parse for a name and parameters that are apart already, as in a configuration
// file.
func New(dist string, params map[string]string) (Latency, error) {
	return Files{}.NewLatency(dist, params)
}

// At returns the latency of a task in a round, a pure function of seed, round and task. A
// round may be negative, a task may not.
func (l Latency) At(seed uint64, round, task int) time.Duration {
	return time.Duration(l.d.at(random.Latency, seed, round, task))
}

// Quantile is the latency that a share u of the tasks does not exceed, u within
// (0, 1).
func (l Latency) Quantile(u float64) time.Duration {
	if l.d.quantile == nil {
		return 0
	}
	return time.Duration(l.d.value(u))
}

// Correlated reports whether the latencies of neighbouring tasks depend on each other.
func (l Latency) Correlated() bool { return l.d.spells.rho > 0 }

// String is the canonical short form; Parse reads it back.
func (l Latency) String() string {
	return cmp.Or(l.d.String(), "constant:0s")
}

// Equal reports whether both are the same distribution, written the same way.
func (l Latency) Equal(other Latency) bool { return l.String() == other.String() }

// MarshalText is the canonical short form.
func (l Latency) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText is Parse.
func (l *Latency) UnmarshalText(text []byte) (err error) {
	*l, err = Parse(string(text))
	return err
}

// durationUnit: durations are written as time.ParseDuration reads them; the base is a nanosecond.
var durationUnit = unit{
	parse: func(text string) (float64, error) {
		v, err := duration.ParseNonNegative(text)
		return float64(v), err
	},
	format: func(v float64) string { return time.Duration(math.Round(v)).String() },
	limit:  "292 years",
	base:   "ns",
}
