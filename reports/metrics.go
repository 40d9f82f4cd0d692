package reports

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/reports/summary"
)

// metricsPrefix begins the name of every metric.
const metricsPrefix = "fanbench_"

// A family is a metric for monitoring systems. All are gauges: a run that has ended has nothing
// that still counts up. docs/metrics.md has the same table.
type family struct {
	name   string // without the prefix and the unit
	unit   string // the end of the name: seconds, bytes, ratio or per_second; "" for a count
	labels string // of its samples, in addition to run
	help   string
	each   func(s *summary.Run, put put) // puts every sample
}

// put adds a sample with the values of the family's labels. A figure that is nil is not known and
// has no sample.
type put func(v *float64, values ...string)

// full is the name of the family.
func (f family) full() string {
	if f.unit == "" {
		return metricsPrefix + f.name
	}
	return metricsPrefix + f.name + "_" + f.unit
}

// perRun makes a family with a sample for the run.
func perRun(name, unit, help string, of func(s *summary.Run) *float64) family {
	return family{name, unit, "", help, func(s *summary.Run, put put) { put(of(s)) }}
}

// perScenario makes a family with a sample for each scenario.
func perScenario(name, unit, help string, of func(sc *summary.Scenario) *float64) family {
	return family{name, unit, "scenario", help, func(s *summary.Run, put put) {
		for _, sc := range s.Scenarios {
			put(of(sc), sc.Name)
		}
	}}
}

// perStrategy makes a family with a sample for each strategy of each scenario.
func perStrategy(name, unit, help string, of func(sc *summary.Scenario, st *summary.Strategy) *float64) family {
	return family{name, unit, "scenario strategy", help, eachStrategy(func(sc *summary.Scenario, st *summary.Strategy, put put) {
		put(of(sc, st), sc.Name, st.Strategy)
	})}
}

// perPercentile makes a family with a sample for each percentile of a strategy that is known.
func perPercentile(name, help string, of func(st *summary.Strategy, percentile float64) *float64) family {
	return family{name, "seconds", "scenario strategy percentile", help, eachStrategy(func(sc *summary.Scenario, st *summary.Strategy, put put) {
		for _, p := range []float64{50, 90, 95, 99, 99.9} {
			put(of(st, p), sc.Name, st.Strategy, strconv.FormatFloat(p, 'f', -1, 64))
		}
	})}
}

// perTenant makes a family with a sample for each tenant of a strategy's phases of load.
func perTenant(name, unit, help string, of func(t summary.TenantLoad) *float64) family {
	return family{name, unit, "scenario strategy tenant", help, eachStrategy(func(sc *summary.Scenario, st *summary.Strategy, put put) {
		if st.Load == nil {
			return
		}
		for _, t := range st.Load.Tenants {
			put(of(t), sc.Name, st.Strategy, t.Name)
		}
	})}
}

// perCapacity makes a family with a sample for each strategy and promise.
func perCapacity(name, help string, of func(c summary.Capacity) *float64) family {
	return family{name, "per_second", "strategy promise", help, func(s *summary.Run, put put) {
		for _, c := range s.Capacities {
			put(of(c), c.Strategy, c.Promise)
		}
	}}
}

func eachStrategy(do func(sc *summary.Scenario, st *summary.Strategy, put put)) func(s *summary.Run, put put) {
	return func(s *summary.Run, put put) {
		for _, sc := range s.Scenarios {
			for _, st := range sc.Strategies {
				do(sc, st, put)
			}
		}
	}
}

