package summary

import (
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"

	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/strategies"
)

// AssertionOutcome is the outcome of an assertion.
type AssertionOutcome string

// The outcomes of an assertion, the gravest last.
const (
	AssertionPasses AssertionOutcome = "pass"
	AssertionOpen   AssertionOutcome = "cannot tell" // the interval includes the limit, or there are too few data
	AssertionFails  AssertionOutcome = "fail"
)

var gravity = []AssertionOutcome{AssertionPasses, AssertionOpen, AssertionFails}

// Assertion is an assertion of the scenario with its outcome.
type Assertion struct {
	Text     string           `json:"assertion"`
	Outcome  AssertionOutcome `json:"outcome"`
	Strategy string           `json:"strategy"` // the strategy that Why is about; for an assertion about all, the worst one
	Why      string           `json:"why"`
}

// assertions judges every assertion of the scenario.
func (r *reader) assertions(list []scenario.Assertion, sc *Scenario) []Assertion {
	var out []Assertion
	for _, a := range list {
		var worst *Assertion
		for _, st := range sc.Strategies {
			if a.Strategy != "" && a.Strategy != st.Strategy {
				continue
			}
			judged := Assertion{Text: a.Text, Strategy: st.Strategy}
			if a.Metric == "" {
				judged.Outcome, judged.Why = sc.judgeOrder(st, sc.Find(a.Than))
			} else {
				judged.Outcome, judged.Why = r.judgeBound(a, st)
			}
			if worst == nil || slices.Index(gravity, judged.Outcome) > slices.Index(gravity, worst.Outcome) {
				worst = &judged
			}
		}
		if worst != nil { // an assertion names only strategies of its scenario
			out = append(out, *worst)
		}
	}
	return out
}

// judgeOrder decides whether a strategy is faster than another one.
func (s *Scenario) judgeOrder(st, than *Strategy) (AssertionOutcome, string) {
	c := stat.CompareFamily([]stat.Pair{s.pair(than, st)}, s.statistics)[0]
	why := fmt.Sprintf("%s, %s x %s", quantity.Verdict(&c), s.Metric, quantity.Ratio(&c))
	switch {
	case st.Failure == FailedTasks:
		return AssertionFails, st.Trouble
	case c.Verdict == stat.TooFew:
		return AssertionOpen, fmt.Sprintf("%d rounds that both did in full; a verdict takes %d", c.Rounds, stat.LeastRounds(1, s.statistics))
	case c.Verdict == stat.Faster:
		return AssertionPasses, why
	case c.Verdict == stat.Undecided:
		return AssertionOpen, why
	}
	return AssertionFails, why
}

// judgeBound decides whether a strategy's figure is on the right side of the limit.
func (r *reader) judgeBound(a scenario.Assertion, st *Strategy) (AssertionOutcome, string) {
	about := scenario.AssertionMetrics[a.Metric]
	var value float64
	var iv stat.Interval
	format := quantity.Seconds
	missing := ""
	switch {
	case about.Exact:
		value, format, missing = exactly(a, st)
		iv = stat.Interval{Low: value, High: value, Confidence: 1}
	case about.Quantile > 0:
		value, iv, missing = r.sojournQuantile(st, about.Quantile)
	default:
		var x []float64
		x, format = perTrial(a.Metric, st)
		if len(x) == 0 {
			missing = "no trial has this figure"
			break
		}
		value = stat.Median(x)
		iv = stat.QuantileInterval(x, 0.5, confidence)
	}
	if missing != "" {
		return AssertionOpen, missing
	}
	why := format(value)
	if !about.Exact {
		why += fmt.Sprintf(" [%s, %s]", limit(iv.Low, format), limit(iv.High, format))
	}
	return decide(a.Op, iv, a.Value), why
}

// limit writes a limit of an interval, which may be missing.
func limit(v float64, format func(float64) string) string {
	switch {
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "0"
	}
	return format(v)
}

