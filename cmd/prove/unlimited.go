package main

import (
	"fmt"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/config"
)

// unlimitedCase is a phase in which nothing limits concurrency: M/G/infinity. A batch takes
// as long as the longest of its n latencies, whatever else is under way, so its time has
// the distribution F^n at any rate.
type unlimitedCase struct {
	Rate   float64 // batches a second
	Window time.Duration
}

const (
	unlimitedTasks  = 10
	unlimitedMedian = 20 * time.Millisecond
	unlimitedSigma  = 0.7 // p99 is 102 ms
)

func unlimitedCases() []unlimitedCase {
	return []unlimitedCase{{10, 20 * time.Second}, {40, 15 * time.Second}, {160, 12 * time.Second}}
}

func (c unlimitedCase) name() string { return fmt.Sprintf("unlimited-%.0fper-second", c.Rate) }

func (c unlimitedCase) scenario(stretch float64) scenario.Scenario {
	l := mustLatency(fmt.Sprintf("lognormal:median=%v,sigma=%v", unlimitedMedian, unlimitedSigma))
	return poisson(c.name(), unlimitedTasks, c.Rate, c.Window, time.Second, stretch, "goroutine-per-task",
		scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}})
}

// unlimitedResult is what the batches of the window took, and the longest latency of each.
type unlimitedResult struct {
	Rate     float64         `json:"rate"`
	InSystem float64         `json:"in_system"`
	Response []time.Duration `json:"response_ns"`
	Longest  []time.Duration `json:"longest_ns"`
}

func (c unlimitedCase) result(f *phase) unlimitedResult {
	r := unlimitedResult{Rate: c.Rate, InSystem: f.trial.Phase.InSystem}
	for b := range f.batches {
		ready := time.Duration(f.batches[b].Ready)
		if !f.inWindow(ready) {
			continue
		}
		var end, longest time.Duration
		for i := b * unlimitedTasks; i < (b+1)*unlimitedTasks; i++ {
			end, longest = max(end, time.Duration(f.tasks[i].End)), max(longest, f.draws[i])
		}
		r.Response, r.Longest = append(r.Response, end-ready), append(r.Longest, longest)
	}
	return r
}

// longestCDF is F^n at a time in seconds.
func longestCDF(seconds float64) float64 {
	return math.Pow(queueing.LognormalCDF(seconds, unlimitedMedian.Seconds(), unlimitedSigma), unlimitedTasks)
}

// seconds are the times in seconds.
func seconds(times []time.Duration) []float64 {
	out := make([]float64, len(times))
	for i, t := range times {
		out[i] = t.Seconds()
	}
	return out
}

// distance is that of the response times from F^n, and how probable it is to be so far off.
func (r unlimitedResult) distance() (d, p float64) {
	d = queueing.Distance(seconds(r.Response), longestCDF)
	return d, queueing.DistanceP(len(r.Response), d)
}

// excess is by how much batches took longer than their longest latency, in microseconds.
func (r unlimitedResult) excess() []float64 {
	out := make([]float64, len(r.Response))
	for i := range r.Response {
		out[i] = float64(r.Response[i]-r.Longest[i]) / float64(time.Microsecond)
	}
	return out
}

// unlimitedLevel is that of all tests together.
const unlimitedLevel = 0.05

func unlimitedSection(list []unlimitedResult) section {
	s := section{
		title: "Unlimited fan-out: the distribution F^n at any rate",
		text: fmt.Sprintf("Batches of %d requests of lognormal:median=%v,sigma=%v arrive at random. goroutine-per-task has no limit, and neither has the mock server. So a batch takes as long as the longest of its latencies, and other batches do not matter (M/G/∞). "+
			"Distance: the greatest difference between the share of batches that were done within a time and F^n (Kolmogorov, Smirnov). By chance it exceeds the limit in %.0f%% of such proofs. Longer by: measured response time minus the longest latency of the same batch.", unlimitedTasks, unlimitedMedian, unlimitedSigma, 100*unlimitedLevel),
		table: newTable("rate", "batches", "in system", "distance", "limit", "p", "longer by, p50", "p99"),
	}
	g := newGoals("the distance from F^n is within the sampling error")
	for _, r := range list {
		n := len(r.Response)
		d, p := r.distance()
		x := stat.Quantiles(r.excess(), 0.5, 0.99)
		level := unlimitedLevel / float64(len(list))
		s.table.AppendRow(table.Row{
			fmt.Sprintf("%.0f/s", r.Rate), n, fmt.Sprintf("%.1f", r.InSystem), fmt.Sprintf("%.4f", d), fmt.Sprintf("%.4f", queueing.DistanceLimit(n, level)),
			fmt.Sprintf("%.2f", p), fmt.Sprintf("%.0f us", x[0]), fmt.Sprintf("%.0f us", x[1]),
		})
		g.add(metIf(p > level))
	}
	s.goals = []*goals{g}
	return s
}
