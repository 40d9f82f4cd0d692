package main

import (
	"fmt"
	"math"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/internal/queueing"
	"github.com/fanbench/fanbench/mockserver/config"
)

// model is a queue of queueing theory, made from the mock server's slots.
type model struct {
	Name    string  `json:"name"`
	Servers int     `json:"servers"`
	Sigma   float64 `json:"sigma"` // of lognormal services; 0 for exponential ones
}

// service is the mean service time. The harness adds some 0.2 ms to a request, which should
// be little of it.
const service = 20 * time.Millisecond

func models() []model { return []model{{"M/M/1", 1, 0}, {"M/M/4", 4, 0}, {"M/G/1", 1, 1}} }

// latency is its short form.
func (m model) latency() string {
	if m.Sigma == 0 {
		return fmt.Sprintf("exponential:mean=%v", service)
	}
	median := float64(service) / queueing.LognormalMean(1, m.Sigma)
	return fmt.Sprintf("lognormal:median=%v,sigma=%v", time.Duration(math.Round(median)), m.Sigma)
}

// wait is the mean wait by theory, in mean services: Erlang's, or that of Pollaczek and
// Khinchine.
func (m model) wait(load float64) float64 {
	if m.Sigma == 0 {
		return queueing.WaitMMc(m.Servers, load)
	}
	return queueing.WaitMG1(load, queueing.LognormalSCV(m.Sigma))
}

// waitCase is a phase at a load, the share of the servers that is busy.
type waitCase struct {
	Model  model         `json:"model"`
	Load   float64       `json:"load"`
	Window time.Duration `json:"window_ns"`
	Warmup time.Duration `json:"warmup_ns"`
}

func waitCases() (list []waitCase) {
	for _, m := range models() {
		list = append(list,
			waitCase{m, 0.5, 14 * time.Second, time.Second},
			waitCase{m, 0.8, 13 * time.Second, 2 * time.Second},
			waitCase{m, 0.9, 15 * time.Second, 4 * time.Second})
	}
	return list
}

func (c waitCase) name() string {
	kind := "mm"
	if c.Model.Sigma > 0 {
		kind = "mg"
	}
	return fmt.Sprintf("%s%d-at-%s", kind, c.Model.Servers, percentName(c.Load))
}

// title is the case for a reader.
func (c waitCase) title() string { return fmt.Sprintf("%s, %.0f%%", c.Model.Name, 100*c.Load) }

func (c waitCase) scenario(stretch float64) scenario.Scenario {
	rate := c.Load * float64(c.Model.Servers) / service.Seconds()
	return poisson(c.name(), 1, rate, c.Window, c.Warmup, stretch, "goroutine-per-task", scenario.Target{Mock: &config.Config{
		Behavior: config.Behavior{Latency: mustLatency(c.Model.latency()), Capacity: config.Capacity{Slots: c.Model.Servers}},
	}})
}

// mean is a mean time of the tasks of a window, in mean services.
type mean struct {
	Theory    float64 `json:"theory"`
	Measured  float64 `json:"measured"`
	Recursion float64 `json:"recursion"`  // the mean by the recursion, of the same arrivals and latencies
	Error     float64 `json:"diff_error"` // standard error of the difference of the two
	Degrees   int     `json:"degrees"`    // its degrees of freedom
}

// estimate is the mean that very long phases would measure: what theory says, and what the
// harness adds to it, with its 95% interval. What is known exactly, the mean of the same
// draws by the recursion and its expectation, is taken as a control variate (Asmussen and
// Glynn, "Stochastic Simulation", 2007, section V.2), so the luck of the draws cancels.
func (m mean) estimate() (value float64, iv stat.Interval) {
	value = m.Theory + m.Measured - m.Recursion
	reach := m.Error * distuv.StudentsT{Sigma: 1, Nu: float64(m.Degrees)}.Quantile(0.975)
	return value, stat.Interval{Low: value - reach, High: value + reach, Confidence: 0.95}
}

// waitResult is what a phase measured, and what is simulated of others like it.
type waitResult struct {
	waitCase
	Tasks    int  `json:"tasks"`    // of the window
	Wait     mean `json:"wait"`     // by the server's account
	Response mean `json:"response"` // by the client's: from the intended arrival to the end

	// Of phases like this one, by the recursion on other draws: between which two mean waits
	// 95% of them are, their standard deviation, and the probability of a mean wait as far
	// from the middle as the measured one.
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Spread float64 `json:"spread"`
	Chance float64 `json:"chance"`

	Long    float64 `json:"long"` // mean wait in long phases, likewise
	LongErr float64 `json:"long_error"`
}

// pieces is into how many pieces a window is cut for the standard error of a difference. Each is
// long against the time for which a disturbance lasts.
const pieces = 10

