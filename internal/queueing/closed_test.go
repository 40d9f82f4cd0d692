package queueing

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// few are small random cases: so many tasks, places, and times with ties and zeros.
func few(seed uint64) (random *rand.Rand, limit int, took []time.Duration) {
	random = rand.New(rand.NewPCG(seed, 7))
	limit = 1 + random.IntN(6)
	for range 1 + random.IntN(40) {
		took = append(took, time.Duration(random.IntN(15)))
	}
	return random, limit, took
}

// inPieces gives a batch its tasks in random pieces.
func inPieces(random *rand.Rand, b Batch, took []time.Duration) time.Duration {
	for len(took) > 0 {
		n := 1 + random.IntN(len(took))
		b.Take(slices.Clone(took[:n]))
		took = took[n:]
	}
	return b.Makespan()
}

// obvious is a closed batch, simulated tick by tick: a task in flight has an arrival at the
// server and, once that has a slot for it, an end.
type obvious struct {
	limit, slots   int
	pace, to, back time.Duration
	hedge          time.Duration // 0 for none
	budget         float64
	sharing        bool
}

type flight struct {
	start    time.Duration
	attempts []*request
	hedged   bool
}

type request struct {
	arrives time.Duration
	served  bool
	need    float64 // of service, left
	ends    time.Duration
}

func (o obvious) makespan(took []time.Duration) (last time.Duration) {
	const never = math.MaxInt64
	var inFlight []*flight
	var queue []*request
	draw, begun, hedges := 0, 0, 0
	next := time.Duration(0)
	attempt := func(f *flight, now time.Duration) {
		q := &request{arrives: now + o.to, need: float64(took[draw]), ends: never}
		draw++
		f.attempts = append(f.attempts, q)
		queue = append(queue, q)
	}
	n := len(took)
	if o.hedge > 0 {
		n /= 2
	}
	for now := time.Duration(0); begun < n || len(inFlight) > 0; now++ {
		for _, f := range inFlight {
			if o.hedge > 0 && !f.hedged && now >= f.start+o.hedge && f.attempts[0].ends > now {
				f.hedged = true
				if float64(hedges) < o.budget*float64(begun) {
					hedges++
					attempt(f, now)
				}
			}
		}
		for again := true; again; {
			again = false
			// The server: first come, first served.
			busy := 0
			for _, q := range queue {
				if q.served && q.ends-o.back > now {
					busy++
				}
			}
			for _, q := range queue {
				if !o.sharing && !q.served && q.arrives <= now && (o.slots == 0 || busy < o.slots) {
					q.served = true
					q.ends = now + time.Duration(q.need) + o.back
					if q.need > 0 {
						busy++
					}
					again = true
				}
			}
			// Answers.
			for i := 0; i < len(inFlight); i++ {
				for _, q := range inFlight[i].attempts {
					if q.ends <= now {
						last = now
						inFlight = slices.Delete(inFlight, i, i+1)
						i--
						again = true
						break
					}
				}
			}
			// The limit.
			for len(inFlight) < o.limit && begun < n && now >= next {
				f := &flight{start: now}
				inFlight = append(inFlight, f)
				begun++
				next = now + o.pace
				attempt(f, now)
				again = true
			}
		}
		if o.sharing {
			o.share(queue, now)
		}
	}
	return last
}

// share serves all requests for a tick; a request may be over within it.
func (o obvious) share(queue []*request, now time.Duration) {
	const parts = 840 // of a tick: divisible by any number of requests up to 8
	for part := range parts {
		var under []*request
		for _, q := range queue {
			if q.arrives <= now && q.need > 1e-9 {
				under = append(under, q)
			}
		}
		for _, q := range under {
			q.need -= math.Min(1, float64(o.slots)/float64(len(under))) / parts
			if q.need <= 1e-9 {
				q.ends = now + time.Duration((part+parts)/parts)
			}
		}
	}
}

func TestClosedBatchesAreTheObviousSimulation(t *testing.T) {
	for seed := range uint64(300) {
		random, limit, took := few(seed)
		pace := time.Duration(random.IntN(3))
		want := obvious{limit: limit}.makespan(took)
		if got := inPieces(random, NewLimited(limit, 0), took); got != want {
			t.Fatalf("seed %d: limited to %d: %v, want %v", seed, limit, got, want)
		}
		// Places that are free later are tasks before the batch, one in each.
		var before []time.Duration
		for i := range limit {
			before = append(before, time.Duration(i)*pace)
		}
		want = max(obvious{limit: limit}.makespan(append(before, took...)), 0)
		if got := inPieces(random, NewLimited(limit, pace), took); got != want && got >= before[limit-1] {
			t.Fatalf("seed %d: limited to %d at a pace of %v: %v, want %v", seed, limit, pace, got, want)
		}
		want = obvious{limit: len(took), pace: pace}.makespan(took)
		if got := inPieces(random, NewUnlimited(pace, 0), took); got != want {
			t.Fatalf("seed %d: unlimited: %v, want %v", seed, got, want)
		}
		s := ServerOf{Slots: 1 + random.IntN(limit), To: time.Duration(random.IntN(3)), Back: time.Duration(random.IntN(3))}
		want = obvious{limit: limit, slots: s.Slots, to: s.To, back: s.Back}.makespan(took)
		if got := inPieces(random, NewServed(limit, len(took), s), took); got != want {
			t.Fatalf("seed %d: %d before %+v: %v, want %v", seed, limit, s, got, want)
		}
	}
}

