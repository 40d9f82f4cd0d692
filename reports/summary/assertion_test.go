package summary

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanbench/fanbench/bench"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
	_ "github.com/fanbench/fanbench/strategies/all"
)

func TestIntervalsDecideAssertions(t *testing.T) {
	for _, c := range []struct {
		op        string
		low, high float64
		want      AssertionOutcome
	}{
		{"<", 1, 2, AssertionPasses},
		{"<", 2, 4, AssertionOpen},
		{"<", 3, 4, AssertionFails},
		{"<", 1, math.Inf(1), AssertionOpen},
		{"<=", 1, 3, AssertionPasses},
		{"<=", 3.1, 4, AssertionFails},
		{">", 3, 4, AssertionOpen},
		{">", 3.1, 4, AssertionPasses},
		{">=", 3, 4, AssertionPasses},
		{">=", 0, 2, AssertionFails},
		{"==", 3, 3, AssertionPasses},
		{"==", 4, 4, AssertionFails},
	} {
		if got := decide(c.op, stat.Interval{Low: c.low, High: c.high}, 3); got != c.want {
			t.Errorf("[%v, %v] %s 3: %s, want %s", c.low, c.high, c.op, got, c.want)
		}
	}
}

func TestAssertionsOfARun(t *testing.T) {
	want := map[string]struct {
		outcome AssertionOutcome
		why     string
	}{
		"p50 < 1m":                    {AssertionPasses, " ["},
		"p50(sequential) < 1us":       {AssertionFails, "ms ["},
		"p99 < 1m":                    {AssertionOpen, "140 tasks are too few"},
		"makespan < 1m":               {AssertionPasses, ""},
		"makespan(sequential) <= 1ms": {AssertionFails, ""},
		"efficiency > 0":              {AssertionPasses, "0."},
		"cpu < 1h":                    {AssertionPasses, ""},
		"lost == 0":                   {AssertionPasses, "0 of 140 tasks"},
		"failed <= 1%":                {AssertionPasses, "0 of 140 tasks"},
		"failed > 3":                  {AssertionFails, "0 of 140 tasks"},
		"rss < 1TiB":                  {AssertionPasses, "iB"},
		"goroutine-per-task faster than sequential": {AssertionPasses, "faster, makespan x 0."},
		"sequential faster than goroutine-per-task": {AssertionFails, "slower"},
	}
	var texts []string
	for text := range want {
		texts = append(texts, "'"+text+"'")
	}
	s, err := scenario.Decode("a.yaml", []byte("target: {mock: {latency: constant:2ms}}\nworkload: {tasks: 20}\nstrategies: [sequential, goroutine-per-task]\nmeasure: {rounds: 7}\nassert: ["+strings.Join(texts, ", ")+"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := bench.Measure(t.Context(), []scenario.Scenario{s}, bench.Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := Of(run)
	if err != nil {
		t.Fatal(err)
	}
	sc := sum.Scenarios[0]
	if len(sc.Assertions) != len(want) {
		t.Fatalf("%d assertions, want %d", len(sc.Assertions), len(want))
	}
	for _, a := range sc.Assertions {
		w := want[a.Text]
		if a.Outcome != w.outcome || !strings.Contains(a.Why, w.why) {
			t.Errorf("%+v, want %+v", a, w)
		}
	}
	if n := sum.AssertionsIn(AssertionFails); n != 4 {
		t.Errorf("%d failed", n)
	}
	// Sequential runs twenty tasks of 2 ms one after the other, so it leads nothing.
	if sc.Find("sequential").Leads || !sc.Find("goroutine-per-task").Leads {
		t.Error("the leading group is wrong")
	}
}

// If rounds differ widely, the interval of a percentile is wider than the number of tasks
// suggests.
func TestRoundsCountForPercentiles(t *testing.T) {
	s, err := scenario.Decode("a.yaml", []byte("target: {mock: {latency: constant:1ms}}\nworkload: {tasks: 50}\nstrategies: [sequential]\nmeasure: {rounds: 6}\nassert: ['p50 < 10m']\n"))
	if err != nil {
		t.Fatal(err)
	}
	run, err := bench.Measure(t.Context(), []scenario.Scenario{s}, bench.Options{Dir: filepath.Join(t.TempDir(), "run")})
	if err != nil {
		t.Fatal(err)
	}
	r, st := &reader{run: run}, newStrategy(run, s, s.Strategies[0])
	if err := st.read(r, nil, newURLTally(nil)); err != nil {
		t.Fatal(err)
	}
	value, iv, missing := r.sojournQuantile(st, 0.5)
	if missing != "" || !(iv.Low <= value && value <= iv.High) || iv.Low <= 0 || math.IsInf(iv.High, 1) {
		t.Errorf("%v in [%v, %v] %s", value, iv.Low, iv.High, missing)
	}
	st.Trials = st.Trials[:1]
	if _, _, missing := r.sojournQuantile(st, 0.5); !strings.Contains(missing, "one round says nothing") {
		t.Errorf("with one round: %q", missing)
	}
}
