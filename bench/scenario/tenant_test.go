package scenario

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// The mean rate of a bursty process is that of its states weighted by their lengths, or the
// given one, and its counts vary more than those of a Poisson process.
func TestBurstyArrivals(t *testing.T) {
	b := &Bursts{Rates: [2]float64{20, 200}, Lengths: [2]time.Duration{400 * time.Millisecond, 100 * time.Millisecond}}
	for _, rate := range []float64{0, 28} {
		a := Arrivals{Process: Bursty, Rate: rate, Bursts: b, For: 100 * time.Second}
		want := 56.0 // (20*0.4 + 200*0.1) / 0.5
		if rate > 0 {
			want = rate
		}
		if got := a.MeanRate(); math.Abs(got-want) > 1e-9 {
			t.Errorf("mean rate %v, want %v", got, want)
		}
		var counts []float64 // in windows of 100 ms
		total := 0
		for round := 1; round <= 20; round++ {
			times := a.Times(3, round, 0)
			if !slices.IsSorted(times) || times[len(times)-1] >= a.For {
				t.Fatalf("round %d: out of order or outside the window", round)
			}
			total += len(times)
			in := make([]float64, 1000)
			for _, at := range times {
				in[at/(100*time.Millisecond)]++
			}
			counts = append(counts, in...)
		}
		if got := float64(total) / 2000; math.Abs(got-want) > 0.05*want {
			t.Errorf("%v batches per second arrive, want %v", got, want)
		}
		mean, variance := 0.0, 0.0
		for _, n := range counts {
			mean += n / float64(len(counts))
		}
		for _, n := range counts {
			variance += (n - mean) * (n - mean) / float64(len(counts))
		}
		if variance < 1.5*mean { // 1 for Poisson
			t.Errorf("rate %v: the variance of counts is %v times the mean, want more than 1.5", rate, variance/mean)
		}
	}
}

