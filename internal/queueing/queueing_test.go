package queueing

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Erlang C by its definition, as textbooks have it.
func erlangC(servers int, load float64) float64 {
	a := load * float64(servers)
	term, sum := 1.0, 0.0
	for k := range servers {
		sum += term
		term *= a / float64(k+1)
	}
	last := term / (1 - load)
	return last / (sum + last)
}

func TestErlangC(t *testing.T) {
	for _, servers := range []int{1, 2, 4, 8, 50} {
		for _, load := range []float64{0.1, 0.5, 0.8, 0.9, 0.99} {
			near(t, "the definition", ErlangC(servers, load), erlangC(servers, load), 1e-12)
		}
	}
	near(t, "of one server it is the load", ErlangC(1, 0.7), 0.7, 1e-12)
	// Kleinrock, "Queueing Systems" I, 1975: 2 rho^2/(1+rho) of two servers.
	near(t, "two servers", ErlangC(2, 0.75), 2*0.75*0.75/1.75, 1e-12)
	// From tables of Erlang's C: 10 servers at 8 erlangs.
	near(t, "ten servers", ErlangC(10, 0.8), 0.4092, 5e-5)
	if v := ErlangC(10_000, 0.999); !(v > 0 && v < 1) {
		t.Errorf("of many servers %v", v)
	}
}

func TestMeanWaits(t *testing.T) {
	near(t, "M/M/1", WaitMMc(1, 0.8), 4, 1e-12)
	near(t, "M/M/1 is an M/G/1", WaitMG1(0.8, 1), 4, 1e-12)
	near(t, "M/D/1 waits half as long", WaitMG1(0.8, 0), 2, 1e-12)
	// Of two servers it is rho^2/(1-rho^2) (Gross et al., "Fundamentals of Queueing Theory").
	near(t, "M/M/2", WaitMMc(2, 0.3), 0.09/0.91, 1e-12)
	near(t, "the scv of a lognormal", LognormalSCV(math.Sqrt(math.Log(3))), 2, 1e-12)
	near(t, "the mean of a lognormal", LognormalMean(2, math.Sqrt(2*math.Log(3))), 6, 1e-12)
	near(t, "the median of a lognormal", LognormalCDF(20, 20, 0.7), 0.5, 1e-12)
	near(t, "its p99", LognormalCDF(20*math.Exp(0.7*2.3263478740408), 20, 0.7), 0.99, 1e-9)
	near(t, "nothing is below 0", LognormalCDF(0, 20, 0.7), 0, 0)
}

// The response time of M/M/1 is exponential, with mean 1/(1-rho). Of more servers it is what
// the recursion simulates, and its mean is that of the wait and one service.
func TestResponsesOfMMc(t *testing.T) {
	near(t, "M/M/1, p99", ResponseMMc(1, 0.9, 0.99), math.Log(100)/0.1, 1e-6)
	near(t, "M/M/1, median", ResponseMMc(1, 0.5, 0.5), 2*math.Ln2, 1e-6)
	for _, c := range []struct {
		servers int
		load    float64
	}{{2, 0.5}, {4, 0.8}, {8, 0.95}} {
		mean := 0.0
		for step, t := 0.001, 0.0; t < 400; t += step {
			mean += step * LateMMc(c.servers, c.load, t+step/2)
		}
		near(t, "its mean", mean, 1+WaitMMc(c.servers, c.load), 1e-4)
	}
}

// slow is the obvious simulation of a queue: at every step of time, tasks that are over leave
// their server, and those that are ready begin on one that is free, first come, first served.
func slow(servers int, ready, took []time.Duration) []time.Duration {
	starts := slices.Repeat([]time.Duration{-1}, len(ready))
	ends := map[int]time.Duration{}
	waiting := 0 // the next task to start
	for now := time.Duration(0); waiting < len(ready); now++ {
		for i, end := range ends {
			if end <= now {
				delete(ends, i)
			}
		}
		for waiting < len(ready) && ready[waiting] <= now && len(ends) < servers {
			starts[waiting] = now
			if took[waiting] > 0 {
				ends[waiting] = now + took[waiting]
			}
			waiting++
		}
	}
	return starts
}

