package stat

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMoreRoundsDecide(t *testing.T) {
	// The advice rests on the centre and spread of only 12 rounds. Those that left it
	// undecided saw less than there is, so it asks for rather too many.
	random := rand.New(rand.NewPCG(9, 10))
	for _, c := range []struct {
		name  string
		ratio float64
		o     Options
	}{
		{"5% slower", 1.05, Options{}},
		{"5% slower, margin 2%", 1.05, Options{Margin: 0.02}},
		{"alike, margin 5%", 1, Options{Margin: 0.05}},
	} {
		asked, decided := 0, 0
		for range 30 {
			base, head := make([]float64, 300), make([]float64, 300)
			for i := range base {
				base[i] = math.Exp(0.07 * random.NormFloat64())
				head[i] = math.Exp(0.07*random.NormFloat64()) * c.ratio
			}
			first := Compare(base[:12], head[:12], c.o)
			if n := 12 + first.MoreRounds; first.Verdict == Undecided && n > 12 && n <= len(base) {
				asked++
				if Compare(base[:n], head[:n], c.o).Verdict != Undecided {
					decided++
				}
			}
		}
		if asked < 8 || float64(decided) < 0.7*float64(asked) {
			t.Errorf("%s: of %d undecided, %d were decided by the rounds advised", c.name, asked, decided)
		}
	}
}

func TestMoreRoundsIsAboutRight(t *testing.T) {
	// A normal two-sided test at 5% with power 0.8 of a shift of half a standard
	// deviation needs (1.96+0.84)^2/0.25 = 31.4 rounds (Chow, Shao & Wang, section 3.1).
	if got := sampleSize(1, 0.5, normalQuantile(0.975)+normalQuantile(0.8)); math.Abs(got-31.4) > 0.1 {
		t.Errorf("sample size %v", got)
	}
	base := ramp(12)
	head := scaled(base, 1.005, 0.04)
	c := Compare(base, head, Options{})
	if c.Verdict != Undecided || c.MoreRounds < 10 || c.MoreRounds > 200 {
		t.Errorf("%+v", c)
	}
	if c := Compare(base, base, Options{}); c.MoreRounds != -1 {
		t.Errorf("nothing to find: %d more rounds, want -1", c.MoreRounds)
	}
}