// A trace is replayed as it was recorded, from the beginning again when it ends, or faster
// if a rate says so.
func TestATraceIsReplayed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "arrivals.txt")
	text := "# recorded\n2026-01-31T08:00:00.000Z\n\n2026-01-31T08:00:00.300Z\n2026-01-31T08:00:00.100Z\n2026-01-31T08:00:01Z\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	times, err := readTrace(file)
	if err != nil {
		t.Fatal(err)
	}
	ms := func(list ...int) (out []time.Duration) {
		for _, v := range list {
			out = append(out, time.Duration(v)*time.Millisecond)
		}
		return out
	}
	if !slices.Equal(times, ms(0, 100, 300, 1000)) {
		t.Errorf("read %v", times)
	}
	a := Arrivals{Process: Trace, Trace: times, For: 2 * time.Second}
	about := func(got, want []time.Duration) bool {
		return slices.EqualFunc(got, want, func(a, b time.Duration) bool { return (a - b).Abs() < time.Microsecond })
	}
	// 3 gaps in 1 s: the mean gap is 333.333 ms.
	if got, want := a.Times(1, 1, 0), append(ms(0, 100, 300, 1000), 1333333333, 1433333333, 1633333333); !about(got, want) {
		t.Errorf("arrivals at %v, want %v", got, want)
	}
	a.Rate = 6
	if got, want := a.Times(1, 1, 0)[:4], ms(0, 50, 150, 500); !about(got, want) {
		t.Errorf("at twice the rate: arrivals at %v, want %v", got, want)
	}
	for text, want := range map[string]string{
		"1\n":          "want two times of arrival or more",
		"1\nsoon\n":    `arrivals.txt:2: "soon" is not a time of arrival`,
		"1.5s\n-1s\n":  `arrivals.txt:2: "-1s" is not a time of arrival`,
		"1\n\n1e300\n": `arrivals.txt:3: "1e300" is not a time of arrival`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readTrace(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

const tenantsFile = `target: {sleep: {latency: 2ms}}
workload:
  tasks: uniform:min=1,max=39
  deadline: 250ms
  arrivals: {rate: [50/s, 80/s], for: 20s, warmup: 2s}
  tenants:
    - name: interactive
    - {name: report, rate: 5/s, tasks: 200, deadline: 2s, process: constant}
    - {name: cron, tasks: 3, bursts: {rates: [0/s, 20/s], lengths: [900ms, 100ms]}}
strategies: [errgroup, "shared-pool:workers=8"]
measure: {figure: goodput, rounds: 3}
`

func TestTenantsAndSizesAreReadAndWritten(t *testing.T) {
	s, err := Decode("load.yaml", []byte(tenantsFile))
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
	if err != nil || !again.Workload.Equal(s.Workload) || again.Measure.Figure != Goodput {
		t.Errorf("%v: %+v\n%s", err, again.Workload, text)
	}
	list := Expand([]Scenario{s})
	if len(list) != 2 || list[0].Name != "load-rate50" || list[1].Name != "load-rate80" || len(Expand(list)) != 2 {
		t.Fatalf("expanded: %+v", list)
	}
	at := list[1]
	if got, want := at.Workload.Rate(), 80+5+2.0; math.Abs(got-want) > 1e-9 {
		t.Errorf("the rate is %v, want %v", got, want)
	}
	if got, want := at.Workload.BatchSize(), (80*20+5*200+2*3)/87.0; math.Abs(got-want) > 0.2 {
		t.Errorf("the mean size is %v, want %v", got, want)
	}
	if got, want := at.Workload.String(), "batches of about 30 tasks at 87/s, 3 tenants"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if c := at.Workload.Classes(); c[0].Deadline != 250*time.Millisecond || c[1].Deadline != 2*time.Second || c[2].Arrivals.For != 20*time.Second {
		t.Errorf("classes %+v", c)
	}
	arrivals := at.Arrivals(4)
	var batches, tasks [3]float64
	for i, a := range arrivals {
		batches[a.Tenant]++
		tasks[a.Tenant] += float64(a.Tasks)
		if i > 0 && a.At < arrivals[i-1].At {
			t.Fatal("arrivals are out of order")
		}
	}
	for i, want := range [3]struct{ batches, size float64 }{{80 * 22, 20}, {5 * 22, 200}, {2 * 22, 3}} {
		if math.Abs(batches[i]-want.batches) > 0.4*want.batches || math.Abs(tasks[i]/batches[i]-want.size) > 0.05*want.size {
			t.Errorf("tenant %d: %v batches of %v tasks, want about %v of %v", i, batches[i], tasks[i]/batches[i], want.batches, want.size)
		}
	}
	if !slices.Equal(arrivals, at.Arrivals(4)) || slices.Equal(arrivals, at.Arrivals(5)) {
		t.Error("arrivals must be a pure function of the round")
	}
	// Another tenant must not change when the batches of the first arrive.
	alone := at
	alone.Workload.Tenants = alone.Workload.Tenants[:1]
	ofFirst := slices.DeleteFunc(slices.Clone(arrivals), func(a Arrival) bool { return a.Tenant != 0 })
	if !slices.Equal(alone.Arrivals(4), ofFirst) {
		t.Error("the batches of the first tenant depend on the other tenants")
	}
}

func TestWhatIsWrongWithTenants(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"no name":        {"name: report, ", "", "load.yaml:8:7: workload.tenants[1].name: it is missing"},
		"twice":          {"name: cron", "name: report", `load.yaml:9:14: workload.tenants[2].name: "report" is named twice`},
		"bad name":       {"name: cron", "name: 'a,b'", `load.yaml:9:14: workload.tenants[2].name: "a,b": use letters`},
		"rate":           {"rate: 5/s", "rate: often", `load.yaml:8:28: workload.tenants.rate: "often" is not a rate`},
		"rates":          {"80/s", "50/s", "load.yaml:5:27: workload.arrivals.rate[1]: 50/s is named twice"},
		"tasks":          {"tasks: 200", "tasks: -1", "load.yaml:8:40: workload.tenants[1].tasks: -1 is out of range"},
		"sizes":          {"uniform:min=1,max=39", "uniform:min=1", "load.yaml:3:10: uniform"},
		"too much":       {"tasks: 200", "tasks: 1000000", "would arrive; the most are 10000000"},
		"no deadline":    {"  deadline: 250ms\n", "", "measure.figure: goodput is of batches that are completed within their deadline"},
		"bursts":         {"rates: [0/s, 20/s]", "rates: [30/s, 20/s]", "load.yaml:9:46: workload.tenants[2].bursts.rates: the first, of the quiet state, must be less than the second"},
		"one rate":       {"rates: [0/s, 20/s]", "rates: [20/s]", "load.yaml:9:46: workload.tenants.bursts.rates: want two values, of the quiet and the busy state"},
		"no bursts":      {"process: constant", "process: bursty", "workload.tenants[1].bursts: it is missing"},
		"bursts without": {"process: constant", "process: constant, bursts: {rates: [1/s, 20/s], lengths: [1s, 1s]}", "workload.tenants[1].bursts: it is for the bursty process"},
		"no trace":       {"process: constant", "process: constant, trace: none.txt", "load.yaml:8:85: workload.tenants.trace: open none.txt"},
		"own rates":      {"    - name: interactive\n", "    - {name: interactive, rate: 1/s}\n", "load.yaml:5:20: workload.arrivals.rate: every tenant has its own"},
		"no arrivals":    {"  arrivals: {rate: [50/s, 80/s], for: 20s, warmup: 2s}\n", "", "load.yaml:6:5: workload.tenants: they are for batches that arrive"},
		"sizes alone":    {"  arrivals: {rate: [50/s, 80/s], for: 20s, warmup: 2s}\n", "", "load.yaml:3:10: workload.tasks: a distribution is for batches that arrive"},
	} {
		s, err := Decode("load.yaml", []byte(strings.Replace(tenantsFile, c.from, c.to, 1)))
		if err == nil {
			err = s.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\nwant %s", name, err, c.want)
		}
	}
}
