package predict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/strategies"
)

// Response are predicted response times of batches that arrive at random (a Poisson process) and
// overlap, from a run of one that was alone: percentiles of a window of 2,000 batches. Rate is
// batches a second.
type Response struct {
	Scenario string   `json:"scenario"`
	Strategy string   `json:"strategy"`
	Rate     float64  `json:"rate"`
	Load     float64  `json:"load"`         // share of the places that is busy; 0 without a common limit
	CPU      float64  `json:"cpu"`          // share of the CPUs that its process and the mock server's use
	Unstable bool     `json:"unstable"`     // more arrives than is done: there are no percentiles
	Median   Makespan `json:"response_p50"` // seconds
	P99      Makespan `json:"response_p99"` //
	Warnings []string `json:"warnings,omitempty"`
}

const (
	loadWindow  = 2_000 // batches of a window, whose percentiles are predicted
	loadWindows = 100   // at most
	loadRampUp  = 4_000 // batches that do not count
	loadAgain   = 20    // with other costs and samples
	loadFewer   = 20    // windows of those, at most
	loadTasks   = 5_000 // of a batch; more take too long
	loadPiece   = 10_000_000
)

// sharing are the strategies whose common limit serves first come, first served.
var sharing = map[string]bool{"shared-pool": true, "shared-semaphore": true, "workerpool-shared": true}

// common is the limit that all batches share, 0 for none: then they do not meet.
func (c cell) common() (limit int, err error) {
	of := c.choice.Spec
	m := c.measured.Scenario.Target.Mock
	slots := 0
	if m != nil && c.known {
		slots = m.Slots
	}
	switch {
	case c.Kind == events || c.bucket != nil || c.measured.Scenario.Target.CPU != nil:
		return 0, errors.New("under load no model here has it; measure it: fanbench run --rate")
	case c.choice.Scope() == strategies.PerProcess && !sharing[of.Name]:
		return 0, errors.New("under load its common limit does not serve first come, first served; measure it: fanbench run --rate")
	case c.choice.Scope() == strategies.PerProcess:
		return of.InAll(c.choice.Params), nil
	case slots > 0 && c.choice.Scope() == strategies.NoLimit:
		return slots, nil
	case slots > 0:
		return 0, errors.New("under load its batches meet in the server's slots, in an order that no model here has; measure it: fanbench run --rate")
	}
	return 0, nil
}

// windows is how many windows of batches with so many tasks are simulated: at least some, at most that many,
// and not many more than loadPiece tasks.
func windows(tasks, some, most int) int {
	return min(max(some, loadPiece/(tasks*loadWindow)), most)
}

// respond simulates response times of so many batches, in ns. With a common limit they follow each other
// on its places: the recursion of Kiefer and Wolfowitz. It ends early when the context does.
func (c *calibrated) respond(ctx context.Context, batches int, rate float64, tasks, common int, cost Cost, from source, seed uint64) []float64 {
	r := queueing.NewRandom(seed, 1<<41)
	gaps := rand.New(queueing.NewRandom(seed, 1<<42))
	out := make([]float64, 0, batches)
	if common == 0 {
		for len(out) < batches && ctx.Err() == nil {
			out = append(out, float64(c.makespan(tasks, cost, from, r)))
		}
		return out
	}
	var server interface {
		End(ready, took time.Duration) time.Duration
	}
	if c.Kind == served {
		server = queueing.NewServed(common, math.MaxInt, cost.serverOf(c.server.Slots))
	} else {
		server = queueing.NewFIFO(common)
	}
	from = queueing.Longer{Source: from, By: cost.Each}
	at, took := 0.0, make([]time.Duration, tasks)
	for i := 0; i < loadRampUp+batches && ctx.Err() == nil; i++ {
		at += 1e9 * gaps.ExpFloat64() / rate
		from.Fill(r, took)
		last := time.Duration(0)
		for _, d := range took {
			last = max(last, server.End(time.Duration(at), d))
		}
		if i >= loadRampUp {
			out = append(out, float64(last)-at)
		}
	}
	return out
}

