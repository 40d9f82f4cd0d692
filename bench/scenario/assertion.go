package scenario

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/metric"
	"github.com/fanbench/fanbench/internal/bytesize"
	"github.com/fanbench/fanbench/internal/quote"
	"github.com/fanbench/fanbench/internal/suggest"
	"github.com/fanbench/fanbench/strategies"
)

// Assertion is one line of a scenario's assert: what must be true of the measurement.
// It is either a bound on a metric,
//
//	p99(errgroup:limit=8) < 150ms      of one strategy
//	lost == 0                          of every strategy
//
// or an order of two strategies by makespan, then Metric is "":
//
//	fixed-pool:workers=8 faster than sequential
type Assertion struct {
	Text     string
	Metric   string  // a key of AssertionMetrics
	Strategy string  // in canonical form; "" for every strategy
	Op       string  // <, <=, >, >= or ==
	Value    float64 // in the unit of the metric
	Relative bool    // Value is a part of the tasks, 0..1, where it could be a number of them
	Than     string  // the slower of the two strategies
}

// AssertionMetric is a metric that an assertion can be about.
type AssertionMetric struct {
	Quantile float64 // of the tasks' sojourn times; 0 for the other metrics
	Exact    bool    // counted, not sampled: it has no interval
	parse    func(text string) (v float64, relative bool, err error)
}

// AssertionMetrics are the names on the left of an assertion, including those of package
// metric: the median of the rounds, or the maximum over all measured trials.
var AssertionMetrics = assertionMetrics()

func assertionMetrics() map[string]AssertionMetric {
	out := map[string]AssertionMetric{
		"p50":        {Quantile: 0.5, parse: parseSeconds},
		"p75":        {Quantile: 0.75, parse: parseSeconds},
		"p90":        {Quantile: 0.9, parse: parseSeconds},
		"p95":        {Quantile: 0.95, parse: parseSeconds},
		"p99":        {Quantile: 0.99, parse: parseSeconds},
		"p999":       {Quantile: 0.999, parse: parseSeconds},
		"makespan":   {parse: parseSeconds},            // seconds, median of the rounds
		"response":   {parse: parseSeconds},            // seconds, the figure that phases of load are compared by, median of the rounds
		"efficiency": {parse: parseShare},              // 0..1, median of the rounds
		"lost":       {Exact: true, parse: parseCount}, // tasks, over all measured trials
		"failed":     {Exact: true, parse: parseCount}, // tasks, over all measured trials, or a part of them
	}
	for _, m := range metric.All {
		if m.Assert == "" {
			continue
		}
		parse := parseWhole
		switch {
		case m.Duration():
			parse = parseSeconds
		case m.Bytes():
			parse = parseMemory
		}
		out[m.Assert] = AssertionMetric{Exact: m.Over == metric.Greatest, parse: parse}
	}
	return out
}

func parseSeconds(text string) (float64, bool, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, false, fmt.Errorf("%s is not a duration; write it as 2s, 150ms or 1300us", quote.Text(text))
	}
	return d.Seconds(), false, nil
}

func parseShare(text string) (float64, bool, error) {
	v, err := ParseFraction(text)
	return v, false, err
}

func parseCount(text string) (float64, bool, error) {
	if strings.HasSuffix(text, "%") {
		v, err := ParseFraction(text)
		return v, true, err
	}
	v, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return 0, false, fmt.Errorf("%s is not a number of tasks; write it as 0 or 1%%", quote.Text(text))
	}
	return float64(v), false, nil
}

func parseWhole(text string) (float64, bool, error) {
	v, err := strconv.ParseUint(text, 10, 53)
	if err != nil {
		return 0, false, fmt.Errorf("%s is not a whole number; write it as 0 or 150", quote.Text(text))
	}
	return float64(v), false, nil
}

func parseMemory(text string) (float64, bool, error) {
	v, err := bytesize.Parse(text)
	return float64(v), false, err
}

// assertionError is a mistake in an assertion and where it is.
type assertionError struct {
	at int // bytes from the beginning
	error
}

var (
	orderForm = regexp.MustCompile(`^\s*(.+?)\s+faster\s+than\s+(.*?)\s*$`)
	boundForm = regexp.MustCompile(`^\s*([^\s()<>=]+)\s*(?:\(([^()]*)\))?\s*(<=|>=|==|<|>)\s*(.*?)\s*$`)
)

// ParseAssertion reads an assertion. Its error joins all mistakes.
func ParseAssertion(text string) (Assertion, error) {
	a, mistakes := parseAssertion(text)
	errs := make([]error, len(mistakes))
	for i, m := range mistakes {
		errs[i] = m
	}
	return a, errors.Join(errs...)
}

func parseAssertion(text string) (a Assertion, mistakes []assertionError) {
	a.Text = strings.TrimSpace(text)
	note := func(at int, err error) {
		if err != nil {
			mistakes = append(mistakes, assertionError{at, err})
		}
	}
	strategy := func(from, to int) string {
		c, err := strategies.Parse(strings.TrimSpace(text[from:to]))
		note(from, err)
		if err != nil {
			return ""
		}
		return c.String()
	}
	if m := orderForm.FindStringSubmatchIndex(text); m != nil {
		a.Strategy, a.Than = strategy(m[2], m[3]), strategy(m[4], m[5])
		if len(mistakes) == 0 && a.Strategy == a.Than {
			note(m[4], errors.New("a strategy is not faster than itself"))
		}
		return a, mistakes
	}
	m := boundForm.FindStringSubmatchIndex(text)
	if m == nil {
		note(0, fmt.Errorf("%s is not an assertion; write one as p99(errgroup) < 150ms, lost == 0, or errgroup faster than sequential", quote.Text(a.Text)))
		return a, mistakes
	}
	a.Metric, a.Op = text[m[2]:m[3]], text[m[6]:m[7]]
	if m[4] >= 0 {
		a.Strategy = strategy(m[4], m[5])
	}
	metric, ok := AssertionMetrics[a.Metric]
	if !ok {
		note(m[2], suggest.Unknown("metric", a.Metric, slices.Sorted(maps.Keys(AssertionMetrics))))
		return a, mistakes
	}
	if a.Op == "==" && !metric.Exact {
		note(m[6], fmt.Errorf("%s is measured, so it equals nothing but by chance; use < or >", a.Metric))
	}
	var err error
	a.Value, a.Relative, err = metric.parse(text[m[8]:m[9]])
	note(m[8], err)
	return a, mistakes
}
