package scenario

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

func TestArrivalsAreAPureFunctionOfSeedAndRound(t *testing.T) {
	a := Arrivals{Process: Poisson, Rate: 200, For: 10 * time.Second, Warmup: time.Second}
	if !slices.Equal(a.Times(1, 3, 0), a.Times(1, 3, 0)) {
		t.Error("the same seed and round gave two lists")
	}
	if slices.Equal(a.Times(1, 3, 0), a.Times(1, 4, 0)) || slices.Equal(a.Times(1, 3, 0), a.Times(2, 3, 0)) || slices.Equal(a.Times(1, -1, 0), a.Times(1, 1, 0)) {
		t.Error("two seeds or rounds gave the same list")
	}
}

// Gaps of a Poisson process are exponential: their mean and deviation are 1/rate, and
// their number in the window varies as its root.
func TestPoissonArrivals(t *testing.T) {
	a := Arrivals{Process: Poisson, Rate: 100, For: 50 * time.Second}
	var gaps []float64
	var counts []float64
	for round := 1; round <= 100; round++ {
		times := a.Times(7, round, 0)
		if !slices.IsSorted(times) || times[0] < 0 || times[len(times)-1] >= a.For {
			t.Fatalf("round %d: out of order, or outside of the window", round)
		}
		counts = append(counts, float64(len(times)))
		for i := range times[1:] {
			gaps = append(gaps, (times[i+1] - times[i]).Seconds())
		}
	}
	mean, squares := 0.0, 0.0
	for _, g := range gaps {
		mean += g / float64(len(gaps))
		squares += g * g / float64(len(gaps))
	}
	if deviation := math.Sqrt(squares - mean*mean); math.Abs(mean-0.01) > 0.0001 || math.Abs(deviation-0.01) > 0.0002 {
		t.Errorf("gaps have a mean of %v and a deviation of %v, want 0.01", mean, deviation)
	}
	spread := 0.0
	for _, n := range counts {
		spread += (n - 5000) * (n - 5000) / float64(len(counts))
	}
	if root := math.Sqrt(spread); root < 50 || root > 95 { // 71 is expected
		t.Errorf("5000 +- %.0f arrive, want 71", root)
	}
}

func TestConstantArrivals(t *testing.T) {
	times := Arrivals{Process: Constant, Rate: 100, For: time.Second}.Times(1, 1, 0)
	if len(times) < 99 || len(times) > 101 {
		t.Fatalf("%d arrive", len(times))
	}
	for i := range times[1:] {
		if gap := times[i+1] - times[i]; gap < 10*time.Millisecond-time.Microsecond || gap > 10*time.Millisecond+time.Microsecond {
			t.Fatalf("a gap of %v", gap)
		}
	}
}

const loadFile = `target: {sleep: {latency: 2ms}}
workload:
  tasks: 20
  arrivals: {rate: 50/s, process: constant, for: 20s, warmup: 2s}
  deadline: 250ms
strategies: [errgroup, "shared-pool:workers=8"]
measure: {figure: median, rounds: 3}
`

func TestAPhaseOfLoadIsReadAndWritten(t *testing.T) {
	s, err := Decode("load.yaml", []byte(loadFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Decode("load.yaml", text)
	if err != nil || again.Workload.Arrivals == nil || !again.Workload.Equal(s.Workload) || again.Workload.Deadline != s.Workload.Deadline || again.Measure.Figure != ResponseMedian {
		t.Errorf("%v: %+v\n%s", err, again.Workload, text)
	}
	if n := s.TaskCount(1); n != 20*len(s.Arrivals(1)) || len(s.Latencies(1)) != n || n < 20*1095 || n > 20*1105 {
		t.Errorf("%d tasks, %d batches, %d latencies", n, len(s.Arrivals(1)), len(s.Latencies(1)))
	}
	if s.NoBound() == "" || s.Metric() != "median response time" || s.Resolved(true).Measure.Processes != ProcessesKept {
		t.Errorf("%q, %q, %q", s.NoBound(), s.Metric(), s.Resolved(true).Measure.Processes)
	}
}

func TestWhatDoesNotGoWithArrivals(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"rate":        {"rate: 50/s", "rate: fast", `load.yaml:4:20: workload.arrivals.rate: "fast" is not a rate; write it as 100/s, 6000/m or 360000/h`},
		"no rate":     {"rate: 50/s, ", "", "load.yaml:4:13: workload.arrivals.rate: it is missing; write it as 100/s"},
		"process":     {"process: constant", "process: regular", `load.yaml:4:35: workload.arrivals.process: "regular" is not an arrival process; use poisson, constant, bursty or trace`},
		"too short":   {"for: 20s", "for: 1ms", "load.yaml:4:50: workload.arrivals.for: 1ms is out of range: want 1s to 24h0m0s"},
		"too many":    {"rate: 50/s", "rate: 1e9/s", "load.yaml:4:20: workload.arrivals.rate: about 22000000000 batches would arrive; the most are 1000000"},
		"unknown key": {"process: constant", "proces: constant", `load.yaml:4:26: unknown key "proces"`},
		"figure":      {"figure: median", "figure: p75", `load.yaml:7:19: measure.figure: "p75" is not a figure of a phase of load; use p99, median, mean, in-system or goodput`},
		"fresh":       {"rounds: 3", "rounds: 3, processes: fresh", "load.yaml:7:49: measure.processes: a process is kept where batches arrive"},
		"panics":      {"deadline: 250ms", "panics: [3]", "load.yaml:5:11: workload.panics: tasks do not panic where batches arrive"},
		"URLs":        {"target: {sleep: {latency: 2ms}}", "target: {urls: {list: ['http://127.0.0.1/']}}", "load.yaml:1:16: target.urls: a list of URLs is one batch"},
		"alone":       {"  arrivals: {rate: 50/s, process: constant, for: 20s, warmup: 2s}\n", "", "load.yaml:4:13: workload.deadline: it is for batches that arrive"},
		"efficiency":  {"measure:", "assert: [efficiency > 0.5]\nmeasure:", "efficiency > 0.5: batches that overlap have no lower bound"},
	} {
		s, err := Decode("load.yaml", []byte(strings.Replace(loadFile, c.from, c.to, 1)))
		if err == nil || c.want != "" {
			err = s.Validate() // with the mistakes of the file
		}
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
	s, err := Decode("load.yaml", []byte(strings.NewReplacer("for: 20s", "for: 5s", "figure: median, ", "").Replace(loadFile)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), "load.yaml:4:50: workload.arrivals.for: about 250 batches would arrive in it, and the p99 response time takes 430: make it 9s, or compare the median (figure)") {
		t.Error(err)
	}
	s, err = Decode("load.yaml", []byte(strings.NewReplacer("for: 20s", "for: 1s", "rate: 50/s", "rate: 5/s").Replace(loadFile)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err == nil || !strings.HasSuffix(err.Error(), "takes 30: make it 6s") {
		t.Error(err)
	}
}