// families are all metrics. Names are relied upon by dashboards and alerts.
var families = append([]family{
	{"run_info", "", "status version go_version os arch cpu", "the run, always 1: its status, fanbench's version, the Go version and the machine", func(s *summary.Run, put put) {
		e := s.Environment
		put(number(1), string(s.Status), s.Fanbench, e.Go, e.OS, e.Arch, e.CPU)
	}},
	perRun("run_complete", "", "1 if the run is complete and valid, otherwise 0", func(s *summary.Run) *float64 { return truth(s.Status == results.RunComplete) }),
	perRun("run_start_timestamp", "seconds", "when the run began, in Unix time", func(s *summary.Run) *float64 { return unix(s.Started) }),
	perRun("run_end_timestamp", "seconds", "when the run ended, in Unix time", func(s *summary.Run) *float64 { return unix(s.Ended) }),

	{"scenario_info", "", "scenario compared baseline best", "a scenario, always 1: the figure that is compared, the baseline, and the pick, if there is one", func(s *summary.Run, put put) {
		for _, sc := range s.Scenarios {
			put(number(1), sc.Name, sc.Metric, sc.Baseline, sc.Best)
		}
	}},
	perScenario("scenario_tasks", "", "tasks in a batch", func(sc *summary.Scenario) *float64 { return number(sc.Tasks) }),
	perScenario("scenario_rounds", "", "measured rounds that were started", func(sc *summary.Scenario) *float64 { return number(sc.RoundsHeld) }),
	perScenario("scenario_arrivals", "per_second", "batches that are to arrive, for phases of load", func(sc *summary.Scenario) *float64 { return positive(sc.Rate) }),
	{"scenario_assertions", "", "scenario outcome", "assertions by outcome: pass, cannot tell, fail", func(s *summary.Run, put put) {
		for _, sc := range s.Scenarios {
			if len(sc.Assertions) == 0 {
				continue
			}
			count := map[summary.AssertionOutcome]int{}
			for _, a := range sc.Assertions {
				count[a.Outcome]++
			}
			for _, o := range []summary.AssertionOutcome{summary.AssertionPasses, summary.AssertionOpen, summary.AssertionFails} {
				put(number(count[o]), sc.Name, string(o))
			}
		}
	}},

	{"strategy_info", "", "scenario strategy verdict failure leads", "a strategy, always 1: its verdict in a word, what went wrong, and whether no other strategy is shown to beat it", eachStrategy(func(sc *summary.Scenario, st *summary.Strategy, put put) {
		put(number(1), sc.Name, st.Strategy, verdictWord(sc, st), st.Failure, strconv.FormatBool(st.Leads))
	})},
	perStrategy("strategy_failed", "", "1 if the strategy crashed, hung, lost work or failed too many tasks, otherwise 0", figureOf(func(st *summary.Strategy) *float64 { return truth(st.Failure != "") })),
	perStrategy("concurrency_limit", "", "tasks that may run at once", figureOf(func(st *summary.Strategy) *float64 { return number(st.Width) })),
	perStrategy("trials", "", "measured trials", figureOf(func(st *summary.Strategy) *float64 { return number(st.Held) })),
	perStrategy("comparable_trials", "", "measured trials that did the whole batch", figureOf(func(st *summary.Strategy) *float64 { return number(st.Comparable) })),
	perStrategy("measured_tasks", "", "tasks of all measured trials", figureOf(func(st *summary.Strategy) *float64 { return number(st.TaskCount) })),
	perStrategy("failed_tasks", "", "tasks of all measured trials that failed", figureOf(func(st *summary.Strategy) *float64 { return number(st.Failed) })),
	perStrategy("lost_tasks", "", "tasks of all measured trials that never started or never ended", figureOf(func(st *summary.Strategy) *float64 { return number(st.Lost) })),

	perStrategy("makespan", "seconds", "makespan of a batch, median of the comparable trials", alone(func(m *summary.Spread) float64 { return m.Median })),
	perStrategy("makespan_low", "seconds", "lower end of the 95% interval of the median makespan", alone(func(m *summary.Spread) float64 { return m.Interval.Low })),
	perStrategy("makespan_high", "seconds", "upper end of the 95% interval of the median makespan", alone(func(m *summary.Spread) float64 { return m.Interval.High })),
	perStrategy("makespan_min", "seconds", "shortest makespan of a comparable trial", alone(func(m *summary.Spread) float64 { return m.Min })),
	perStrategy("makespan_max", "seconds", "longest makespan of a comparable trial", alone(func(m *summary.Spread) float64 { return m.Max })),
	perStrategy("throughput_tasks", "per_second", "tasks of a batch divided by its median makespan", func(sc *summary.Scenario, st *summary.Strategy) *float64 {
		if sc.Rate > 0 || st.Makespan == nil || st.Makespan.Median == 0 {
			return nil
		}
		v := float64(sc.Tasks) / st.Makespan.Median
		return &v
	}),
	perStrategy("vs_baseline", "ratio", "the compared figure divided by that of the baseline; below 1 is faster", compared(func(c *stat.Comparison) float64 { return c.Ratio })),
	perStrategy("vs_baseline_low", "ratio", "lower end of the ratio's interval", compared(func(c *stat.Comparison) float64 { return c.Interval.Low })),
	perStrategy("vs_baseline_high", "ratio", "upper end of the ratio's interval", compared(func(c *stat.Comparison) float64 { return c.Interval.High })),
	perStrategy("lower_bound", "seconds", "lower bound of the makespan at the strategy's concurrency limit", figureOf(func(st *summary.Strategy) *float64 { return st.Bound })),
	perStrategy("greedy", "seconds", "makespan of greedy list scheduling with the same latencies", figureOf(func(st *summary.Strategy) *float64 { return st.Greedy })),
	perStrategy("efficiency", "ratio", "lower bound divided by the makespan; what is missing to 1 is wasted", efficiencyColumn.value),

	perPercentile("sojourn", "time of a task from ready to done, over all comparable trials", ofTasks(func(st *summary.Strategy) *summary.Distribution { return st.Sojourn })),
	perPercentile("wait", "time of a task from ready to started, over all comparable trials", ofTasks(func(st *summary.Strategy) *summary.Distribution { return st.Wait })),
	perPercentile("service", "time of a task from started to done, over all comparable trials", ofTasks(func(st *summary.Strategy) *summary.Distribution { return st.Service })),

	perStrategy("load_compared", "seconds", "the compared figure of phases of load (label compared of fanbench_scenario_info), median of the rounds", underLoad(func(m *summary.Spread) float64 { return m.Median })),
	perStrategy("load_compared_low", "seconds", "lower end of its 95% interval", underLoad(func(m *summary.Spread) float64 { return m.Interval.Low })),
	perStrategy("load_compared_high", "seconds", "upper end of its 95% interval", underLoad(func(m *summary.Spread) float64 { return m.Interval.High })),
	perStrategy("load_arrivals", "per_second", "batches that arrived, median of the rounds", ofLoad(func(l *summary.Load) *float64 { return &l.Rate })),
	perStrategy("load_goodput", "ratio", "share of the batches that were done whole within the deadline, median of the rounds", goodputColumn.value),
	perPercentile("load_response", "response time of a batch, median of the rounds", func(st *summary.Strategy, percentile float64) *float64 {
		switch {
		case st.Load != nil && percentile == 50:
			return st.Load.P50
		case st.Load != nil && percentile == 99:
			return st.Load.P99
		}
		return nil
	}),
	perStrategy("load_response_mean", "seconds", "mean response time of a batch, median of the rounds", ofLoad(func(l *summary.Load) *float64 { return l.Mean })),
	perStrategy("load_response_max", "seconds", "longest response time of a batch that ended, over all rounds", ofLoad(func(l *summary.Load) *float64 { return positive(l.Slowest) })),
	perStrategy("load_in_system", "", "batches that had arrived and were not done, mean of a round, median of the rounds", systemColumn.value),
	perPercentile("load_lateness", "time from intended to actual arrival of a batch, which is the harness's own", func(st *summary.Strategy, percentile float64) *float64 {
		switch {
		case st.Load != nil && percentile == 50:
			return &st.Load.LateP50
		case st.Load != nil && percentile == 99:
			return &st.Load.LateP99
		}
		return nil
	}),
	perStrategy("load_batches", "", "batches that arrived, over all rounds", ofLoad(func(l *summary.Load) *float64 { return number(l.Batches) })),
	perStrategy("load_good_batches", "", "batches that were done whole within the deadline, over all rounds", ofLoad(func(l *summary.Load) *float64 { return number(l.Good) })),
	perStrategy("load_failed_batches", "", "batches of which the strategy returned an error, over all rounds", ofLoad(func(l *summary.Load) *float64 { return number(l.Failed) })),
	perStrategy("load_rejected_batches", "", "batches that the strategy rejected, over all rounds", rejectColumn.value),
	perStrategy("load_unfinished_batches", "", "batches that were not done when their phase ended, over all rounds", undoneColumn.value),
	perStrategy("load_unstable_rounds", "", "rounds in which the number in the system still grew at the end", growColumn.value),
	perStrategy("load_promise_kept", "", "1 if most rounds keep the scenario's promise, 0 if most break it; no sample if that is undecided", figureOf(func(st *summary.Strategy) *float64 {
		if st.Promised == nil || st.Promised.Kept == results.Undecided {
			return nil
		}
		return truth(st.Promised.Kept == results.Keeps)
	})),
	perTenant("load_tenant_batches", "", "batches of a tenant that arrived, over all rounds", func(t summary.TenantLoad) *float64 { return number(t.Batches) }),
	perTenant("load_tenant_rejected_batches", "", "of them rejected", func(t summary.TenantLoad) *float64 { return number(t.Rejected) }),
	perTenant("load_tenant_unfinished_batches", "", "of them not done when their phase ended", func(t summary.TenantLoad) *float64 { return number(t.Unfinished) }),
	perTenant("load_tenant_goodput", "ratio", "share of a tenant's batches that were done whole within the deadline", func(t summary.TenantLoad) *float64 { return t.Goodput }),
	perTenant("load_tenant_response_p50", "seconds", "median response time of a tenant's batches", func(t summary.TenantLoad) *float64 { return t.P50 }),
	perTenant("load_tenant_response_p99", "seconds", "p99 response time of a tenant's batches", func(t summary.TenantLoad) *float64 { return t.P99 }),
	perCapacity("capacity_kept", "the highest rate of batches at which the strategy is shown to keep the promise", func(c summary.Capacity) *float64 { return c.Keeps }),
	perCapacity("capacity_broken", "the lowest rate of batches at which the strategy is shown to break the promise", func(c summary.Capacity) *float64 { return c.Breaks }),
}, usageFamilies()...)

