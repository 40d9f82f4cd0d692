package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/sync/errgroup"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/doctor"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/latency"
	"github.com/fanbench/fanbench/strategies"
)

// queuePlan says which runs are simulated: of phases of load of M/M/c, by the recursion, with
// the arrivals, the latencies, the figures, the intervals and the verdicts of fanbench.
type queuePlan struct {
	Servers int
	Loads   []float64
	Rounds  int         // of a run
	Phases  []queueSize // how long they are
	Seed    uint64
}

// queueSize is how many batches arrive in a window, and how many runs of such phases there
// are. Compared says whether pairs are compared too.
type queueSize struct {
	Batches, Runs int
	Compared      bool
}

var defaultQueues = queuePlan{
	Servers: 8, Loads: []float64{0.5, 0.8, 0.9, 0.95}, Rounds: 20, Seed: 1,
	Phases: []queueSize{{2_000, 400, true}, {20_000, 80, false}},
}

// queueRow is what came of the runs of a load.
type queueRow struct {
	Load       float64     `json:"load"`
	Batches    int         `json:"batches"`
	Rounds     int         `json:"rounds"`
	Unstable   doctor.Rate `json:"unstable"`    // phases that fanbench calls unstable: they have no figure
	Own        doctor.Rate `json:"own"`         // intervals of p99 that held its median over phases as long
	True       doctor.Rate `json:"true"`        // that held the p99 of the queue
	Bias       float64     `json:"bias"`        // of that median from the p99 of the queue, as a part
	Pooled     doctor.Rate `json:"pooled"`      // intervals of the p99 of all batches of a run that held that of the queue
	PooledBias float64     `json:"pooled_bias"` // of its median from the p99 of the queue
	Ratio      doctor.Rate `json:"ratio"`       // intervals of the ratio that held 1
	Wrong      doctor.Rate `json:"wrong"`       // pairs that are alike and were called different
}

// A window has so many batches a second.
const queueRate = 1000

// simulate are the rows of all loads and lengths. The same plan gives the same rows.
func (p queuePlan) simulate() []queueRow {
	var rows []queueRow
	for _, size := range p.Phases {
		for _, load := range p.Loads {
			rows = append(rows, queueRow{Load: load, Batches: size.Batches, Rounds: p.Rounds})
		}
	}
	for i := range rows {
		p.row(&rows[i], p.Phases[i/len(p.Loads)])
	}
	return rows
}

// queueRun is a simulated run of two strategies that are alike.
type queueRun struct {
	p99        []float64     // of the phases that have one, without noise
	all        float64       // p99 of all their batches
	pooled     stat.Interval // of that
	unstable   int
	base, head map[int]float64 // by round
}

