package scenario

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/internal/keyed"
	"github.com/fanbench/fanbench/internal/quote"
)

// Arrivals make a trial a phase of load: batches arrive at a rate, whether or not earlier
// ones are done, and overlap in one process. Arrivals are a pure function of the seed and
// the round, so every strategy of a round meets the same.
type Arrivals struct {
	Process ArrivalProcess  // empty means Poisson
	Rate    float64         // batches per second, on average; 0 with Bursts or Trace: as these say
	Bursts  *Bursts         // of the bursty process
	Trace   []time.Duration // of the trace process: recorded times, in order, the first 0
	For     time.Duration   // the window: batches that arrive in it count
	Warmup  time.Duration   // before the window: its batches arrive as well, and do not count

	// Rates is a sweep: Expand makes a scenario for each. Rate is then unused.
	Rates []float64
}

// ArrivalProcess is how the times between arrivals vary.
type ArrivalProcess string

// The arrival processes.
const (
	Poisson  ArrivalProcess = "poisson"  // independent of each other: exponential gaps
	Constant ArrivalProcess = "constant" // equal gaps
	Bursty   ArrivalProcess = "bursty"   // Poisson at two rates that alternate
	Trace    ArrivalProcess = "trace"    // recorded times
)

var arrivalProcesses = []ArrivalProcess{Poisson, Constant, Bursty, Trace}

// ParseArrivalProcess reads the name of an arrival process.
func ParseArrivalProcess(text string) (ArrivalProcess, error) {
	if p := ArrivalProcess(text); slices.Contains(arrivalProcesses, p) {
		return p, nil
	}
	return "", fmt.Errorf("%s is not an arrival process; use poisson, constant, bursty or trace", quote.Text(text))
}

// Bursts are the two states of a bursty process, the quiet one first. The length of a state
// is exponentially distributed (a Markov-modulated Poisson process).
type Bursts struct {
	Rates   [2]float64       // batches per second
	Lengths [2]time.Duration // mean length of a state
}

// mean is the mean rate.
func (b Bursts) mean() float64 {
	quiet, busy := b.Lengths[0].Seconds(), b.Lengths[1].Seconds()
	return (b.Rates[0]*quiet + b.Rates[1]*busy) / (quiet + busy)
}

// ParseRate reads a rate per second, such as 100/s, 6000/m or 100.
func ParseRate(text string) (float64, error) {
	number, per, given := strings.Cut(strings.TrimSpace(text), "/")
	v, err := strconv.ParseFloat(number, 64)
	seconds, known := map[string]float64{"s": 1, "m": 60, "h": 3600}[per]
	if !given {
		seconds, known = 1, true
	}
	if err != nil || !known || !(v > 0) || math.IsInf(v, 1) {
		return 0, fmt.Errorf("%s is not a rate; write it as 100/s, 6000/m or 360000/h", quote.Text(text))
	}
	return v / seconds, nil
}

// FormatRate writes a rate as ParseRate reads it.
func FormatRate(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) + "/s" }

// MeanRate is the mean rate of arrivals, in batches per second.
func (a Arrivals) MeanRate() float64 {
	if a.Rate > 0 {
		return a.Rate
	}
	return a.ownRate()
}

// ownRate is the rate that Bursts or Trace have unless a rate scales them.
func (a Arrivals) ownRate() float64 {
	switch {
	case a.Process == Bursty && a.Bursts != nil:
		return a.Bursts.mean()
	case a.Process == Trace && len(a.Trace) > 1:
		return float64(len(a.Trace)-1) / a.Trace[len(a.Trace)-1].Seconds()
	}
	return 0
}

// Times returns when batches arrive in a round, since the phase's start, in order: all
// that arrive before the end of the window. stream is the number of the tenant.
func (a Arrivals) Times(seed uint64, round, stream int) []time.Duration {
	end := float64(a.Warmup + a.For)
	random := rand.New(rand.NewPCG(seed, arrivalStream^uint64(int64(round))^uint64(stream)<<40))
	next := a.gaps(random)
	var times []time.Duration
	for at := next(); at < end; at += next() {
		times = append(times, time.Duration(at))
	}
	return times
}

// arrivalStream separates the draws of arrivals from those of the rounds' orders.
const arrivalStream = 0xa5a5_5a5a_0000_0000

// gaps returns a function that draws the times between arrivals, in nanoseconds. The first
// is from the start of the phase to the first arrival.
func (a Arrivals) gaps(random *rand.Rand) func() float64 {
	gap := float64(time.Second) / a.MeanRate()
	switch a.Process {
	case Constant:
		first := random.Float64() // a phase begins at any time between two arrivals
		return func() float64 {
			share := first
			first = 1
			return gap * share
		}
	case Bursty:
		return a.Bursts.gaps(random, a.MeanRate()/a.Bursts.mean())
	case Trace:
		i, scale := -1, a.ownRate()/a.MeanRate()
		return func() float64 {
			i++
			switch n := len(a.Trace); {
			case i == 0:
				return 0
			case i%n == 0: // from the beginning again, after a mean gap
				return gap
			default:
				return scale * float64(a.Trace[i%n]-a.Trace[i%n-1])
			}
		}
	}
	return func() float64 { return gap * random.ExpFloat64() }
}

