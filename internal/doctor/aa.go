package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// SelfPlan says how a strategy is compared with itself: in ordinary runs, with worker processes,
// a mock server process and requests, in which copies of it compete. Every difference found is
// a false positive.
type SelfPlan struct {
	Scenario scenario.Scenario // its baseline is copied
	Copies   int               // copies per run
	Rounds   int               // rounds per run
	Runs     int
	Blocked  bool          // also measure the copies sequentially, unpaired
	Limit    time.Duration // no run starts that would end after it, except the first; 0 means no limit

	Worker, Server []string // the commands of bench.Options
	AllowRemote    bool
}

// SelfRuns are the makespans of a plan, in seconds: by run, copy and round. A failed trial is 0.
type SelfRuns struct {
	Rounds      int           `json:"rounds"`
	Interleaved [][][]float64 `json:"interleaved"`
	Blocked     [][][]float64 `json:"blocked,omitempty"`
	Invalid     []string      `json:"invalid,omitempty"` // reasons of invalid runs; these runs still count
}

// Hold measures the runs and reports each to progress. If the context is cancelled, it returns
// the context's error and the runs before.
func (p SelfPlan) Hold(ctx context.Context, progress Progress) (*SelfRuns, error) {
	out := &SelfRuns{Rounds: p.Rounds}
	began, longest := time.Now(), time.Duration(0)
	for i := range p.Runs {
		if i > 0 && p.Limit > 0 && time.Since(began)+longest > p.Limit {
			break
		}
		progress(fmt.Sprintf("A/A: run %d/%d", i+1, p.Runs), i, p.Runs)
		at := time.Now()
		makespans, err := p.run(ctx, out, p.together(uint64(i+1)))
		if err != nil {
			return out, err
		}
		out.Interleaved = append(out.Interleaved, makespans)
		if p.Blocked {
			if makespans, err = p.run(ctx, out, p.apart(uint64(i+1))); err != nil {
				return out, err
			}
			out.Blocked = append(out.Blocked, makespans)
		}
		longest = max(longest, time.Since(at))
	}
	return out, nil
}

// RunsFor is the number of runs with at least this many comparisons.
func (p SelfPlan) RunsFor(comparisons int) int {
	each := p.Copies * (p.Copies - 1) / 2
	return (comparisons + each - 1) / each
}

// copies are the copies of the baseline.
func (p SelfPlan) copies() []strategies.Choice {
	out := []strategies.Choice{p.Scenario.Strategies[0].Original()}
	for n := 2; n <= p.Copies; n++ {
		c := out[0]
		c.Copy = n
		out = append(out, c)
	}
	return out
}

// scenario is the plan's scenario with the given strategies and seed, without assertions.
func (p SelfPlan) scenario(name string, list []strategies.Choice, seed uint64) scenario.Scenario {
	s := p.Scenario
	s.Name, s.Strategies, s.Assert = name, list, nil
	s.Measure.Rounds, s.Measure.Until, s.Measure.Seed = p.Rounds, 0, s.Measure.Seed+seed
	return s
}

// together is one scenario in which all copies compete.
func (p SelfPlan) together(seed uint64) []scenario.Scenario {
	return []scenario.Scenario{p.scenario(p.Scenario.Name, p.copies(), seed)}
}

// apart has a scenario for each copy, one after the other.
func (p SelfPlan) apart(seed uint64) (list []scenario.Scenario) {
	for i, c := range p.copies() {
		list = append(list, p.scenario(fmt.Sprintf("copy%d", i+1), []strategies.Choice{c}, seed))
	}
	return list
}

// run measures the scenarios and returns the makespans of their strategies.
func (p SelfPlan) run(ctx context.Context, out *SelfRuns, list []scenario.Scenario) (makespans [][]float64, err error) {
	dir, err := os.MkdirTemp("", "fanbench-self-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	run, err := bench.Measure(ctx, list, bench.Options{
		Dir: filepath.Join(dir, "run"), Worker: p.Worker, Server: p.Server, AllowRemote: p.AllowRemote,
	})
	if err != nil {
		return nil, err
	}
	if failed := append(run.Failures(), run.Stops()...); len(failed) > 0 {
		return nil, fmt.Errorf("only a strategy that does the whole batch can be compared with itself: %s", strings.Join(failed, "; "))
	}
	if run.Status == results.RunInvalid {
		out.Invalid = append(out.Invalid, strings.Join(run.Reasons, "; "))
	}
	for _, s := range list {
		for _, c := range s.Strategies {
			took := make([]float64, p.Rounds)
			for round, seconds := range results.Makespans(run.Measured(s.Name, c.String())) {
				took[round-1] = seconds
			}
			makespans = append(makespans, took)
		}
	}
	return makespans, nil
}