func TestWavesAndChunks(t *testing.T) {
	for seed := range uint64(200) {
		random, size, took := few(seed)
		want := time.Duration(0)
		for wave := range slices.Chunk(took, size) {
			want += slices.Max(wave)
		}
		if got := inPieces(random, NewWaves(size), took); got != want {
			t.Fatalf("seed %d: waves of %d: %v, want %v", seed, size, got, want)
		}
		// As strategies/static_chunks.go divides.
		want, n, workers := 0, len(took), min(size, len(took))
		for w := range workers {
			sum := time.Duration(0)
			for _, d := range took[w*n/workers : (w+1)*n/workers] {
				sum += d
			}
			want = max(want, sum)
		}
		if got := inPieces(random, NewChunks(size, n), took); got != want {
			t.Fatalf("seed %d: %d chunks: %v, want %v", seed, size, got, want)
		}
	}
	if c := NewChunks(1_000_000, 1_000_000_000_000_000); c.boundary(999_999) != 999_999_000_000_000 {
		t.Error("a boundary overflows")
	}
}

// Events do what the recursions do, and second attempts and shared capacity as the obvious
// simulation.
func TestEventsAreTheObviousSimulation(t *testing.T) {
	for seed := range uint64(200) {
		random, limit, took := few(seed)
		events := func(n int) *Events {
			i := -1
			return &Events{Limit: func() int { return limit }, Draw: func() time.Duration { i++; return took[i] }}
		}
		run := func(e *Events, n int) time.Duration {
			done, last := e.Run(n, nil)
			if done != n {
				t.Fatalf("seed %d: %d of %d tasks ended", seed, done, n)
			}
			return last
		}
		if got, want := run(events(0), len(took)), inPieces(random, NewLimited(limit, 0), took); got != want {
			t.Fatalf("seed %d: limited to %d: %v, want %v", seed, limit, got, want)
		}
		e := events(0)
		e.Slots = 1 + random.IntN(limit)
		want := inPieces(random, NewServed(limit, len(took), ServerOf{Slots: e.Slots}), took)
		if got := run(e, len(took)); got != want {
			t.Fatalf("seed %d: %d before %d slots: %v, want %v", seed, limit, e.Slots, got, want)
		}
	}
}

// A task may need two draws. Times are long, so that hardly two things happen at the same time, whose order
// would decide who gets which draw.
func TestSecondAttemptsAreTheObviousSimulation(t *testing.T) {
	for seed := range uint64(40) {
		random, limit, took := few(seed)
		for i := range took {
			took[i] = time.Duration(1 + random.IntN(2000))
		}
		i, delay, budget, n := -1, time.Duration(1+random.IntN(1500)), random.Float64(), len(took)/2
		e := &Events{
			Limit: func() int { return limit }, Draw: func() time.Duration { i++; return took[i] },
			Hedge: &Hedging{Delay: func() (time.Duration, bool) { return delay, true }, Budget: budget},
		}
		_, got := e.Run(n, nil)
		if want := (obvious{limit: limit, hedge: delay, budget: budget}).makespan(took); got != want {
			t.Errorf("seed %d: hedged after %v of %d: %v, want %v", seed, delay, limit, got, want)
		}
	}
}

func TestSharedCapacityIsTheObviousSimulation(t *testing.T) {
	for seed := range uint64(12) {
		random, limit, took := few(seed)
		took = took[:min(12, len(took))]
		for i := range took {
			took[i]++
		}
		i := -1
		e := &Events{
			Limit: func() int { return limit }, Slots: 1 + random.IntN(limit), Sharing: true,
			Draw: func() time.Duration { i++; return 1000 * took[i] },
		}
		_, got := e.Run(len(took), nil)
		want := obvious{limit: limit, slots: e.Slots, sharing: true}.makespan(took)
		// A tick of the obvious simulation is 1000 of the other, and its answers come late by up to one
		// each.
		if off := got - 1000*want; off > 1000 || off < -1000*time.Duration(len(took)) {
			t.Fatalf("seed %d: %v, want about %v", seed, got, 1000*want)
		}
	}
	// By hand: two requests of 10 share one slot; the third begins when the first is over.
	list, i := []time.Duration{10, 20, 5}, -1
	e := &Events{Limit: func() int { return 2 }, Slots: 1, Sharing: true, Draw: func() time.Duration { i++; return list[i] }}
	var ends []time.Duration
	e.Ended = func(e Ended) { ends = append(ends, e.End) }
	e.Run(3, nil)
	if want := []time.Duration{20, 30, 35}; !slices.Equal(ends, want) {
		t.Errorf("%v, want %v", ends, want)
	}
}