func (p queuePlan) row(r *queueRow, size queueSize) {
	runs := make([]queueRun, size.Runs)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range runs {
		g.Go(func() error {
			runs[i] = p.run(r.Load, size, i)
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	var all []float64
	phases, unstable := 0, 0
	for _, run := range runs {
		all = append(all, run.p99...)
		unstable += run.unstable
		phases += p.Rounds
	}
	own := stat.Median(all)
	truth := queueing.ResponseMMc(p.Servers, r.Load, 0.99) * p.service(r.Load).Seconds()
	var together []float64
	for _, run := range runs {
		together = append(together, run.all)
	}
	r.Bias, r.PooledBias, r.Unstable = own/truth-1, stat.Median(together)/truth-1, doctor.NewRate(unstable, phases)
	var held, heldTrue, pooled, ratio, wrong, compared int
	for _, run := range runs {
		iv := stat.QuantileInterval(run.p99, 0.5, 0.95) // as summary.Spread has it
		held += count(iv.Low <= own && own <= iv.High)
		heldTrue += count(iv.Low <= truth && truth <= iv.High)
		pooled += count(run.pooled.Low <= truth && truth <= run.pooled.High)
		if size.Compared {
			pair := stat.PairRounds(run.base, run.head)
			c := stat.Compare(pair.Base, pair.Head, stat.Options{})
			compared++
			ratio += count(c.Interval.Low <= 1 && 1 <= c.Interval.High)
			wrong += count(c.Verdict == stat.Slower || c.Verdict == stat.Faster)
		}
	}
	r.Own, r.True, r.Pooled = doctor.NewRate(held, len(runs)), doctor.NewRate(heldTrue, len(runs)), doctor.NewRate(pooled, len(runs))
	r.Ratio, r.Wrong = doctor.NewRate(ratio, compared), doctor.NewRate(wrong, compared)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// service is the mean service time at a load.
func (p queuePlan) service(load float64) time.Duration {
	return time.Duration(load * float64(p.Servers) / queueRate * float64(time.Second))
}

// scenario is that of the phases of a load.
func (p queuePlan) scenario(load float64, size queueSize) scenario.Scenario {
	window := time.Duration(size.Batches) * time.Second / queueRate
	s := poisson("simulated", 1, queueRate, window, window/5, 1, "goroutine-per-task", scenario.Target{})
	s.Measure.Seed = p.Seed
	s.Measure.Figure = scenario.ResponseP99
	return s
}

// run simulates the n-th run. Its rounds have numbers of their own, and so arrivals and
// latencies of their own.
func (p queuePlan) run(load float64, size queueSize, n int) queueRun {
	r := queueRun{base: map[int]float64{}, head: map[int]float64{}}
	q := &queue{servers: p.Servers, scenario: p.scenario(load, size), latency: mustLatency(fmt.Sprintf("exponential:mean=%v", p.service(load)))}
	noise := newTrialNoise(p.Seed, n)
	var responses [][]float64
	for round := 1; round <= p.Rounds; round++ {
		number := n*p.Rounds + round
		if p99 := q.phase(number, nil).Figure(scenario.ResponseP99); p99 > 0 {
			r.p99 = append(r.p99, p99.Seconds())
			responses = append(responses, q.responses())
		} else {
			r.unstable++
		}
		if !size.Compared {
			continue
		}
		for _, i := range scenario.NewRound(number, 2, p.Seed).Order {
			if p99 := q.phase(number, noise.trial()).Figure(scenario.ResponseP99); p99 > 0 {
				[]map[int]float64{r.base, r.head}[i][round] = p99.Seconds()
			}
		}
	}
	r.all, r.pooled = pooledQuantile(responses, 0.99)
	return r
}

// pooledQuantile is a quantile of all values, and its 95% interval by rounds, as assertions
// about the sojourn time of tasks have it.
func pooledQuantile(rounds [][]float64, q float64) (value float64, iv stat.Interval) {
	iv = stat.Interval{Low: math.Inf(-1), High: math.Inf(1), Confidence: 0.95}
	if len(rounds) < 2 {
		return math.NaN(), iv
	}
	all := slices.Concat(rounds...)
	slices.Sort(all)
	value = stat.Quantiles(all, q)[0]
	var parts []float64
	for _, of := range rounds {
		below := 0
		for _, v := range of {
			below += count(v <= value)
		}
		parts = append(parts, float64(below)/float64(len(of)))
	}
	low, high := stat.WoodruffShares(parts, len(all), q, 0.95)
	if low >= 0 {
		iv.Low = stat.Quantiles(all, low)[0]
	}
	if high <= 1 {
		iv.High = stat.Quantiles(all, high)[0]
	}
	return value, iv
}

// queue is M/M/c, whose phases share their memory.
type queue struct {
	servers        int
	scenario       scenario.Scenario
	latency        latency.Latency
	batches, tasks []strategies.Record
}

// phase is what a phase comes to on the arrivals and latencies of a round. took, unless it is
// nil, is how long a latency really takes.
func (q *queue) phase(round int, took func(time.Duration) time.Duration) *results.Phase {
	a := q.scenario.Workload.Arrivals
	servers := queueing.NewFIFO(q.servers)
	end := int64(a.Warmup + a.For + a.Drain())
	q.batches, q.tasks = q.batches[:0], q.tasks[:0]
	for i, arrival := range q.scenario.Arrivals(round) {
		at := arrival.At
		d := q.latency.At(q.scenario.Measure.Seed, round, i)
		if took != nil {
			d = took(d)
		}
		start := servers.Start(at, d)
		b := strategies.Record{Ready: int64(at), Start: int64(at), End: int64(start + d), Bytes: 1, Runs: 1, Outcome: strategies.OK}
		if b.End > end {
			b.Outcome = strategies.Unfinished
		}
		q.batches = append(q.batches, b)
		b.Start = int64(start)
		q.tasks = append(q.tasks, b)
	}
	return results.NewPhase(q.scenario, round, q.batches, q.tasks)
}

// responses are the response times of the last phase's window, in seconds.
func (q *queue) responses() (x []float64) {
	for i := range q.batches {
		if b := &q.batches[i]; b.Ready >= int64(q.scenario.Workload.Arrivals.Warmup) {
			x = append(x, time.Duration(b.End-b.Ready).Seconds())
		}
	}
	return x
}

// trialNoise is the noise of trials that are alike: services of a trial take longer or shorter by
// a part that goes on for some trials (AR(1) of 0.5, sigma 1%), and each by an overhead of its
// own.
type trialNoise struct {
	random *rand.Rand
	level  float64
}

const (
	noiseSigma    = 0.01
	noiseAR       = 0.5
	noiseOverhead = 0.01 // of a latency, in the mean
)

func newTrialNoise(seed uint64, run int) *trialNoise {
	m := &trialNoise{random: rand.New(rand.NewPCG(seed, 1<<40|uint64(run)))}
	m.level = m.random.NormFloat64()
	return m
}

// trial is how long latencies take in the next trial.
func (m *trialNoise) trial() func(time.Duration) time.Duration {
	m.level = noiseAR*m.level + math.Sqrt(1-noiseAR*noiseAR)*m.random.NormFloat64()
	part := math.Exp(noiseSigma * m.level)
	return func(d time.Duration) time.Duration {
		return time.Duration(float64(d) * (part + noiseOverhead*(m.random.ExpFloat64()-1)))
	}
}

// leastCovered and mostCovered are the goal for intervals of 95%.
const leastCovered, mostCovered = 0.93, 0.97

func queueSection(list []queueRow) section {
	servers := defaultQueues.Servers
	s := section{
		title: "Simulated: intervals and verdicts of the p99 of queues",
		text: fmt.Sprintf("Runs of %d rounds of M/M/%d, by the recursion: arrivals, latencies, figures of a phase, intervals and verdicts are fanbench's own code. Only here is the truth known.\n\n"+
			"- **Interval of p99**: how often the 95%% interval that reports show held the median of p99 over phases as long. That is what it is an interval of.\n"+
			"- **Queue's p99**: how often it held the p99 of the queue, of which a phase is a short sample. Lower by: the median p99 of the phases against it. At high load a phase is short against the time in which a queue forgets. So most phases miss the rare long queues of which the p99 consists.\n"+
			"- **Pooled**: the same for the p99 of the batches of all rounds together, with the interval by rounds (Woodruff) that assertions about sojourn times have.\n"+
			"- **Ratio** and **different**: two strategies that are alike, on the same arrivals and latencies, with noise of trials of their own (%.0f%%, autocorrelated): how often the interval of their ratio held 1, and how often they were called different, at a nominal 5%%.", defaultQueues.Rounds, servers, 100*noiseSigma),
		table: newTable("load", "batches", "runs", "unstable phases", "interval of p99", "queue's p99", "lower by", "pooled", "lower by", "ratio", "different"),
	}
	own := newGoals("coverage of the p99 interval of 93 to 97%")
	truth := newGoals("coverage of the queue's p99 of 93 to 97%, by the same interval")
	pooled := newGoals("coverage of the queue's p99 of 93 to 97%, pooled")
	ratio := newGoals("coverage of the ratio of two p99 of 93 to 97%")
	wrong := newGoals("false positive rate of 3 to 7%")
	for _, r := range list {
		row := table.Row{fmt.Sprintf("%.0f%%", 100*r.Load), r.Batches, r.Own.Of, percent(r.Unstable), rated(r.Own), rated(r.True), lower(r.Bias), rated(r.Pooled), lower(r.PooledBias), "-", "-"}
		own.add(rateWithin(r.Own, leastCovered, mostCovered))
		truth.add(rateWithin(r.True, leastCovered, mostCovered))
		pooled.add(rateWithin(r.Pooled, leastCovered, mostCovered))
		if r.Wrong.Of > 0 {
			row[9], row[10] = rated(r.Ratio), rated(r.Wrong)
			ratio.add(rateWithin(r.Ratio, leastCovered, mostCovered))
			wrong.add(rateWithin(r.Wrong, leastFalse, mostFalse))
		}
		s.table.AppendRow(row)
	}
	s.goals = []*goals{own, truth, pooled, ratio, wrong}
	return s
}

// lower is by how much a figure is too low on the whole.
func lower(bias float64) string { return fmt.Sprintf("%.1f%%", -100*bias) }

// rated is a rate with its interval: "94.8% [92.6, 96.4]".
func rated(r doctor.Rate) string {
	return fmt.Sprintf("%.1f%% [%.1f, %.1f]", 100*share(r), 100*r.Low, 100*r.High)
}