func (c waitCase) result(f *phase) waitResult {
	r := waitResult{waitCase: c}
	r.Window, r.Warmup = f.scenario.Workload.Arrivals.For, f.scenario.Workload.Arrivals.Warmup
	starts := queueing.Starts(c.Model.Servers, f.ready, f.draws)
	var wait, response differences
	a := f.scenario.Workload.Arrivals
	for i := range f.tasks {
		if !f.inWindow(f.ready[i]) {
			continue
		}
		r.Tasks++
		part := min(int(float64(pieces)*float64(f.ready[i]-a.Warmup)/float64(a.For)), pieces-1)
		waited := starts[i] - f.ready[i]
		wait.add(part, float64(f.tasks[i].Queue), float64(waited))
		response.add(part, float64(f.tasks[i].End)-float64(f.ready[i]), float64(waited+f.draws[i]))
	}
	theory := c.Model.wait(c.Load)
	r.Wait, r.Response = wait.mean(theory), response.mean(theory+1)
	return r
}

// differences sums up pairs of times, in ns, by the part of the window.
type differences struct {
	n                   [pieces]int
	measured, recursion [pieces]float64
}

func (d *differences) add(part int, measured, recursion float64) {
	d.n[part]++
	d.measured[part] += measured
	d.recursion[part] += recursion
}

func (d *differences) mean(theory float64) mean {
	m := mean{Theory: theory}
	n := 0
	var of []float64
	for i := range pieces {
		if d.n[i] == 0 {
			continue
		}
		n += d.n[i]
		m.Measured += d.measured[i] / float64(service)
		m.Recursion += d.recursion[i] / float64(service)
		of = append(of, (d.measured[i]-d.recursion[i])/float64(d.n[i])/float64(service))
	}
	m.Measured, m.Recursion = m.Measured/float64(n), m.Recursion/float64(n)
	m.Error, m.Degrees = stat.Describe(of).Deviation/math.Sqrt(float64(len(of))), len(of)-1
	return m
}

// drawPlan says how much is simulated by the recursion: phases like the measured one, and long
// ones with so many tasks each.
type drawPlan struct{ Like, Long, Tasks int }

var defaultDraws = drawPlan{Like: 1000, Long: 40, Tasks: 250_000}

// simulate computes what the recursion says of other draws, made by the same code.
func (r *waitResult) simulate(s scenario.Scenario, p drawPlan) {
	like := r.phases(s, p.Like)
	q := stat.Quantiles(like, 0.025, 0.975)
	r.Low, r.High, r.Spread = q[0], q[1], stat.Describe(like).Deviation
	r.Chance = chance(r.Wait.Measured, like)
	long := *s.Workload.Arrivals
	long.For = time.Duration(float64(p.Tasks) / long.Rate * float64(time.Second))
	long.Warmup = long.For / 10
	s.Workload.Arrivals = &long
	d := stat.Describe(r.phases(s, p.Long))
	r.Long, r.LongErr = d.Mean, d.Deviation/math.Sqrt(float64(p.Long))
}

// chance is the probability of a value as far out as v, on either side, in a sample like these.
func chance(v float64, like []float64) float64 {
	below, above := 1, 1 // v itself
	for _, x := range like {
		below += count(x <= v)
		above += count(x >= v)
	}
	return min(1, 2*float64(min(below, above))/float64(len(like)+1))
}

// phases are the mean waits in the windows of so many rounds, by the recursion, in mean
// services.
func (r *waitResult) phases(s scenario.Scenario, rounds int) (means []float64) {
	l := s.Target.Mock.Latency
	for round := 2; round < 2+rounds; round++ {
		q := queueing.NewFIFO(r.Model.Servers)
		n, sum := 0, 0.0
		for i, arrival := range s.Arrivals(round) {
			at := arrival.At
			start := q.Start(at, l.At(s.Measure.Seed, round, i))
			if at >= s.Workload.Arrivals.Warmup {
				n++
				sum += float64(start - at)
			}
		}
		means = append(means, sum/float64(n)/float64(service))
	}
	return means
}

// mostOff is by how much a mean may be off theory.
const mostOff = 0.03

// within holds an interval against a theory's value: it is met where all of it is within the
// part, and missed where none is.
func within(iv stat.Interval, theory, part float64) outcome {
	low, high := theory*(1-part), theory*(1+part)
	switch {
	case iv.Low >= low && iv.High <= high:
		return met
	case iv.High >= low && iv.Low <= high:
		return open
	}
	return missed
}

// around is a value and its interval as parts of theory's: "+0.4% [+0.1, +0.7]".
func around(value float64, iv stat.Interval, theory float64) string {
	part := func(v float64) float64 { return 100 * (v/theory - 1) }
	return fmt.Sprintf("%+.1f%% [%+.1f, %+.1f]", part(value), part(iv.Low), part(iv.High))
}

