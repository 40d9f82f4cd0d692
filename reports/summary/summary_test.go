package summary

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fanbench/fanbench/bench/results"

	"pgregory.net/rapid"

	"github.com/fanbench/fanbench/bench/stat"
)

func TestDistributionAgainstSorting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1e6), 1, 400).Draw(t, "ns")
		h := newHistogram(2 * time.Millisecond)
		for _, v := range values {
			if err := h.RecordValue(v); err != nil {
				t.Fatal(err)
			}
		}
		d := newDistribution(h)
		slices.Sort(values)
		for _, q := range named {
			got, ok := d.At(q)
			if want := q <= stat.HighestQuantile(len(values), confidence); ok != want {
				t.Fatalf("with %d tasks, q=%g is supported: %v, want %v", len(values), q, ok, want)
			}
			if !ok {
				continue
			}
			exact := make([]float64, len(values))
			for i, v := range values {
				exact[i] = float64(v) / 1e9
			}
			if want := stat.Quantiles(exact, q)[0]; math.Abs(got-want) > 1e-3*want+2e-9 {
				t.Fatalf("with %d tasks, the %g-quantile is %g, want %g", len(values), q, got, want)
			}
		}
		total := int64(0)
		for i, b := range d.Bins {
			total += b.Count
			if i > 0 && b.Low < d.Bins[i-1].Low {
				t.Fatal("bins out of order")
			}
		}
		if total != int64(len(values)) {
			t.Fatalf("%d tasks in the bins, want %d", total, len(values))
		}
	})
}

func TestOccupancyAgainstCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := NewOccupancy(2, 10, 5)
		var want [10]float64
		for range rapid.IntRange(0, 20).Draw(t, "intervals") {
			a, b := rapid.Float64Range(-1, 6).Draw(t, "start"), rapid.Float64Range(-1, 6).Draw(t, "end")
			o.Add(1, a, b)
			for c := range want {
				from, to := 0.5*float64(c), 0.5*float64(c+1)
				want[c] += math.Max(0, math.Min(b, to)-math.Max(a, from)) / 0.5
			}
		}
		for c, got := range o.Row(1) {
			if math.Abs(got-want[c]) > 1e-9 {
				t.Fatalf("cell %d holds %g, want %g", c, got, want[c])
			}
		}
		if slices.Max(o.Row(0)) != 0 {
			t.Fatal("an interval of row 1 is counted in row 0")
		}
	})
}

// sweep returns the throughputs of a law at some limits, in several rounds, with noise.
func sweep(u USL, limits []float64, noise float64) [][]observation {
	random := rand.New(rand.NewPCG(1, 2))
	var out [][]observation
	for range 10 {
		var round []observation
		for _, n := range limits {
			round = append(round, observation{n, u.At(n) * math.Exp(noise*random.NormFloat64())})
		}
		out = append(out, round)
	}
	return out
}

