package mockserver

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/random"
	"github.com/fanbench/fanbench/mockserver/latency"
)

// simulate sends customers with exponential gaps through a capacity and returns the
// mean time in the queue (fifo) or in the system beyond the service (ps), in units of
// the mean service time, with its standard error from batch means.
func simulate(t *testing.T, c config.Capacity, service latency.Latency, utilisation float64) (mean, stderr float64) {
	t.Helper()
	const batches, perBatch = 40, 10_000
	meanService := 0.0
	for i := range 100_000 {
		meanService += float64(service.At(1, 0, i))
	}
	meanService /= 100_000
	gap := meanService / utilisation / float64(c.Slots)

	q := new(queue)
	q.set(c, 0)
	var now float64
	var jobs []*job
	var services []int64
	waits := make([]float64, 0, batches*perBatch)
	for i := range batches * perBatch {
		now += gap * exponential(2, i)
		s := int64(service.At(1, 0, i))
		if c.Discipline == config.ProcessorSharing {
			jobs = append(jobs, q.sharing.admit(int64(now), s))
			services = append(services, int64(now)+s)
			continue
		}
		start, ok := q.station.admit(int64(now), s)
		if !ok {
			t.Fatal("rejected")
		}
		waits = append(waits, float64(start-int64(now)))
	}
	for i, j := range jobs {
		end, ended := j.check(math.MaxInt64 / 2)
		if !ended {
			t.Fatal("a job never ends")
		}
		waits = append(waits, float64(end-services[i]))
	}
	var means []float64
	for b := range slices.Chunk(waits, perBatch) {
		sum := 0.0
		for _, w := range b {
			sum += w
		}
		means = append(means, sum/perBatch/meanService)
	}
	for _, m := range means {
		mean += m / batches
	}
	for _, m := range means {
		stderr += (m - mean) * (m - mean)
	}
	return mean, math.Sqrt(stderr / (batches - 1) / batches)
}

// exponential is the i-th draw by a seed from the exponential distribution with mean 1.
func exponential(seed uint64, i int) float64 {
	return -math.Log1p(-random.Uniform(random.Size, seed, 0, i))
}

// erlangC is the probability of waiting in M/M/c (Erlang, 1917), by the recursion of
// Erlang B.
func erlangC(c int, offered float64) float64 {
	b := 1.0
	for k := 1; k <= c; k++ {
		b = offered * b / (float64(k) + offered*b)
	}
	return b / (1 - offered/float64(c)*(1-b))
}

// TestQueuesAreTheTheory compares mean waits, in service times, with Erlang C,
// Pollaczek-Khinchine and the insensitivity of processor sharing.
func TestQueuesAreTheTheory(t *testing.T) {
	const lognormalSCV = 0.2840254 // exp(sigma^2)-1 for sigma 0.5
	for _, c := range []struct {
		name     string
		capacity config.Capacity
		latency  string
		load     float64
		want     float64
	}{
		{"M/M/1", config.Capacity{Slots: 1}, "exponential:mean=1ms", 0.7, 0.7 / 0.3},
		{"M/M/4", config.Capacity{Slots: 4}, "exponential:mean=1ms", 0.8, erlangC(4, 3.2) / (4 * 0.2)},
		{"M/D/1", config.Capacity{Slots: 1}, "constant:1ms", 0.8, 0.8 / (2 * 0.2)},
		{"M/G/1", config.Capacity{Slots: 1}, "lognormal:median=1ms,sigma=0.5", 0.6, 0.6 * (1 + lognormalSCV) / (2 * 0.4)},
		{"M/M/1-PS", config.Capacity{Slots: 1, Discipline: config.ProcessorSharing}, "exponential:mean=1ms", 0.6, 0.6 / 0.4},
		{"M/G/1-PS", config.Capacity{Slots: 1, Discipline: config.ProcessorSharing}, "lognormal:median=1ms,sigma=0.5", 0.6, 0.6 / 0.4},
		{"M/M/2-PS", config.Capacity{Slots: 2, Discipline: config.ProcessorSharing}, "exponential:mean=1ms", 0.7, erlangC(2, 1.4) / (2 * 0.3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			mean, stderr := simulate(t, c.capacity, mustLatency(t, c.latency), c.load)
			if math.Abs(mean-c.want) > 4*stderr+0.01*c.want {
				t.Errorf("mean wait %.3f services, want %.3f within %.3f", mean, c.want, 4*stderr)
			}
		})
	}
}

