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
	Process ArrivalProcess // empty stands for Poisson
	Rate    float64        // batches a second
	For     time.Duration  // the window: batches that arrive in it count
	Warmup  time.Duration  // before the window: its batches arrive as well, and do not count
}

// ArrivalProcess says how the times between arrivals vary.
type ArrivalProcess string

// The arrival processes.
const (
	Poisson  ArrivalProcess = "poisson"  // independent of each other: exponential gaps
	Constant ArrivalProcess = "constant" // equal gaps
)

// ParseArrivalProcess reads the name of an arrival process.
func ParseArrivalProcess(text string) (ArrivalProcess, error) {
	if p := ArrivalProcess(text); slices.Contains([]ArrivalProcess{Poisson, Constant}, p) {
		return p, nil
	}
	return "", fmt.Errorf("%s is no arrival process; use poisson or constant", quote.Text(text))
}

// ParseRate reads a rate a second, as 100/s, 6000/m or 100.
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

// Times returns when batches arrive in a round, since the phase's start, in order: all
// that arrive before the end of the window.
func (a Arrivals) Times(seed uint64, round int) []time.Duration {
	end := float64(a.Warmup + a.For)
	gap := float64(time.Second) / a.Rate
	random := rand.New(rand.NewPCG(seed, arrivalStream^uint64(int64(round))))
	next := func() float64 { return gap * random.ExpFloat64() }
	at := next()
	if a.Process == Constant {
		next = func() float64 { return gap }
		at = gap * random.Float64() // a round begins anywhere between two arrivals
	}
	var times []time.Duration
	for ; at < end; at += next() {
		times = append(times, time.Duration(at))
	}
	return times
}

// arrivalStream keeps the arrivals' draws apart from those of the rounds' orders.
const arrivalStream = 0xa5a5_5a5a_0000_0000

// Expected is how many batches arrive, on average.
func (a Arrivals) Expected() float64 { return a.Rate * (a.Warmup + a.For).Seconds() }

// Drain is how long after the window batches may take that are not yet done. Those that
// take longer count as worse than any that was done.
func (a Arrivals) Drain() time.Duration { return min(max(a.For, leastDrain), mostDrain) }

const (
	leastDrain = time.Second
	mostDrain  = 10 * time.Second
)

// MaxBatches is the most batches that a phase of load may have.
const MaxBatches = 1_000_000

// outOfRange checks arrivals of batches of so many tasks.
func (a Arrivals) outOfRange(tasks int) (errs keyed.List) {
	if a.Process != "" {
		if _, err := ParseArrivalProcess(string(a.Process)); err != nil {
			errs.Add("process", "%w", err)
		}
	}
	if !(a.Rate > 0) || math.IsInf(a.Rate, 1) {
		errs.Add("rate", "%v is not a rate; write it as 100/s", a.Rate)
	}
	keyed.Range(&errs, "for", a.For, time.Second, MaxTimeout)
	keyed.Range(&errs, "warmup", a.Warmup, 0, MaxTimeout)
	if len(errs) > 0 {
		return errs
	}
	switch n := a.Expected(); {
	case n > MaxBatches:
		errs.AddFrom("rate", []string{"for", "warmup"}, "some %.0f batches would arrive; %d are the most", n, MaxBatches)
	case n*float64(tasks) > MaxTasks:
		errs.AddFrom("rate", []string{"for", "warmup"}, "some %.0f tasks would arrive; %d are the most", n*float64(tasks), MaxTasks)
	}
	return errs
}

// Figure is what a phase of load is compared by.
type Figure string

// The figures of a phase.
const (
	ResponseP99    Figure = "p99"
	ResponseMedian Figure = "median"
	ResponseMean   Figure = "mean"
)

// ParseFigure reads the name of a figure.
func ParseFigure(text string) (Figure, error) {
	if f := Figure(text); slices.Contains([]Figure{ResponseP99, ResponseMedian, ResponseMean}, f) {
		return f, nil
	}
	return "", fmt.Errorf("%s is no figure of a phase of load; use p99, median or mean", quote.Text(text))
}

// batches is how many batches a window should have on average, so that all but one in a
// thousand have enough for the figure: a p99 takes 368, and a median that says anything 20.
func (f Figure) batches() float64 {
	if f == ResponseP99 || f == "" {
		return 430
	}
	return 30
}

// Label is the figure in words, of a batch.
func (f Figure) Label() string {
	switch f {
	case ResponseMedian:
		return "median response time"
	case ResponseMean:
		return "mean response time"
	}
	return "p99 response time"
}

// SetRate has the scenario's batches arrive at a rate: as its file says but for that, or
// for the given window and time before it where the file has no arrivals.
func (s *Scenario) SetRate(rate float64, window, warmup time.Duration) {
	a := Arrivals{Process: Poisson, For: window, Warmup: warmup}
	if s.Workload.Arrivals != nil {
		a = *s.Workload.Arrivals
	}
	a.Rate = rate
	s.Workload.Arrivals = &a
}