func TestEventsStop(t *testing.T) {
	e := &Events{Limit: func() int { return 3 }, Draw: func() time.Duration { return 1 }}
	if done, _ := e.Run(1_000_000, func() bool { return true }); done != 0 {
		t.Errorf("%d tasks after it was stopped", done)
	}
}

// Graham's bounds of list scheduling, and the exact account of its makespan: the sum by the places, and
// the drain.
func TestListSchedulingKeepsGrahamsBounds(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 9))
		limit := 1 + random.IntN(64)
		var took []time.Duration
		sum, most := 0.0, 0.0
		for range 1 + random.IntN(2000) {
			d := time.Duration(1e6 * random.ExpFloat64())
			took, sum, most = append(took, d), sum+float64(d), max(most, float64(d))
		}
		l := NewLimited(limit, 0)
		got, k := float64(inPieces(random, l, took)), float64(limit)
		if low, high := max(most, sum/k), sum/k+(1-1/k)*most; got < low-1 || got > high+1 {
			t.Fatalf("seed %d: %v is not within %v and %v", seed, got, low, high)
		}
		near(t, "the sum and the drain", got, sum/k+float64(l.Drain()), k)
		// Cut in two: the seam costs at most the spread.
		cut := random.IntN(len(took))
		first, second := NewLimited(limit, 0), NewLimited(limit, 0)
		first.Take(took[:cut])
		second.Take(took[cut:])
		whole := float64(first.Mean() + second.Makespan())
		if math.Abs(whole-got) > float64(first.Spread())+1 {
			t.Fatalf("seed %d: %v in two parts, %v in one: they differ by more than %v", seed, whole, got, first.Spread())
		}
	}
}

// The slowest of n independent tasks is at most x with probability F(x)^n.
func TestUnlimitedIsFToTheN(t *testing.T) {
	const n, runs = 50, 4000
	table := NewTable(exponential)
	r := NewRandom(1, 1)
	buffer := make([]time.Duration, n)
	sample := make([]float64, runs)
	for i := range sample {
		table.Fill(r, buffer)
		u := NewUnlimited(0, 0)
		u.Take(buffer)
		sample[i] = float64(u.Makespan())
	}
	d := Distance(sample, func(x float64) float64 { return math.Pow(-math.Expm1(-x/1e6), n) })
	if p := DistanceP(runs, d); p < 0.001 {
		t.Errorf("the distance from F^n is %v, p %v", d, p)
	}
}

// Ends are a queue of one server: the recursion, on the times at which tasks are due.
func TestEndsAreWorkedOffOneByOne(t *testing.T) {
	for seed := range uint64(100) {
		random, _, took := few(seed)
		pace, end := time.Duration(random.IntN(3)), time.Duration(1+random.IntN(4))
		u := NewUnlimited(pace, end)
		got := inPieces(random, u, took)
		due := slices.Clone(took)
		for i := range due {
			due[i] += time.Duration(i) * pace
		}
		want, sum := time.Duration(0), time.Duration(0)
		for _, start := range Starts(1, due, slices.Repeat([]time.Duration{end}, len(due))) {
			want, sum = max(want, start+end), sum+start+end
		}
		if got != want || u.Mean() != sum/time.Duration(len(due)) {
			t.Fatalf("seed %d: %v and %v, want %v and %v", seed, got, u.Mean(), want, sum/time.Duration(len(due)))
		}
	}
}

// A rate limit lets through what it says, and tells the rest apart.
func TestRateLimits(t *testing.T) {
	s := NewServed(1, 100, ServerOf{Bucket: NewBucket(100, 5)})
	s.Take(slices.Repeat([]time.Duration{5 * time.Millisecond}, 1000))
	// In the long run one passes every 10 ms, and each takes 5 ms; the others are refused at once, which
	// would take no time: the bucket is never full again before the tasks are over.
	if s.Refused() < 900 {
		t.Errorf("%d refused", s.Refused())
	}
	b := NewBucket(10, 2)
	var passed []bool
	for _, at := range []time.Duration{0, 0, 0, 99, 100, 250, 251} {
		passed = append(passed, b.Take(at*time.Millisecond))
	}
	if want := []bool{true, true, false, false, true, true, false}; !slices.Equal(passed, want) {
		t.Errorf("%v, want %v", passed, want)
	}
}

// Means of M/G/1 and M/D/1 by the recursion are those of Pollaczek and Khinchine.
func TestMG1ByTheRecursion(t *testing.T) {
	for _, c := range []struct {
		name string
		from Source
		scv  float64
	}{{"M/D/1", Constant(1e6), 0}, {"lognormal", NewTable(lognormal(1, 0.5)), LognormalSCV(0.5)}} {
		const n, load = 400_000, 0.7
		r := NewRandom(4, 2)
		random := rand.New(r)
		took := make([]time.Duration, n)
		c.from.Fill(NewRandom(5, 1), took)
		f, at, wait := NewFIFO(1), 0.0, 0.0
		for _, d := range took {
			at += c.from.Mean() / load * random.ExpFloat64()
			wait += float64(f.Start(time.Duration(at), d)) - at
		}
		want := WaitMG1(load, c.scv)
		near(t, c.name, wait/n/c.from.Mean(), want, 0.05*want)
	}
}
