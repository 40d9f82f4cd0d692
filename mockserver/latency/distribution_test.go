package latency

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fanbench/fanbench/mockserver/internal/random"
)

// TestQuantilesAreTheTheory compares with an implementation that shares no code.
func TestQuantilesAreTheTheory(t *testing.T) {
	const ms = 1e6
	for short, theory := range map[string]interface{ Quantile(float64) float64 }{
		"uniform:min=1ms,max=2ms":         distuv.Uniform{Min: ms, Max: 2 * ms},
		"normal:mean=20ms,stddev=2ms":     distuv.Normal{Mu: 20 * ms, Sigma: 2 * ms},
		"lognormal:median=20ms,sigma=0.5": distuv.LogNormal{Mu: math.Log(20 * ms), Sigma: 0.5},
		"exponential:mean=20ms":           distuv.Exponential{Rate: 1 / (20 * ms)},
		"pareto:min=1ms,shape=1.5":        distuv.Pareto{Xm: ms, Alpha: 1.5},
		"weibull:scale=20ms,shape=0.8":    distuv.Weibull{K: 0.8, Lambda: 20 * ms},
	} {
		l := mustLatency(t, short)
		for _, u := range []float64{1e-9, 0.001, 0.1, 0.5, 0.9, 0.99, 0.9999, 1 - 1e-9} {
			got, want := float64(l.Quantile(u)), theory.Quantile(u)
			if math.Abs(got-want) > 1+1e-9*want {
				t.Errorf("%s at %g: %g ns, want %g", short, u, got, want)
			}
		}
	}
}

func TestPercentilesAreWhatWasAskedFor(t *testing.T) {
	for _, short := range []string{
		"normal:p50=20ms,p99=30ms", "lognormal:p50=20ms,p99=200ms", "lognormal:p90=1ms,p99.9=1s",
		"exponential:p99=100ms", "pareto:p50=2ms,p99=200ms", "weibull:p10=1ms,p90=9ms",
	} {
		l := mustLatency(t, short)
		_, list, _ := strings.Cut(short, ":")
		for item := range strings.SplitSeq(list, ",") {
			key, value, _ := strings.Cut(item, "=")
			want, _ := time.ParseDuration(value)
			rank := takePercentiles(&reader{given: map[string]string{key: value}})[0].rank
			if got := l.Quantile(rank); (got - want).Abs() > 1 {
				t.Errorf("%s: %s is %v", short, key, got)
			}
		}
	}
}

// TestDrawsFollowTheQuantiles is a Kolmogorov-Smirnov test at the 0.1% level, on
// fixed seeds.
func TestDrawsFollowTheQuantiles(t *testing.T) {
	const n = 20_000
	for _, rho := range []string{"", ",rho=0.5"} {
		l := mustLatency(t, "lognormal:p50=20ms,p99=200ms"+rho)
		limit := 1.95 / math.Sqrt(n)
		if rho != "" {
			limit *= math.Sqrt(3) // (1+rho)/(1-rho): fewer independent draws
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(l.At(1, -2, i))
		}
		slices.Sort(values)
		theory := distuv.LogNormal{Mu: math.Log(20e6), Sigma: math.Log(10) / normalScore(0.99)}
		worst := 0.0
		for i, v := range values {
			worst = max(worst, math.Abs(theory.CDF(v)-(float64(i)+0.5)/n))
		}
		if worst > limit {
			t.Errorf("%s: the distance is %.4f, want at most %.4f", l, worst, limit)
		}
	}
}

