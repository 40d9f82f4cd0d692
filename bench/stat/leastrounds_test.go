package stat

import "testing"

func TestLeastRounds(t *testing.T) {
	for _, c := range []struct {
		comparisons int
		o           Options
		want        int
	}{
		{0, Options{}, 6},
		{1, Options{}, 6},
		{2, Options{}, 7},
		{3, Options{}, 7},
		{4, Options{}, 8},
		{6, Options{}, 8},
		{7, Options{}, 9},
		{12, Options{}, 9},
		{13, Options{}, 10},
		{1, Options{Alpha: 0.01}, 8},
		{1, Options{Until: true}, 6},
		{5, Options{Until: true}, 9},
	} {
		if got := LeastRounds(c.comparisons, c.o); got != c.want {
			t.Errorf("%d comparisons, %+v: %d rounds, want %d", c.comparisons, c.o, got, c.want)
		}
		// The rule itself: ratios that all point one way, clearly.
		if c.comparisons == 0 {
			continue
		}
		for n, decided := range map[int]bool{c.want: true, c.want - 1: false} {
			base, head := make([]float64, n), make([]float64, n)
			for i := range base {
				base[i], head[i] = 1, 2+float64(i)/100
			}
			pairs := make([]Pair, c.comparisons)
			for i := range pairs {
				pairs[i] = Pair{Base: base, Head: head}
			}
			if got := CompareFamily(pairs, c.o)[0].Verdict; (got == Slower) != decided {
				t.Errorf("%d comparisons, %+v, in %d rounds: %s", c.comparisons, c.o, n, got)
			}
		}
	}
}