// AA is the result of an A/A test.
type AA struct {
	Scenario    string      `json:"scenario"`    // what was measured, in one line
	Rounds      int         `json:"rounds"`      // of each comparison
	Runs        int         `json:"runs"`        // every two copies of a run are compared
	Interleaved Rate        `json:"interleaved"` // like fanbench: every copy in each round, in random order, sign-flip test
	Blocked     Rate        `json:"blocked"`     // unpaired: one copy after the other, Mann-Whitney
	Persistence Persistence `json:"persistence"`
	// Detectable is the least relative difference that the same number of rounds would find
	// with a probability of 0.8; 0 means unknown.
	Detectable float64 `json:"detectable"`
}

// Rate is the proportion of comparisons that called the two different.
type Rate struct {
	Different int     `json:"different"`
	Of        int     `json:"of"`
	Low       float64 `json:"low"`  // 95% interval of the rate (Wilson, JASA 22, 1927)
	High      float64 `json:"high"` //
}

// NewRate is the rate for independent comparisons.
func NewRate(different, of int) Rate {
	iv := stat.ProportionInterval(different, of, 0.95)
	return Rate{different, of, iv.Low, iv.High}
}

// clusterRate is the rate for comparisons in groups; those of a group share trials. Its interval
// is that of the effective number of independent comparisons: their number divided by the design
// effect, which is the variance between groups relative to that of independent comparisons (Kish,
// "Survey Sampling", 1965, section 8.2), but at least sharing.
func clusterRate(different, of []int, sharing float64) Rate {
	d, n := 0, 0
	for i := range of {
		d, n = d+different[i], n+of[i]
	}
	if n == 0 {
		return Rate{}
	}
	rate, effect := float64(d)/float64(n), sharing
	if groups := float64(len(of)); d > 0 && d < n && groups > 1 {
		between := 0.0
		for i := range of {
			off := float64(different[i]) - rate*float64(of[i])
			between += off * off
		}
		effect = max(effect, between*groups/(groups-1)/(float64(n)*rate*(1-rate)))
	}
	iv := stat.ProportionInterval(int(math.Round(float64(d)/effect)), int(math.Round(float64(n)/effect)), 0.95)
	return Rate{d, n, min(iv.Low, rate), max(iv.High, rate)}
}

// String formats the rate for people.
func (r Rate) String() string {
	if r.Of == 0 {
		return "not tested"
	}
	return fmt.Sprintf("%d of %d, %.1f%% [%.1f%%, %.1f%%]", r.Different, r.Of, 100*float64(r.Different)/float64(r.Of), 100*r.Low, 100*r.High)
}

// Persistence is the test for effects that stay with a copy throughout its run, which the order
// of rounds cannot average out: then makespans in odd rounds predict those in even rounds.
type Persistence struct {
	Runs        int     `json:"runs"`        // runs with at least three copies
	Correlation float64 `json:"correlation"` // rank correlation of the copies within a run, mean over runs
	P           float64 `json:"p"`           // p-value of no persistence, one-sided
	Spread      float64 `json:"spread"`      // standard deviation of the persistent effect, relative to the makespan
}

// Tested reports whether there were enough copies to test.
func (p Persistence) Tested() bool { return p.Runs > 0 }

// String formats the persistence for people.
func (p Persistence) String() string {
	if !p.Tested() {
		return "not tested"
	}
	return fmt.Sprintf("correlation %+.2f, p %.3f, spread %.2f%%", p.Correlation, p.P, 100*p.Spread)
}

// sharedCopies is the design effect of comparing every two of six identical copies: by
// simulation 1.9 to 2.2 at 20 and at 120 rounds. Two comparisons that share a copy have
// correlated errors.
const sharedCopies = 2.2

// Judge compares every two copies of a run, each comparison by itself and without a margin.
func (r *SelfRuns) Judge(scenario string) AA {
	out := AA{Scenario: scenario, Rounds: r.Rounds, Runs: len(r.Interleaved), Persistence: persistence(r.Interleaved)}
	var reach []float64
	out.Interleaved = rate(r.Interleaved, func(p stat.Pair) stat.Verdict {
		c := stat.Compare(p.Base, p.Head, stat.Options{})
		reach = append(reach, math.Log(c.Interval.High/c.Interval.Low)/2)
		return c.Verdict
	})
	out.Blocked = rate(r.Blocked, func(p stat.Pair) stat.Verdict {
		return stat.CompareSamples([]stat.Pair{p}, stat.Options{})[0].Verdict
	})
	if len(reach) > 0 && r.Rounds >= stat.MinRounds {
		// The interval extends 1.96 standard errors; a test at 5% finds a difference of
		// 1.96 + 0.84 standard errors with a probability of 0.8.
		z, power := distuv.UnitNormal.Quantile(0.975), distuv.UnitNormal.Quantile(0.8)
		out.Detectable = math.Expm1(stat.Median(reach) * (z + power) / z)
	}
	return out
}