func TestSpellsAreAutoregressive(t *testing.T) {
	const n, rho = 50_000, 0.9
	s := newSpells(rho)
	z := make([]float64, n)
	for i := range z {
		z[i] = normalScore(s.rank(random.Latency, 7, 3, i))
	}
	for lag, want := range map[int]float64{1: rho, 2: rho * rho, 10: math.Pow(rho, 10), 100: 0} {
		sum, squares := 0.0, 0.0
		for i := range n - lag {
			sum += z[i] * z[i+lag]
			squares += z[i] * z[i]
		}
		// Bartlett: the standard error at lag 0 is sqrt((1+rho^2)/(1-rho^2)/n).
		if got, tolerance := sum/squares, 4*math.Sqrt((1+rho*rho)/(1-rho*rho)/n); math.Abs(got-want) > tolerance {
			t.Errorf("lag %d: correlation %.3f, want %.3f within %.3f", lag, got, want, tolerance)
		}
	}
	if newSpells(1-1e-12).rank(random.Latency, 1, 0, 1<<40) == 0 {
		t.Error("an extreme rho has no rank")
	}
}

func TestDrawsArePure(t *testing.T) {
	for _, short := range []string{"exponential:mean=1ms", "exponential:mean=1ms,rho=0.99"} {
		l := mustLatency(t, short)
		seen := map[time.Duration]bool{}
		for round := -2; round < 3; round++ {
			for task := range 100 {
				v := l.At(5, round, task)
				if v != l.At(5, round, task) {
					t.Fatal("two draws of one task differ")
				}
				seen[v] = true
			}
		}
		if len(seen) < 490 {
			t.Errorf("%s: only %d of 500 draws are distinct", short, len(seen))
		}
	}
	if mustLatency(t, "constant:1ns").At(0, 0, 0) != 1 {
		t.Error("a nanosecond is lost")
	}
}

func TestMixture(t *testing.T) {
	l := mustLatency(t, "mixture:(constant:1s)=1,(constant:2ms)=9")
	slow := 0
	for i := range 10_000 {
		if l.At(1, 0, i) == time.Second {
			slow++
		}
	}
	if slow < 900 || slow > 1100 {
		t.Errorf("%d of 10000 are slow, want about 1000", slow)
	}
	if l.Quantile(0.89) != 2*time.Millisecond || l.Quantile(0.91) != time.Second {
		t.Error("a high rank is not the slow component")
	}
	nested := mustLatency(t, "mixture:(mixture:(constant:1ms)=1,(constant:2ms)=1)=1,(lognormal:p50=20ms,p99=200ms)=1")
	if again := mustLatency(t, nested.String()); again.Quantile(0.3) != 2*time.Millisecond {
		t.Errorf("nested: %v", again.Quantile(0.3))
	}
}

func TestEmpirical(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain := write("a.csv", "id,took\n1,3\n2,1\n3,2\n4,2.5\n")
	units := write("b.csv", "took\n3ms\n1ms\n2ms\n2500us\n")
	counted := write("f.csv", "took,n\n2500us,10\n1ms,10\n2ms,5\n3ms,10\n2ms, 5\n")
	for _, short := range []string{
		"empirical:file=" + plain + ",column=took,unit=ms", "empirical:" + units + ",column=took",
		"empirical:" + counted + ",column=took,count=n",
	} {
		l := mustLatency(t, short)
		for u, want := range map[float64]time.Duration{0.1: 1000, 0.25: 1000, 0.26: 2000, 0.6: 2500, 0.99: 3000} {
			if got := l.Quantile(u); got != want*time.Microsecond {
				t.Errorf("%s at %g: %v, want %vus", short, u, got, int64(want))
			}
		}
	}
	h := hdrhistogram.New(1, int64(time.Hour), 3)
	for i := range 1000 {
		if err := h.RecordValue(int64(i+1) * int64(time.Millisecond)); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	if err := hdrhistogram.NewHistogramLogWriter(&log).OutputIntervalHistogram(h); err != nil {
		t.Fatal(err)
	}
	recorded := mustLatency(t, "empirical:"+write("c.hlog", log.String()))
	if got := recorded.Quantile(0.99); (got - 990*time.Millisecond).Abs() > time.Millisecond {
		t.Errorf("from a histogram: p99 is %v, want 990ms", got)
	}

	for short, want := range map[string]string{
		"empirical":                                        "give file",
		"empirical:" + plain:                               "give the column",
		"empirical:" + plain + ",column=tok":               `no column "tok" (there is: id, took)`,
		"empirical:" + units + ",column=took,unit=ms":      `line 2: "3ms" is not a number`,
		"empirical:" + plain + ",column=took,unit=x":       `"x" is not a unit`,
		"empirical:/none.csv,column=x":                     "no such file",
		"empirical:" + write("d.csv", "a\n") + ",column=a": "holds no values",
		"empirical:" + write("e.hlog", "what?\n"):          "e.hlog",

		"empirical:" + counted + ",column=took,count=x":                           `no column "x" (there is: took, n)`,
		"empirical:" + write("g.csv", "took,n\n1ms,0\n") + ",column=took,count=n": `line 2: "0" is not a count`,
		"empirical:h.hlog,count=n":                                                "a .hlog has no columns",
	} {
		if _, err := Parse(short); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", short, err, want)
		}
	}
}