// gaps draws those of a bursty process whose rates are multiplied by scale.
func (b Bursts) gaps(random *rand.Rand, scale float64) func() float64 {
	state := 0
	if random.Float64()*float64(b.Lengths[0]+b.Lengths[1]) >= float64(b.Lengths[0]) {
		state = 1
	}
	left := random.ExpFloat64() * float64(b.Lengths[state])
	return func() (gap float64) {
		for {
			wait := math.Inf(1)
			if r := b.Rates[state] * scale; r > 0 {
				wait = random.ExpFloat64() / r * float64(time.Second)
			}
			if wait < left {
				left -= wait
				return gap + wait
			}
			gap += left
			state = 1 - state
			left = random.ExpFloat64() * float64(b.Lengths[state])
		}
	}
}

// Expected returns the mean number of arrivals.
func (a Arrivals) Expected() float64 { return a.MeanRate() * (a.Warmup + a.For).Seconds() }

// Drain returns how long batches may take after the end of the window. Those that take
// longer count as slower than any that ended.
func (a Arrivals) Drain() time.Duration { return min(max(a.For, leastDrain), mostDrain) }

const (
	leastDrain = time.Second
	mostDrain  = 10 * time.Second
)

// MaxBatches is the maximum number of batches in a phase of load.
const MaxBatches = 1_000_000

// windowOutOfRange checks the window and the rates of a sweep.
func (a Arrivals) windowOutOfRange() (errs keyed.List) {
	keyed.Range(&errs, "for", a.For, time.Second, MaxTimeout)
	keyed.Range(&errs, "warmup", a.Warmup, 0, MaxTimeout)
	seen := map[float64]bool{}
	for i, rate := range a.Rates {
		switch {
		case !(rate > 0) || math.IsInf(rate, 1):
			errs.Add(keyed.Item("rate", i), "%v is not a rate; write it as 100/s", rate)
		case seen[rate]:
			errs.Add(keyed.Item("rate", i), "%s is named twice; leave one out", FormatRate(rate))
		}
		seen[rate] = true
	}
	return errs
}

// timesOutOfRange checks the process and its rate, which may be given elsewhere.
func (a Arrivals) timesOutOfRange(rateElsewhere bool) (errs keyed.List) {
	if _, err := ParseArrivalProcess(string(a.Process)); err != nil && a.Process != "" {
		errs.Add("process", "%w", err)
	}
	switch {
	case a.Rate < 0 || math.IsInf(a.Rate, 1) || math.IsNaN(a.Rate):
		errs.Add("rate", "%v is not a rate; write it as 100/s", a.Rate)
	case a.Rate == 0 && !rateElsewhere && a.Process != Bursty && a.Process != Trace:
		errs.Add("rate", "it is missing; write it as 100/s")
	}
	switch {
	case a.Process == Bursty && a.Bursts == nil:
		errs.AddFrom("bursts", []string{"process"}, "it is missing; give the rates and mean lengths of the quiet and the busy state, as in bursts: {rates: [10/s, 100/s], lengths: [4s, 1s]}")
	case a.Process != Bursty && a.Bursts != nil:
		errs.AddFrom("bursts", []string{"process"}, "it is for the bursty process; write process: bursty, or leave it out")
	case a.Bursts != nil:
		errs.AddBelow("bursts", a.Bursts.outOfRange())
	}
	switch {
	case a.Process == Trace && len(a.Trace) < 2:
		errs.AddFrom("trace", []string{"process"}, "give a file with two times of arrival or more, as in trace: arrivals.txt")
	case a.Process != Trace && len(a.Trace) > 0:
		errs.AddFrom("trace", []string{"process"}, "it is for the trace process; write process: trace, or leave it out")
	case len(a.Trace) > 0 && a.Trace[len(a.Trace)-1] <= 0:
		errs.Add("trace", "all batches arrive at once; give times that differ")
	}
	return errs
}

func (b Bursts) outOfRange() (errs keyed.List) {
	for i := range b.Rates {
		if !(b.Rates[i] >= 0) || math.IsInf(b.Rates[i], 1) {
			errs.Add(keyed.Item("rates", i), "%v is not a rate; write it as 100/s", b.Rates[i])
		}
		keyed.Range(&errs, keyed.Item("lengths", i), b.Lengths[i], time.Millisecond, MaxTimeout)
	}
	if len(errs) == 0 && b.Rates[0] >= b.Rates[1] {
		errs.Add("rates", "the first, of the quiet state, must be less than the second")
	}
	return errs
}
