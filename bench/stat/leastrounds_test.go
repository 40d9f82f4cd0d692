package stat

import "testing"

func TestLeastRounds(t *testing.T) {
	for comparisons, want := range map[int]int{0: 6, 1: 6, 2: 7, 3: 7, 4: 8, 6: 8, 7: 9, 12: 9, 13: 10} {
		if got := LeastRounds(comparisons, 0.05); got != want {
			t.Errorf("%d comparisons: %d rounds, want %d", comparisons, got, want)
		}
		// The rule itself: ratios that all point one way, clearly.
		if comparisons == 0 {
			continue
		}
		for n, decided := range map[int]bool{want: true, want - 1: false} {
			base, head := make([]float64, n), make([]float64, n)
			for i := range base {
				base[i], head[i] = 1, 2+float64(i)/100
			}
			pairs := make([]Pair, comparisons)
			for i := range pairs {
				pairs[i] = Pair{Base: base, Head: head}
			}
			if got := CompareFamily(pairs, Options{})[0].Verdict; (got == Slower) != decided {
				t.Errorf("%d comparisons in %d rounds: %s", comparisons, n, got)
			}
		}
	}
}
