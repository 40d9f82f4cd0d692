package queueing

import (
	"cmp"
	"container/heap"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func exponential(u float64) time.Duration { return time.Duration(-1e6 * math.Log1p(-u)) }

// lognormal is one with a median in ms.
func lognormal(median, sigma float64) func(u float64) time.Duration {
	return func(u float64) time.Duration {
		z := math.Sqrt2 * math.Erfcinv(2*(1-u))
		if u < 0.5 {
			z = -math.Sqrt2 * math.Erfcinv(2*u)
		}
		return time.Duration(math.Round(1e6 * median * math.Exp(sigma*z)))
	}
}

// steps has half of its values at one, and a jump within a cell.
func steps(u float64) time.Duration {
	if u < 0.7123456789 {
		return 1000
	}
	return time.Second
}

func pareto(u float64) time.Duration {
	return time.Duration(min(1e6*math.Pow(1-u, -1/1.2), 1e15))
}

// A draw differs from the exact quantile of its rank by at most a millionth and 2 ns, in the
// middle and in both tails.
func TestTabledDrawsAreExact(t *testing.T) {
	for name, quantile := range map[string]func(float64) time.Duration{"exponential": exponential, "lognormal": lognormal(20, 1), "steps": steps, "pareto": pareto} {
		table := NewTable(quantile)
		worst := 0.0
		for i := range 200_000 {
			seed := uint64(i)
			r, same := NewRandom(seed, 1), NewRandom(seed, 1)
			if i%4 == 0 { // ranks far in the tails are rare: make some
				*r = unmixed(uint64(i) << (i / 4 % 40))
				*same = *r
			}
			var got [1]time.Duration
			table.Fill(r, got[:])
			want := float64(table.exact(same.Uint64()))
			worst = max(worst, (math.Abs(float64(got[0])-want)-2)/want)
		}
		if worst > tableError {
			t.Errorf("%s: %.3g beyond the exact draw", name, worst)
		}
	}
	if NewTable(lognormal(20, 1)).cells[0].slope == 0 {
		t.Error("the cells are flat")
	}
}

// unmixed is the state from which the next draw is x.
func unmixed(x uint64) Random {
	x ^= x>>31 ^ x>>62
	x *= 0x319642b2d24d8ec3
	x ^= x>>27 ^ x>>54
	x *= 0x96de1b173f119089
	x ^= x>>30 ^ x>>60
	return Random(x - 0x9e3779b97f4a7c15)
}

func TestUnmixed(t *testing.T) {
	for _, x := range []uint64{0, 1, 1 << 63, 12345678901234567} {
		if r := unmixed(x); r.Uint64() != x {
			t.Errorf("%d", x)
		}
	}
}

func TestTablesKnowTheirMoments(t *testing.T) {
	table := NewTable(lognormal(20, 0.9))
	mean := 1e6 * LognormalMean(20, 0.9)
	near(t, "mean", table.Mean(), mean, 1e-4*mean)
	near(t, "variance", table.Variance(), mean*mean*LognormalSCV(0.9), 0.01*mean*mean)
	near(t, "of two steps", NewTable(steps).Mean(), 0.7123456789*1000+(1-0.7123456789)*1e9, 1e5)
	s := NewSample([]time.Duration{3, 1, 2})
	near(t, "of a sample", s.Mean(), 2, 1e-12)
	near(t, "its variance", s.Variance(), 2.0/3, 1e-12)
	near(t, "longer", Longer{s, 5}.Mean(), 7, 1e-12)
}

// Draws follow the distribution (Kolmogorov, Smirnov, at 0.1%), and those of a sample have each value
// equally often.
func TestDrawsFollowTheDistribution(t *testing.T) {
	const n = 50_000
	took := make([]time.Duration, n)
	NewTable(exponential).Fill(NewRandom(3, 1), took)
	x := make([]float64, n)
	for i, d := range took {
		x[i] = float64(d)
	}
	if d := Distance(x, func(v float64) float64 { return -math.Expm1(-v / 1e6) }); DistanceP(n, d) < 0.001 {
		t.Errorf("the distance is %v", d)
	}
	count := map[time.Duration]int{}
	NewSample([]time.Duration{1, 2, 3, 4}).Fill(NewRandom(3, 2), took)
	for _, d := range took {
		count[d]++
	}
	for v := time.Duration(1); v <= 4; v++ {
		near(t, "equally often", float64(count[v])/n, 0.25, 0.01)
	}
	one, same, other := NewRandom(1, 1).Uint64(), NewRandom(1, 1).Uint64(), NewRandom(1, 2).Uint64()
	if one != same || one == other {
		t.Error("streams")
	}
}

// plain is container/heap, as one writes it first.
type plain []time.Duration

func (p plain) Len() int           { return len(p) }
func (p plain) Less(i, j int) bool { return p[i] < p[j] }
func (p plain) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }
func (p *plain) Push(x any)        { *p = append(*p, x.(time.Duration)) }
func (p *plain) Pop() any          { x := (*p)[len(*p)-1]; *p = (*p)[:len(*p)-1]; return x }

func (p *plain) Take(took []time.Duration) {
	for _, d := range took {
		(*p)[0] += d
		heap.Fix(p, 0)
	}
}

var limits = []int{1, 8, 64, 1024, 10_000}

// BenchmarkLimited is a task of a closed batch, lognormal, drawn and scheduled.
func BenchmarkLimited(b *testing.B) {
	table := NewTable(lognormal(20, 1))
	exact := lognormal(20, 1)
	took := make([]time.Duration, 4096)
	each := func(name string, draw func(), take func(took []time.Duration)) {
		b.Run(name, func(b *testing.B) {
			for i := 0; i < b.N; i += len(took) {
				draw()
				take(took)
			}
		})
	}
	r := NewRandom(1, 1)
	tabled := func() { table.Fill(r, took) }
	each("draw/tabled", tabled, func([]time.Duration) {})
	exactly := func() {
		for i := range took {
			took[i] = exact(r.Float64())
		}
	}
	each("draw/exact", exactly, func([]time.Duration) {})
	for _, limit := range limits {
		each(fmt.Sprintf("ours/limit=%d", limit), tabled, NewLimited(limit, 0).Take)
		p := make(plain, limit)
		each(fmt.Sprintf("container-heap/limit=%d", limit), exactly, p.Take)
	}
	b.Run("events/limit=64", func(b *testing.B) {
		var one [1]time.Duration
		e := Events{Limit: func() int { return 64 }, Draw: func() time.Duration { table.Fill(r, one[:]); return one[0] }}
		e.Run(b.N, nil)
	})
	b.Run("simpy/limit=64", simPy)
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			NewTable(exact)
		}
	})
}

// simPy is the same in SimPy (Debian's python3-simpy3), by $PYTHON.
func simPy(b *testing.B) {
	out, err := exec.Command(cmp.Or(os.Getenv("PYTHON"), "python3"), "testdata/simpy_limit.py", "300000", "64").Output()
	each, err2 := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil || err2 != nil {
		b.Skip("there is no SimPy: set PYTHON")
	}
	b.ReportMetric(each, "ns/op")
}