// rate compares every two copies of every run.
func rate(runs [][][]float64, judge func(stat.Pair) stat.Verdict) Rate {
	different, of := make([]int, len(runs)), make([]int, len(runs))
	sharing := 1.0
	for i, copies := range runs {
		if len(copies) > 2 {
			sharing = sharedCopies
		}
		for a := range copies {
			for b := a + 1; b < len(copies); b++ {
				of[i]++
				if v := judge(stat.Pair{Base: copies[a], Head: copies[b]}); v == stat.Faster || v == stat.Slower {
					different[i]++
				}
			}
		}
	}
	return clusterRate(different, of, sharing)
}

// shuffles is the number of random orders for the permutation test.
const shuffles = 9_999

// persistence correlates, within each run, the ranks of the copies in odd and in even rounds. p
// is by permutation of the ranks in even rounds (Pitman, Supplement to JRSS 4, 1937).
func persistence(runs [][][]float64) Persistence {
	var odd, even [][]float64
	covariance, values := 0.0, 0
	for _, copies := range runs {
		if len(copies) < 3 {
			continue
		}
		o, e := halves(copies)
		for i := range o {
			covariance += o[i] * e[i]
		}
		values += len(o) - 1
		odd, even = append(odd, ranks(o)), append(even, ranks(e))
	}
	if len(odd) == 0 {
		return Persistence{P: 1}
	}
	seen := meanCorrelation(odd, even)
	random := rand.New(rand.NewPCG(1, 1))
	atLeast := 0
	for range shuffles {
		for _, e := range even {
			random.Shuffle(len(e), func(i, j int) { e[i], e[j] = e[j], e[i] })
		}
		if meanCorrelation(odd, even) >= seen-1e-12 {
			atLeast++
		}
	}
	return Persistence{
		Runs:        len(odd),
		Correlation: seen,
		P:           float64(atLeast+1) / (shuffles + 1),
		Spread:      math.Sqrt(max(0, covariance/float64(max(1, values)))),
	}
}

// halves returns, for each copy, the medians over odd and over even rounds of the logarithms of
// its makespans, minus the round's mean, and centred. Rounds with a failure are left out.
func halves(copies [][]float64) (odd, even []float64) {
	var logs [2][][]float64
	for half := range logs {
		logs[half] = make([][]float64, len(copies))
	}
	for round := range copies[0] {
		mean := 0.0
		for _, c := range copies {
			mean += math.Log(c[round]) / float64(len(copies))
		}
		if math.IsInf(mean, 0) {
			continue
		}
		for i, c := range copies {
			logs[round%2][i] = append(logs[round%2][i], math.Log(c[round])-mean)
		}
	}
	var out [2][]float64
	for half := range logs {
		mean := 0.0
		for _, l := range logs[half] {
			m := 0.0
			if len(l) > 0 {
				m = stat.Median(l)
			}
			out[half] = append(out[half], m)
			mean += m / float64(len(copies))
		}
		for i := range out[half] {
			out[half][i] -= mean
		}
	}
	return out[0], out[1]
}

// ranks are the ranks of the values, from 0.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case x[a] < x[b]:
			return -1
		case x[a] > x[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(x))
	for place, i := range order {
		out[i] = float64(place)
	}
	return out
}

// meanCorrelation is the mean over runs of the correlation of ranks without ties
// (Spearman, American J. of Psychology 15, 1904).
func meanCorrelation(odd, even [][]float64) float64 {
	sum := 0.0
	for r := range odd {
		n, d := float64(len(odd[r])), 0.0
		for i := range odd[r] {
			d += (odd[r][i] - even[r][i]) * (odd[r][i] - even[r][i])
		}
		sum += 1 - 6*d/(n*(n*n-1))
	}
	return sum / float64(len(odd))
}

// The batch of the A/A test without a scenario: short, so that the machine and the harness
// dominate, and that many fit into a minute.
const (
	selfTasks    = 20
	selfLatency  = "constant:2ms"
	selfStrategy = "fixed-pool:workers=8"
)

// SelfScenario is the scenario of the A/A test if the user gives none.
func SelfScenario() (scenario.Scenario, error) {
	l, err := latency.Parse(selfLatency)
	list, err2 := scenario.ParseStrategies([]string{selfStrategy})
	return scenario.Scenario{
		Name:       "self",
		Target:     scenario.Target{Mock: &config.Config{Behavior: config.Behavior{Latency: l}}},
		Workload:   scenario.Workload{Tasks: selfTasks, Timeout: scenario.DefaultTimeout},
		Strategies: list,
		Measure:    scenario.Measurement{Warmup: 1, Seed: 1},
	}, errors.Join(err, err2)
}

// Describe describes the plan in one line.
func (p SelfPlan) Describe() string {
	s := p.Scenario
	more := ""
	if c := s.Workload.Connections; c != "" && c != scenario.ConnectionsWarm {
		more += fmt.Sprintf(", connections %s", c)
	}
	if v := s.Measure.Processes; v != "" && v != scenario.ProcessesAuto {
		more += fmt.Sprintf(", processes %s", v)
	}
	return fmt.Sprintf("%s, %d tasks, %s%s", s.Strategies[0].Original(), s.Workload.Tasks, s.Target, more)
}
