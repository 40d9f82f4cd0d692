package stat

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func TestHolm(t *testing.T) {
	// The first row is the example of the Wikipedia article on the method; the second
	// is R's p.adjust(c(.01,.02,.03,.04), "holm").
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.01, 0.02, 0.03, 0.04}, []float64{0.04, 0.06, 0.06, 0.06}},
		{[]float64{0.2}, []float64{0.2}},
		{[]float64{math.NaN(), 0.01}, []float64{1, 0.02}},
		{nil, []float64{}},
	} {
		if diff := cmp.Diff(c.want, Holm(c.p), cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("Holm(%v): %s", c.p, diff)
		}
	}
}

func TestHolmIsBetweenRawAndBonferroni(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.Float64Range(0, 1)).Draw(t, "p")
		given := slices.Clone(p)
		adjusted := Holm(p)
		for i := range p {
			if adjusted[i] < p[i] || adjusted[i] > min(1, p[i]*float64(len(p))) {
				t.Fatalf("p %v adjusted %v, of %d", p[i], adjusted[i], len(p))
			}
			for j := range p {
				if p[i] < p[j] && adjusted[i] > adjusted[j] {
					t.Fatalf("order changed: %v -> %v", p, adjusted)
				}
			}
		}
		if !slices.Equal(given, p) {
			t.Fatal("the caller's slice was changed")
		}
	})
}