func TestUSL(t *testing.T) {
	limits := []float64{1, 2, 4, 8, 16, 32, 64}
	law := USL{Lambda: 100, Sigma: 0.05, Kappa: 0.002}
	f := fitRounds(sweep(law, limits, 0.02), 1)
	if f.Knee == nil || math.Abs(*f.Knee/law.Knee()-1) > 0.1 {
		t.Errorf("the knee of %+v is at %.1f, found %v", law, law.Knee(), f.Knee)
	}
	if low, high := f.Band(16); !(low <= law.At(16) && law.At(16) <= high) || high/low > 1.1 {
		t.Errorf("the band at 16 is %g to %g, the law gives %g", low, high, law.At(16))
	}
	for name, u := range map[string]USL{
		"linear":                   {Lambda: 100},
		"saturating":               {Lambda: 100, Sigma: 0.1},
		"knee beyond what's tried": {Lambda: 100, Sigma: 0.01, Kappa: 1e-5},
	} {
		f := fitRounds(sweep(u, limits, 0.02), 1)
		if f == nil || f.Knee != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := fitRounds([][]observation{{{4, 100}}}, 1); f != nil && f.Knee != nil {
		t.Errorf("a knee was found from a single point: %+v", f)
	}
}

// If throughput rises to a ceiling, the law is shown not to fit, and has no knee.
func TestUSLThatDoesNotFit(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var ceiling [][]observation
	for range 10 {
		var round []observation
		for _, n := range []float64{1, 2, 4, 8, 16, 32, 64} {
			round = append(round, observation{n, 100 * math.Min(n, 8) * math.Exp(0.02*random.NormFloat64())})
		}
		ceiling = append(ceiling, round)
	}
	if f := fitRounds(ceiling, 1); f == nil || f.Fits || f.Knee != nil {
		t.Errorf("for a server with eight slots: %+v", f)
	}
	law := USL{Lambda: 100, Sigma: 0.05, Kappa: 0.002}
	if f := fitRounds(sweep(law, []float64{1, 2, 4, 8, 16, 32, 64}, 0.02), 1); !f.Fits {
		t.Errorf("for the law itself: %+v", f)
	}
}

func TestNamesOfASweepAreOne(t *testing.T) {
	list := []string{"fixed-pool:workers=32", "errgroup", "fixed-pool:workers=4", "errgroup:limit=4", "hedged:workers=2,delay=50ms", "fixed-pool:workers=4,buffer=2"}
	want := "fixed-pool:workers=4/32 errgroup errgroup:limit=4 hedged:workers=2,delay=50ms fixed-pool:workers=4,buffer=2"
	if got := strings.Join(Names(list), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func open(t *testing.T, name string) *Run {
	t.Helper()
	run, err := results.Open(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Of(run)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPickNeverFailed(t *testing.T) {
	sc := open(t, "run").Scenarios[1]
	best := sc.Find(sc.Best)
	if sc.TooFewRounds || best == nil || best.Failure != "" || !best.Leads {
		t.Fatalf("the pick is %+v", best)
	}
	for _, st := range sc.Strategies {
		if st.Failure == "" && st.Makespan.Median < best.Makespan.Median {
			t.Errorf("%s is faster than the pick, %s", st.Strategy, sc.Best)
		}
	}
	if !strings.HasPrefix(sc.Verdict, sc.Best+" is the fastest") {
		t.Error(sc.Verdict)
	}
}

// Seven rounds cannot decide five comparisons, even of very different strategies.
func TestTooFewRoundsDecideNothing(t *testing.T) {
	sc := open(t, "run").Scenarios[0]
	if !sc.TooFewRounds || sc.RoundsNeeded != 8 || sc.Best != "" {
		t.Errorf("too few %v, needed %d, best %q", sc.TooFewRounds, sc.RoundsNeeded, sc.Best)
	}
	if want := "Too few rounds to compare 6 strategies: 7 rounds, and at least 8 are needed. Median makespans for 12 tasks: "; !strings.HasPrefix(sc.Verdict, want) {
		t.Error(sc.Verdict)
	}
	for _, st := range sc.Strategies {
		if st.Leads || st.VsBaseline != nil && st.VsBaseline.Verdict != stat.TooFew {
			t.Errorf("%s: leads %v, %+v", st.Strategy, st.Leads, st.VsBaseline)
		}
		if strings.Contains(sc.Verdict, st.Strategy) {
			t.Errorf("%s is named: %s", st.Strategy, sc.Verdict)
		}
	}
	if sc.Sweeps[0].Enough != 0 {
		t.Errorf("a width of %d is called enough", sc.Sweeps[0].Enough)
	}
}

func TestInvalidRunHasNoVerdict(t *testing.T) {
	s := open(t, "urls")
	if !strings.HasPrefix(s.StatusLine(), "INVALID for 3 reasons:") || !strings.HasPrefix(s.Scenarios[0].Verdict, "Not a result") {
		t.Errorf("%q, %q", s.StatusLine(), s.Scenarios[0].Verdict)
	}
}

func TestSweepsAreFound(t *testing.T) {
	sc := open(t, "run").Scenarios[0]
	if len(sc.Sweeps) != 1 || sc.Sweeps[0].Family != "fixed-pool" || sc.Sweeps[0].Param != "workers" || len(sc.Sweeps[0].Points) != 4 {
		t.Errorf("sweeps: %+v", sc.Sweeps)
	}
}

func TestReasonsAreAShortList(t *testing.T) {
	many := make([]string, 30)
	for i := range many {
		many[i] = fmt.Sprint("reason ", i)
	}
	for n, want := range map[int]struct {
		line string
		list int
		last string
	}{
		0:  {"INVALID", 0, ""},
		1:  {"INVALID: reason 0", 0, ""},
		2:  {"INVALID for 2 reasons:", 2, "reason 1"},
		10: {"INVALID for 10 reasons:", 10, "reason 9"},
		30: {"INVALID for 30 reasons:", 11, "and 20 more: summary.json has all"},
	} {
		r := &Run{Status: results.RunInvalid, Reasons: many[:n]}
		list := r.StatusList()
		if r.StatusLine() != want.line || len(list) != want.list || len(list) > 0 && list[len(list)-1] != want.last {
			t.Errorf("%d reasons: %q %q", n, r.StatusLine(), list)
		}
	}
	if many[10] != "reason 10" {
		t.Error("the list was changed")
	}
}