func signedPercent(part float64) string { return fmt.Sprintf("%+.2f%%", 100*part) }

// draws is the mean wait by the recursion on many other draws.
func (r waitResult) draws() (value float64, iv stat.Interval) {
	reach := r.LongErr * distuv.StudentsT{Sigma: 1, Nu: float64(defaultDraws.Long - 1)}.Quantile(0.975)
	return r.Long, stat.Interval{Low: r.Long - reach, High: r.Long + reach, Confidence: 0.95}
}

// byItself is whether the measured window alone shows that its mean wait is within mostOff. It
// never shows the contrary: windows are skewed, and chance tells which are unlikely.
func (r waitResult) byItself() outcome {
	reach := distuv.UnitNormal.Quantile(0.975) * r.Spread
	if within(stat.Interval{Low: r.Wait.Measured - reach, High: r.Wait.Measured + reach}, r.Wait.Theory, mostOff) == met {
		return met
	}
	return open
}

// alone is how long the window would have to be for the measured mean wait, by itself, to be
// within mostOff with 95%.
func (r waitResult) alone() time.Duration {
	times := distuv.UnitNormal.Quantile(0.975) * r.Spread / (mostOff * r.Wait.Theory)
	return time.Duration(times * times * float64(r.Window))
}

func waitSection(list []waitResult) section {
	s := section{
		title: "Mean waits: M/M/c and M/G/1 of the mock server's slots",
		text: fmt.Sprintf("Requests arrive at random at a server with slots: batches of one task, goroutine-per-task, services of %v in the mean, exponential or (M/G/1) lognormal with sigma 1. The load is the share of the slots that is busy. Waits are in mean services.\n\n"+
			"- **Theory**: Erlang C, Pollaczek-Khinchine. **Draws**: the recursion of Kiefer and Wolfowitz on %d million other arrivals and latencies, made by the same code.\n"+
			"- **Measured**: the mean wait of the tasks that arrived in the window, by the server's account. Successive waits are much alike, so it varies a lot from window to window; the next column has 95%% of such windows, by the recursion. **Recursion**: on the same arrivals and latencies as measured.\n"+
			"- **Wait** and **response**: theory plus the measured difference from that recursion, in percent of theory, with the 95%% interval. The recursion has the luck of the same draw, which so cancels (a control variate). The response time is the client's, from the intended arrival to the end.\n"+
			"- **Alone**: how long the window would have to be for the measured mean by itself to be within 3%% with 95%% confidence.", service, defaultDraws.Long*defaultDraws.Tasks/1_000_000),
		table: newTable("queue", "theory", "draws", "tasks", "measured", "95% of such windows", "recursion", "wait", "response", "alone"),
	}
	draws := newPhaseGoals("the draws have theory's mean wait, within 3%")
	wait := newPhaseGoals("mean wait within 3% of theory, with all of its 95% interval")
	response := newPhaseGoals("mean response time within 3% of theory, with all of its 95% interval")
	raw := newPhaseGoals("the measured mean wait is one that theory has in such windows (p > 0.05, all together)")
	alone := newPhaseGoals("the measured mean wait within 3% of theory by itself")
	for _, r := range list {
		long, longIv := r.draws()
		w, wIv := r.Wait.estimate()
		t, tIv := r.Response.estimate()
		s.table.AppendRow(table.Row{
			r.title(), fmt.Sprintf("%.3f", r.Wait.Theory), around(long, longIv, r.Wait.Theory), r.Tasks,
			fmt.Sprintf("%.3f", r.Wait.Measured), fmt.Sprintf("%.3g to %.3g", r.Low, r.High), fmt.Sprintf("%.3f", r.Wait.Recursion),
			around(w, wIv, r.Wait.Theory), around(t, tIv, r.Response.Theory), rough(r.alone()),
		})
		draws.add(within(longIv, r.Wait.Theory, mostOff))
		wait.add(within(wIv, r.Wait.Theory, mostOff))
		response.add(within(tIv, r.Response.Theory, mostOff))
		raw.add(metIf(r.Chance > 0.05/float64(len(list))))
		alone.add(r.byItself())
	}
	s.goals = []*goals{draws, wait, response, raw, alone}
	return s
}

// rough is a long time in words, with two digits.
func rough(d time.Duration) string {
	switch {
	case d > 2*time.Hour:
		return fmt.Sprintf("%.2g h", d.Hours())
	case d > 2*time.Minute:
		return fmt.Sprintf("%.2g min", d.Minutes())
	}
	return fmt.Sprintf("%.2g s", d.Seconds())
}