func TestTheRecursionIsTheObviousSimulation(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 1))
		servers, n := 1+random.IntN(5), 1+random.IntN(40)
		var ready, took []time.Duration
		at := time.Duration(0)
		for range n {
			if random.IntN(3) > 0 { // else several at once
				at += time.Duration(random.IntN(20))
			}
			ready, took = append(ready, at), append(took, time.Duration(random.IntN(15*servers)))
		}
		want := slow(servers, ready, took)
		if got := Starts(servers, ready, took); !slices.Equal(got, want) {
			t.Fatalf("seed %d: %v, want %v", seed, got, want)
		}
		// What starts as the recursion says hands its places over at once.
		var ends []time.Duration
		for i := range want {
			ends = append(ends, want[i]+took[i])
		}
		for i, late := range Handovers(servers, ready, want, ends) {
			if late != 0 {
				t.Fatalf("seed %d: task %d is handed over %v late", seed, i, late)
			}
		}
	}
}

// Tasks that are listed in another order than that in which they are ready.
func TestStartsGoByReadiness(t *testing.T) {
	got := Starts(1, []time.Duration{5, 0, 5}, []time.Duration{10, 7, 1})
	if want := []time.Duration{7, 0, 17}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestHandovers(t *testing.T) {
	ready := []time.Duration{0, 0, 0, 50}
	start := []time.Duration{1, 12, 2, 45}
	end := []time.Duration{10, 20, 11, 60}
	// Two servers: the second task waits until 10, for the first of the two that are under way.
	// The last started before it was ready.
	if got, want := Handovers(2, ready, start, end), []time.Duration{1, 2, 2, -5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// One server: the third task should have waited for the first.
	if got := Handovers(1, ready, start, end); got[2] != 2-10 {
		t.Errorf("%v", got)
	}
}

func TestMMcByTheRecursion(t *testing.T) {
	for _, c := range []struct {
		servers int
		load    float64
	}{{1, 0.5}, {4, 0.8}} {
		random := rand.New(rand.NewPCG(3, uint64(c.servers)))
		const n, unit = 400_000, 1e6
		f := NewFIFO(c.servers)
		at, wait, late := 0.0, 0.0, 0
		limit := ResponseMMc(c.servers, c.load, 0.9)
		for range n {
			at += unit * random.ExpFloat64() / (c.load * float64(c.servers))
			ready, took := time.Duration(at), time.Duration(unit*random.ExpFloat64())
			waited := f.Start(ready, took) - ready
			wait += float64(waited) / unit / n
			if float64(waited+took)/unit > limit {
				late++
			}
		}
		want := WaitMMc(c.servers, c.load)
		near(t, "mean wait", wait, want, 0.05*want)
		near(t, "above p90", float64(late)/n, 0.1, 0.01)
	}
}

func TestDistance(t *testing.T) {
	uniform := func(x float64) float64 { return min(max(x, 0), 1) }
	near(t, "one value in the middle", Distance([]float64{0.5}, uniform), 0.5, 1e-12)
	near(t, "quarters", Distance([]float64{0.75, 0.25}, uniform), 0.25, 1e-12)
	near(t, "all at one end", Distance([]float64{0, 0, 0}, uniform), 1, 1e-12)
	sample := []float64{3, 1, 2}
	Distance(sample, uniform)
	if !slices.Equal(sample, []float64{3, 1, 2}) {
		t.Error("it sorts what it is given")
	}
}

// The limits at 5% and 1% of Stephens' table, for large and small samples; and the rate at which
// samples from the distribution itself exceed it.
func TestDistanceLimits(t *testing.T) {
	near(t, "5% of many", DistanceLimit(1_000_000, 0.05), 1.358/1000, 1e-6)
	near(t, "1% of many", DistanceLimit(1_000_000, 0.01), 1.628/1000, 1e-6)
	near(t, "5% of 10", DistanceLimit(10, 0.05), 0.409, 1e-3)
	near(t, "5% of 50", DistanceLimit(50, 0.05), 0.188, 1e-3)
	if p := DistanceP(100, 0); p != 1 {
		t.Errorf("no distance has p %v", p)
	}
	random := rand.New(rand.NewPCG(5, 6))
	const runs, n = 2000, 60
	limit, beyond := DistanceLimit(n, 0.05), 0
	for range runs {
		var sample []float64
		for range n {
			sample = append(sample, random.Float64())
		}
		if Distance(sample, func(x float64) float64 { return x }) > limit {
			beyond++
		}
	}
	near(t, "beyond the limit", float64(beyond)/runs, 0.05, 0.02)
}
