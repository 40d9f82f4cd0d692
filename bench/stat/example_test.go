package stat_test

import (
	"fmt"

	"github.com/fanbench/fanbench/bench/stat"
)

// Two strategies, makespans in seconds, element i of both being of round i.
var (
	sequential = []float64{2.01, 2.20, 1.99, 2.45, 2.02, 2.11, 1.98, 2.05, 2.30, 2.04}
	pool       = []float64{1.03, 1.14, 1.01, 1.22, 1.02, 1.10, 1.00, 1.04, 1.18, 1.03}
)

func ExampleCompare() {
	c := stat.Compare(sequential, pool, stat.Options{Margin: 0.02})
	fmt.Printf("%s: ratio %.3f (%.3f to %.3f at %.1f%%), p = %.3f, %d rounds\n", c.Verdict,
		c.Ratio, c.Interval.Low, c.Interval.High, 100*c.Interval.Confidence, c.P, c.Rounds)
	// Output:
	// faster: ratio 0.509 (0.505 to 0.514 at 95.0%), p = 0.002, 10 rounds
}

func ExampleCompareFamily() {
	almost := []float64{2.02, 2.18, 2.00, 2.44, 2.03, 2.10, 1.99, 2.04, 2.31, 2.03}
	family := []stat.Pair{{Base: sequential, Head: pool}, {Base: sequential, Head: almost}}
	for _, c := range stat.CompareFamily(family, stat.Options{Margin: 0.02}) {
		fmt.Printf("%-6s adjusted p = %.3f, of a difference of 2%%: %.3f\n", c.Verdict, c.PAdjusted, c.PSameAdjusted)
	}
	// Output:
	// faster adjusted p = 0.004, of a difference of 2%: 1.000
	// same   adjusted p = 0.656, of a difference of 2%: 0.002
}

func ExampleUntil() {
	plan := stat.Until{Width: 0.012, Min: 6, Max: 10}
	for _, rounds := range plan.Looks() {
		// A real run would measure up to this round, then look.
		c := stat.Compare(sequential[:rounds], pool[:rounds], stat.Options{Until: true})
		fmt.Printf("%d rounds, %.1f%%: narrow %v\n", rounds, 100*c.Interval.Confidence, plan.Narrow(c.Interval))
		if plan.Narrow(c.Interval) {
			break
		}
	}
	// Output:
	// 6 rounds, 95.0%: narrow false
	// 8 rounds, 95.0%: narrow false
	// 10 rounds, 95.0%: narrow true
}
