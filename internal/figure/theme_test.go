package figure

import (
	"math"
	"testing"
)

func TestContrast(t *testing.T) {
	if got := contrast(rgb(0), rgb(0xFFFFFF)); math.Abs(got-21) > 1e-9 {
		t.Errorf("black on white: %v", got)
	}
	if got := contrast(rgb(0x767676), rgb(0xFFFFFF)); math.Abs(got-4.54) > 0.01 { // WCAG's own example
		t.Errorf("grey on white: %v", got)
	}
}

// No shade is weaker than the weakest full colour of its theme, or than graphics may be.
func TestShadesAreVisible(t *testing.T) {
	for _, theme := range []Theme{Light, Dark} {
		for i := range theme.SeriesCount() {
			full := contrast(theme.Series(i), theme.Background)
			if theme.Shade(i, 1) != theme.Series(i) {
				t.Errorf("%s: the strongest shade of %d is not the colour itself", theme.Name, i)
			}
			for _, part := range []float64{0, 0.5} {
				if got := contrast(theme.Shade(i, part), theme.Background); got < min(3, full) {
					t.Errorf("%s: shade %g of colour %d has contrast %.1f, the colour itself %.1f", theme.Name, part, i, got, full)
				}
			}
		}
	}
}