// response predicts response times at a rate.
func (c cell) response(ctx context.Context, rate float64, seed uint64) (Response, error) {
	tasks := c.measured.Tasks()
	p := Response{Scenario: c.measured.Scenario.Name, Strategy: c.choice.String(), Rate: rate, CPU: rate * c.measured.floor(tasks)}
	common, err := c.common()
	switch {
	case err != nil:
		return p, err
	case tasks > loadTasks:
		return p, fmt.Errorf("batches of %d tasks that overlap take too long to simulate, of at most %d they do not; measure it: fanbench run --rate", tasks, loadTasks)
	}
	if common > 0 {
		held := c.from.Mean() + float64(c.Each+c.Way)
		p.Load = rate * float64(tasks) * held / 1e9 / float64(common)
		if c.Kind == served {
			p.Load = max(p.Load, rate*float64(tasks)*(c.from.Mean()+float64(c.Each))/1e9/float64(c.server.Slots))
		}
	}
	if p.Unstable = p.Load >= 1 || p.CPU >= 1; p.Unstable {
		return p, nil
	}
	if p.CPU > saturated {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%.0f%% of the CPU time is used (%s), and tasks wait for that too", 100*p.CPU, c.measured.perTask()))
	}
	times := c.respond(ctx, loadWindow*windows(tasks, 5, loadWindows), rate, tasks, common, c.Cost, c.from, seed)
	if ctx.Err() != nil {
		return p, ctx.Err()
	}
	base := stat.Quantiles(times, 0.5, 0.99)
	var luck [2][]float64
	for window := range slices.Chunk(times, loadWindow) {
		for i, q := range stat.Quantiles(window, 0.5, 0.99) {
			luck[i] = append(luck[i], q/base[i])
		}
	}
	r := queueing.NewRandom(seed, 1<<43)
	lists := [2][]float64{}
	for i, by := range c.deviations(r, loadAgain) {
		cost, from := c.Cost, c.from
		cost.Each = max(0, cost.Each+time.Duration(by))
		if !c.known {
			from = c.resample(r)
		}
		if held := from.Mean() + float64(cost.Each); common > 0 && rate*float64(tasks)*held/1e9 >= float64(common) {
			lists[0], lists[1] = append(lists[0], math.Inf(1)), append(lists[1], math.Inf(1))
			continue
		}
		again := c.respond(ctx, loadWindow*windows(tasks, 1, loadFewer), rate, tasks, common, cost, from, seed+uint64(i)+1)
		if ctx.Err() != nil {
			return p, ctx.Err()
		}
		q := stat.Quantiles(again, 0.5, 0.99)
		lists[0], lists[1] = append(lists[0], q[0]), append(lists[1], q[1])
	}
	for i, m := range []*Makespan{&p.Median, &p.P99} {
		var all []float64
		for _, v := range lists[i] {
			for _, w := range luck[i] {
				all = append(all, v*w)
			}
		}
		q := stat.Quantiles(all, 0.025, 0.975)
		*m = Makespan{Seconds: base[i] / 1e9, Low: min(q[0], base[i]) / 1e9, High: max(q[1], base[i]) / 1e9}
		if math.IsInf(m.High, 1) || math.IsNaN(m.High) {
			return p, fmt.Errorf("at %.4g batches a second its places are %.0f%% busy, and within what the costs leave open more may arrive than is done; measure it: fanbench run --rate", rate, 100*p.Load)
		}
	}
	return p, nil
}

// responses predicts them for all cells and rates.
func (r *Report) responses(ctx context.Context, cells []cell, o Options) {
	for _, c := range cells {
		for _, rate := range o.Rates {
			p, err := c.response(ctx, rate, o.Seed)
			if r.Interrupted = ctx.Err() != nil; r.Interrupted {
				return
			}
			if err != nil {
				r.Refused = append(r.Refused, Refused{p.Scenario, p.Strategy, err.Error(), nil})
				continue
			}
			p.Warnings = append(p.Warnings, c.warnings...)
			r.Responses = append(r.Responses, p)
		}
	}
}