func TestShortFormsAreCanonical(t *testing.T) {
	for short, want := range map[string]string{
		"":                                       "",
		"constant:2s":                            "constant:2s",
		" constant: 2000ms ":                     "constant:2s",
		"constant:value=2s":                      "constant:2s",
		"lognormal:p99=200ms,p50=20ms":           "lognormal:p50=20ms,p99=200ms",
		"uniform:max=2ms,min=0s":                 "uniform:min=0s,max=2ms",
		"normal:mean=1ms,stddev=1us,rho=0.5":     "normal:mean=1ms,stddev=1µs,rho=0.5",
		"mixture:(constant:1s)=1,constant:2ms=9": "mixture:(constant:2ms)=9,(constant:1s)=1",
	} {
		if short == "" {
			if got := (Latency{}).String(); mustLatency(t, got).At(1, 1, 1) != 0 {
				t.Errorf("the zero value is written %s", got)
			}
			continue
		}
		l := mustLatency(t, short)
		if l.String() != want || mustLatency(t, l.String()).String() != want {
			t.Errorf("%s is written %s, want %s", short, l, want)
		}
	}
}

func TestWrongDistributionsSayAllThatIsWrong(t *testing.T) {
	for short, want := range map[string][]string{
		"lognrmal:p50=1ms":                             {`unknown distribution "lognrmal"; did you mean "lognormal"?`},
		"lognormal":                                    {"median is missing", "sigma is missing", "or two percentiles such as p50 and p99"},
		"lognormal:median=1ms,sigmma=2":                {"sigma is missing", `unknown parameter "sigmma"; did you mean "sigma"?`},
		"lognormal:p50=2ms,p99=1ms":                    {"p99: 1ms: want more than p50, which is 2ms"},
		"lognormal:p50=2ms,p99=2ms":                    {"want more than p50"},
		"lognormal:p50=2ms":                            {"1 percentiles given, want 2"},
		"lognormal:p50=1ms,p99=2ms,p90=x":              {"3 percentiles given, want 2", `"x" is not a duration`},
		"lognormal:p50=1ms,p99=2ms,sigma=1,median=1ms": {"not both"},
		"lognormal:p0=1ms,p100=2ms":                    {"p0: want a percentile", "p100: want a percentile"},
		"lognormal:median=1ms,sigma=1000":              {"292 years"},
		"pareto:min=1ms,shape=0.1":                     {"292 years"},
		"uniform:min=2ms,max=1ms":                      {"want more than min"},
		"uniform:p50=2ms,p99=3ms":                      {"not given by percentiles"},
		"constant:-1s":                                 {"below zero"},
		"constant:5":                                   {"5 has no unit; write 5s, 5ms or 5us"},
		"1":                                            {"1 has no unit; write 1s, 1ms or 1us"},
		"1msec":                                        {`unknown unit "msec"; write 1ms`},
		"-1s":                                          {"-1s is below zero"},
		"constant":                                     {"give its value"},
		"constant:1s,2s":                               {"given twice"},
		"constant:1s,":                                 {"an empty parameter"},
		"normal:1ms":                                   {`"1ms" is not key=value`},
		"normal:mean=1ms,stddev=0s":                    {"stddev: 0s: want more than zero"},
		"exponential:mean=1ms,rho=1":                   {"rho: 1: want at least 0 and less than 1"},
		"exponential:mean=1ms,rho=NaN":                 {"not a number"},
		"mixture":                                      {"give its distributions"},
		"mixture:(constant:1ms)=-1":                    {"want more than zero"},
		"mixture:(constant:x)=1":                       {"not a duration"},
		"mixture:(exponential:mean=1ms,rho=0.5)=1":     {"give rho to the mixture"},
		"mixture:(constant:1ms=1":                      {"a ( without its )"},
		"mixture:constant:1ms)=1":                      {"a ) without its ("},
	} {
		_, err := Parse(short)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: got %v, want %q", short, err, w)
			}
		}
	}
}