// usageFamilies are what a trial cost the strategy's process, from the table of package metric.
func usageFamilies() (list []family) {
	over := map[metric.Over]string{metric.Median: "median of the comparable trials", metric.Greatest: "greatest of the comparable trials", metric.InWarmup: "greatest of the warm-up"}
	for _, m := range metric.All {
		if m.Over == metric.NotSummed {
			continue
		}
		name, unit := m.Name(), ""
		switch {
		case m.Duration():
			unit = "seconds"
		case m.Bytes():
			unit = "bytes"
		}
		list = append(list, perStrategy(strings.TrimSuffix(name, "_"+unit), unit, m.Doc+", "+over[m.Over], figureOf(func(st *summary.Strategy) *float64 {
			if v, ok := st.Usage[name]; ok {
				return &v
			}
			return nil
		})))
	}
	return list
}

// alone returns a figure of the makespan of a batch that is alone, underLoad one of what phases of
// load are compared by.
func alone(of func(m *summary.Spread) float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return ofSpread(false, of)
}

func underLoad(of func(m *summary.Spread) float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return ofSpread(true, of)
}

func ofSpread(load bool, of func(m *summary.Spread) float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return func(sc *summary.Scenario, st *summary.Strategy) *float64 {
		if st.Makespan == nil || load != (sc.Rate > 0) {
			return nil
		}
		v := of(st.Makespan)
		return &v
	}
}