// TestLossIsErlangB: without a queue the share turned away is Erlang's loss formula.
func TestLossIsErlangB(t *testing.T) {
	const n, slots, offered = 200_000, 3, 2.0
	l := mustLatency(t, "exponential:mean=1ms")
	var s station
	s.set(config.Capacity{Slots: slots, Full: config.FullReject})
	now, lost := 0.0, 0
	for i := range n {
		now += 1e6 / offered * exponential(9, i)
		if _, ok := s.admit(int64(now), int64(l.At(1, 0, i))); !ok {
			lost++
		}
	}
	want := offered * offered * offered / 6 / (1 + offered + offered*offered/2 + offered*offered*offered/6)
	if got := float64(lost) / n; math.Abs(got-want) > 0.005 {
		t.Errorf("lost %.4f, want %.4f", got, want)
	}
}

func TestStation(t *testing.T) {
	var s station
	s.set(config.Capacity{Slots: 2, Queue: 1, Full: config.FullReject})
	for _, step := range []struct {
		now, start int64
		ok         bool
	}{
		{0, 0, true}, {10, 10, true}, // both slots
		{20, 100, true}, // the queue, until the first slot is free
		{30, 0, false},  // no room
		{100, 110, true},
	} {
		start, ok := s.admit(step.now, 100)
		if start != step.start || ok != step.ok {
			t.Errorf("at %d: start %d %v, want %d %v", step.now, start, ok, step.start, step.ok)
		}
	}
	// Slots end at 200 and 210. One slot: the next starts when both are done.
	s.set(config.Capacity{Slots: 1})
	if start, _ := s.admit(120, 100); start != 210 {
		t.Errorf("after taking a slot away: start %d, want 210", start)
	}
	s.set(config.Capacity{Slots: 3})
	if start, _ := s.admit(130, 100); start != 130 {
		t.Errorf("after adding slots: start %d, want 130", start)
	}
	s.set(config.Capacity{})
	for range 10 {
		if start, ok := s.admit(140, 100); start != 140 || !ok {
			t.Error("unlimited slots make it wait")
		}
	}
	s.set(config.Capacity{Slots: 1})
	s.admit(150, math.MaxInt64)
	if start, _ := s.admit(150, 5); start < 150 {
		t.Errorf("time ran over: %d", start)
	}
}

// Two that are in turn at three slots leave one free for a third, which arrived early and
// is read late.
func TestARequestThatIsReadLateFindsTheSlotThatWasFree(t *testing.T) {
	var s station
	s.set(config.Capacity{Slots: 3, Full: config.FullReject})
	for now := int64(0); now <= 200; now += 20 {
		for range 2 {
			if start, ok := s.admit(now, 20); !ok || start != now {
				t.Fatalf("at %d: %d, %v", now, start, ok)
			}
		}
	}
	if start, ok := s.admit(5, 20); !ok || start != 5 {
		t.Errorf("the one that is late: %d, %v", start, ok)
	}
	for i, want := range []bool{true, false} {
		if _, ok := s.admit(210, 20); ok != want {
			t.Errorf("request %d besides the two: %v", i+1, ok)
		}
	}
}

func TestSharing(t *testing.T) {
	var s sharing
	s.set(config.Capacity{Slots: 1, Queue: 1, Full: config.FullReject, Discipline: config.ProcessorSharing}, 0)
	a := s.admit(0, 100)
	b := s.admit(50, 100)
	if s.admit(60, 1) != nil {
		t.Error("a third has room")
	}
	// a has 50 left at 50 and proceeds at half speed to 150; b then has 50 left.
	if end, ended := a.check(100); end != 150 || ended {
		t.Errorf("a ends at %d %v, want 150", end, ended)
	}
	if end, ended := b.check(100); end != 200 || ended {
		t.Errorf("b ends at %d %v, want 200", end, ended)
	}
	s.set(config.Capacity{Slots: 2, Discipline: config.ProcessorSharing}, 100)
	if end, _ := a.check(100); end != 125 {
		t.Errorf("with a second slot a ends at %d, want 125", end)
	}
	if end, ended := b.check(1000); end != 175 || !ended {
		t.Errorf("b has ended at %d %v, want 175", end, ended)
	}
}

func TestBucket(t *testing.T) {
	b := newBucket(10, 2) // a token every 100 ms
	const ms = int64(time.Millisecond)
	for _, step := range []struct{ at, wait int64 }{
		{0, 0}, {0, 0}, {0, 100 * ms}, {60 * ms, 40 * ms}, {100 * ms, 0}, {100 * ms, 100 * ms}, {1000 * ms, 0}, {1000 * ms, 0}, {1000 * ms, 100 * ms},
	} {
		if wait, ok := b.take(step.at); wait != step.wait || ok != (step.wait == 0) {
			t.Errorf("at %d ms: wait %d ns %v, want %d", step.at/ms, wait, ok, step.wait)
		}
	}
}
