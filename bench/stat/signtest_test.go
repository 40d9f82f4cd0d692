package stat

import (
	"math"
	"testing"
)

func TestSignTest(t *testing.T) {
	for _, c := range []struct {
		k, n int
		want float64
	}{{8, 8, 1.0 / 256}, {7, 8, 9.0 / 256}, {0, 8, 1}, {4, 8, 163.0 / 256}, {11, 12, 13.0 / 4096}, {3, 0, 1}} {
		if got := SignTest(c.k, c.n); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%d of %d: %v, want %v", c.k, c.n, got, c.want)
		}
	}
}