func compared(of func(c *stat.Comparison) float64) func(*summary.Scenario, *summary.Strategy) *float64 {
	return figureOf(func(st *summary.Strategy) *float64 { return ofComparison(st, of) })
}

// ofTasks returns a percentile of the times of tasks, nil if there are too few tasks for it.
func ofTasks(of func(st *summary.Strategy) *summary.Distribution) func(*summary.Strategy, float64) *float64 {
	return func(st *summary.Strategy, percentile float64) *float64 {
		if v, ok := of(st).At(percentile / 100); ok {
			return &v
		}
		return nil
	}
}

func truth(on bool) *float64 {
	if on {
		return number(1)
	}
	return number(0)
}

// positive returns nil for 0, which means unknown.
func positive(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}

func unix(t time.Time) *float64 {
	if t.IsZero() {
		return nil
	}
	v := float64(t.UnixMilli()) / 1000
	return &v
}

// Metrics returns the figures of a run as metric families for monitoring systems, all gauges
// without timestamps. Figures that are not known are left out.
func Metrics(s *summary.Run) (list []*dto.MetricFamily) {
	for _, f := range families {
		out := &dto.MetricFamily{Name: new(f.full()), Help: new(f.help), Type: dto.MetricType_GAUGE.Enum()}
		if f.unit != "" {
			out.Unit = &f.unit
		}
		names := append([]string{"run"}, strings.Fields(f.labels)...)
		f.each(s, func(v *float64, values ...string) {
			if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) { // the interval of too few rounds has no ends
				return
			}
			m := &dto.Metric{Gauge: &dto.Gauge{Value: v}}
			for i, value := range append([]string{s.Run}, values...) {
				if value != "" { // an empty label is the same as none
					m.Label = append(m.Label, &dto.LabelPair{Name: &names[i], Value: new(strings.ToValidUTF8(value, "?"))})
				}
			}
			out.Metric = append(out.Metric, m)
		})
		if len(out.Metric) > 0 {
			list = append(list, out)
		}
	}
	return list
}

// OpenMetrics returns the metrics of a run in the OpenMetrics text format. It has only gauges and
// no timestamps, so that it is also the older text format of Prometheus, which a Pushgateway reads.
func OpenMetrics(s *summary.Run) ([]byte, error) {
	var out bytes.Buffer
	for _, f := range Metrics(s) {
		if _, err := expfmt.MetricFamilyToOpenMetrics(&out, f); err != nil {
			return nil, err
		}
	}
	_, err := expfmt.FinalizeOpenMetrics(&out)
	return out.Bytes(), err
}
