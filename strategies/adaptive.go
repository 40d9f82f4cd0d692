package strategies

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// adaptive finds its limit itself: a congestion window for requests, as in TCP. A controller
// sees how long each task took and sets the limit. One goroutine, the caller's, starts tasks
// and receives their results, so the controller needs no lock. Every batch starts with a new
// controller.
//
// Run blocks until all tasks are done. All errors are joined, in task order, and all tasks
// run. Tasks must handle cancellation themselves. A panic ends the process; a Goexit loses
// only its task.
type adaptive struct {
	max        int
	controller func() controller
}

// controller decides on a limit. Its methods are called from one goroutine.
type controller interface {
	limit() int // tasks at once, >= 1
	observe(s sample)
}

// sample is one task that ended.
type sample struct {
	start, end time.Duration // since the batch's start
	running    int           // tasks running when it ended, itself included
	failed     bool
}

func (a adaptive) Run(ctx context.Context, b *Batch) error {
	c := a.controller()
	errs := make([]error, b.Len())
	ended := make(chan sample, min(a.max, b.Len()))
	running := 0
	await := func() {
		s := <-ended
		s.running = running
		running--
		c.observe(s)
	}
	for i := range b.Tasks() {
		for running >= c.limit() || len(ended) > 0 {
			await()
		}
		running++
		go func() {
			s := sample{start: b.Elapsed(), failed: true}
			defer func() {
				s.end = b.Elapsed()
				ended <- s
			}()
			errs[i] = b.Do(ctx, i)
			s.failed = errs[i] != nil
		}()
	}
	for running > 0 {
		await()
	}
	return errors.Join(errs...)
}

// adaptiveTraits are the traits of every controller.
var adaptiveTraits = Traits{
	KeepsOrder: true,
	Adaptive:   true,
	Reports:    ReportsAll,
	OnError:    RunsAll,
	OnPanic:    Crashes,
	OnCancel:   IgnoresCancel,
	OnGoexit:   Swallowed,
	Concurrent: true,
}

// MaxParam is the highest limit of strategies that adapt their limit.
func MaxParam() Param {
	return Param{Name: "max", Doc: "maximum tasks in flight", Default: 64, Min: 1, Max: MaxLimit}
}

// InitialParam is the initial limit. CheckInitial checks it against the MaxParam.
func InitialParam() Param {
	return Param{Name: "initial", Doc: "limit at the start", Default: 8, Min: 1, Max: MaxLimit}
}

// CheckInitial is the Spec.Check of strategies with a MaxParam and an InitialParam.
func CheckInitial(p Params) error {
	if p.Int("initial") > p.Int("max") {
		return fmt.Errorf("initial=%d is above max=%d", p.Int("initial"), p.Int("max"))
	}
	return nil
}

// Simulated is a strategy's decisions, apart from its goroutines, for programs that simulate it: what
// predicts a batch does. Its methods are called in the order of simulated time.
type Simulated struct {
	Limit func() int // tasks at once
	Ended func(start, end time.Duration, running int, failed bool)

	// Delay is until the second attempt at the next task, if there is to be one; nil for strategies
	// that make none. Budget is the most second attempts, as a share of the tasks started.
	Delay  func() (delay time.Duration, hedge bool)
	Budget float64
}

// Simulate returns the decisions of a new batch of an adaptive or hedged strategy. It reports false for
// others.
func (c Choice) Simulate() (s Simulated, ok bool) {
	var control controller
	switch c.Spec.Name {
	case "adaptive-aimd":
		control = aimdOf(c.Params)()
	case "adaptive-gradient":
		control = gradientOf(c.Params)()
	case "hedged":
		return hedgedDecisions(c.Params, fixedDelay(c.Params.Duration("delay"))), true
	case "hedged-percentile":
		return hedgedDecisions(c.Params, &percentileDelay{quantile: c.Params.Fraction("percentile")}), true
	default:
		return s, false
	}
	return Simulated{
		Limit: control.limit,
		Ended: func(start, end time.Duration, running int, failed bool) {
			control.observe(sample{start, end, running, failed})
		},
	}, true
}

func hedgedDecisions(p Params, d delays) Simulated {
	return Simulated{
		Limit:  func() int { return Workers(p) },
		Ended:  func(start, end time.Duration, _ int, _ bool) { d.observe(end - start) },
		Delay:  d.next,
		Budget: p.Fraction("budget"),
	}
}