// decide compares an interval with a bound: an assertion passes if the whole interval
// fulfils it, and fails if no part of it does.
func decide(op string, iv stat.Interval, bound float64) AssertionOutcome {
	var holds func(v float64) bool
	switch op {
	case "<":
		holds = func(v float64) bool { return v < bound }
	case "<=":
		holds = func(v float64) bool { return v <= bound }
	case ">":
		holds = func(v float64) bool { return v > bound }
	case ">=":
		holds = func(v float64) bool { return v >= bound }
	default: // counts: the interval is a point
		holds = func(v float64) bool { return v == bound }
	}
	switch low, high := holds(iv.Low), holds(iv.High); {
	case low && high:
		return AssertionPasses
	case low || high:
		return AssertionOpen
	}
	return AssertionFails
}

// exactly returns a counted figure, its format, and the reason if there is none.
func exactly(a scenario.Assertion, st *Strategy) (value float64, format func(float64) string, missing string) {
	if st.Held == 0 {
		return 0, nil, "no trial was measured"
	}
	if m, ok := metric.ByAssert(a.Metric); ok {
		v, known := st.Usage[m.Name()]
		if !known {
			return 0, nil, a.Metric + " is unknown here"
		}
		return v, written(m), ""
	}
	count := st.Lost
	if a.Metric == "failed" {
		count = st.Failed
	}
	format = func(float64) string { return fmt.Sprintf("%d of %d tasks", count, st.TaskCount) }
	if a.Relative {
		return float64(count) / float64(st.TaskCount), format, ""
	}
	return float64(count), format, ""
}

// written is the format of a metric's figure in an assertion's outcome.
func written(m metric.Metric) func(float64) string {
	switch {
	case m.Duration():
		return quantity.Seconds
	case m.Bytes():
		return func(v float64) string { return bytesize.Format(int64(v)) }
	}
	return quantity.Count
}

// perTrial returns the figures of the comparable trials and their format.
func perTrial(name string, st *Strategy) (x []float64, format func(float64) string) {
	format = quantity.Seconds
	for _, t := range st.Trials {
		if !t.Counts() {
			continue
		}
		switch name {
		case "makespan", "response":
			x = append(x, t.Makespan.Seconds())
		case "efficiency":
			format = quantity.Share
			if t.Bound != nil {
				x = append(x, t.Efficiency())
			}
		default:
			m, _ := metric.ByAssert(name)
			format = written(m)
			if m.Known(t.Usage) {
				x = append(x, m.Value(t.Usage))
			}
		}
	}
	return x, format
}

// sojournQuantile returns a quantile of the sojourn times of all tasks, and its
// interval, in seconds.
//
// The interval is Woodruff's, by rounds, because tasks of a trial queue behind each other: see
// stat.WoodruffShares.
func (r *reader) sojournQuantile(st *Strategy, q float64) (value float64, iv stat.Interval, missing string) {
	if st.Sojourn == nil {
		return 0, iv, "no trial did the whole batch"
	}
	value, ok := st.Sojourn.At(q)
	if !ok {
		return 0, iv, fmt.Sprintf("%d tasks are too few for this percentile", st.Sojourn.Count)
	}
	parts := r.partsBelow(st, value)
	if len(parts) < 2 {
		return 0, iv, "one round says nothing about the next; measure at least two"
	}
	low, high := stat.WoodruffShares(parts, st.Sojourn.Count, q, confidence)
	iv = stat.Interval{High: math.Inf(1), Confidence: confidence}
	if low >= 0 {
		iv.Low, _ = st.Sojourn.At(low) // supported because q is
	}
	if high <= 1 {
		if iv.High, ok = st.Sojourn.At(high); !ok {
			iv.High = st.Sojourn.Max
		}
	}
	return value, iv, ""
}

// partsBelow is the proportion of each comparable trial's tasks that took at most seconds.
func (r *reader) partsBelow(st *Strategy, seconds float64) (parts []float64) {
	for _, t := range st.Trials {
		if !t.Counts() {
			continue
		}
		below, n := 0.0, 0.0
		r.records(t, func(_ int, record *strategies.Record) {
			n++
			if float64(record.Sojourn()) <= seconds*1e9 {
				below++
			}
		})
		if n > 0 {
			parts = append(parts, below/n)
		}
	}
	return parts
}

// AssertionsIn returns the number of the run's assertions with this outcome.
func (r *Run) AssertionsIn(outcome AssertionOutcome) int {
	n := 0
	for _, sc := range r.Scenarios {
		for _, a := range sc.Assertions {
			if a.Outcome == outcome {
				n++
			}
		}
	}
	return n
}