func TestNew(t *testing.T) {
	l, err := New("lognormal", map[string]string{"p50": "20ms", "p99": "200ms"})
	if err != nil || l.String() != "lognormal:p50=20ms,p99=200ms" {
		t.Errorf("got %v, %v", l, err)
	}
	if _, err := New("lognormal", map[string]string{"p50": "20", "q": "1"}); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("want three lines, got %v", err)
	}
	var text Latency
	if err := text.UnmarshalText([]byte("constant:1s")); err != nil || !text.Equal(mustLatency(t, "constant:1s")) {
		t.Errorf("got %v, %v", text, err)
	}
}

func TestSizes(t *testing.T) {
	for short, want := range map[string]string{
		"constant:64KiB": "constant:64KiB", "constant:1536": "constant:1536B", "constant:1MB": "constant:1MB",
		"lognormal:p50=1KiB,p99=1MiB": "lognormal:p50=1KiB,p99=1MiB", "constant:0": "constant:0B", "constant:1.5KiB": "constant:1536B",
	} {
		s, err := ParseSize(short)
		if err != nil {
			t.Errorf("%s: %v", short, err)
		} else if again, err := ParseSize(s.String()); err != nil || !again.Equal(s) || want != "constant:1MB" && s.String() != want {
			t.Errorf("%s is written %s", short, s)
		}
	}
	for _, short := range []string{"constant:x", "constant:-1", "constant:0.5", "constant:9000000TiB", "constant:1e400"} {
		if s, err := ParseSize(short); err == nil {
			t.Errorf("%s is accepted as %s", short, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"constant:2s", "lognormal:p50=20ms,p99=200ms,rho=0.9", "mixture:(constant:2ms)=0.9,(constant:1s)=0.1", "weibull:scale=1ms,shape=2", "uniform:min=1ms,max=2ms"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, short string) {
		if strings.Contains(short, "empirical") {
			t.Skip("reads files")
		}
		l, err := Parse(short)
		if err != nil {
			return
		}
		again, err := Parse(l.String())
		if err != nil || !again.Equal(l) {
			t.Fatalf("%q is written %q, which reads as %v, %v", short, l, again, err)
		}
		for task := range 20 {
			if v := l.At(1, 0, task); v < 0 {
				t.Fatalf("%q draws %v", short, v)
			}
		}
	})
}

func mustLatency(t testing.TB, short string) Latency {
	t.Helper()
	l, err := Parse(short)
	if err != nil {
		t.Fatalf("%s: %v", short, err)
	}
	return l
}

func BenchmarkAt(b *testing.B) {
	for _, short := range []string{"constant:2s", "lognormal:p50=20ms,p99=200ms", "lognormal:p50=20ms,p99=200ms,rho=0.9"} {
		l := mustLatency(b, short)
		b.Run(short, func(b *testing.B) {
			b.ReportAllocs()
			task := 0
			for b.Loop() {
				l.At(1, 0, task)
				task++
			}
		})
	}
}
