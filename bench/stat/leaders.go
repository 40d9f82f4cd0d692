package stat

import (
	"math"
	"slices"
)

// Leaders tells which strategies are in the leading group: those that no other is shown
// to beat. metric has one strategy per element, element i of which is of round i. It is
// nil if there are too few rounds to compare: where a strategy has fewer than the
// LeastRounds of its comparisons, so that nothing could show it to be beaten.
//
// Each strategy meets all others in a family of its own, and leaves the group if any
// comes out better. So the best one is in the group with probability at least
// 1 - Alpha, and the group shrinks as rounds are added (subset selection: Gupta, "On
// some multiple decision (selection and ranking) rules", Technometrics 7, 1965; Hsu,
// "Constrained simultaneous confidence intervals for multiple comparisons with the
// best", Annals of Statistics 12, 1984, for why a family of its own is enough). A
// strategy within the margin of the best stays. A strategy without a single positive,
// finite value is in no group and is compared with none.
func Leaders(metric [][]float64, o Options) []bool { return LeadersIn(nil, metric, o) }

// LeadersIn is Leaders for rounds in blocks, see Pair.
func LeadersIn(block []int, metric [][]float64, o Options) []bool {
	var measured []int
	fewest := math.MaxInt
	for i, own := range metric {
		rounds := 0
		for _, v := range own {
			if positive(v) {
				rounds++
			}
		}
		if rounds > 0 {
			measured, fewest = append(measured, i), min(fewest, rounds)
		}
	}
	if len(measured) > 1 && fewest < LeastRounds(len(measured)-1, o) {
		return nil
	}
	leads := make([]bool, len(metric))
	for _, i := range measured {
		var rivals []Pair
		for _, j := range measured {
			if j != i {
				rivals = append(rivals, Pair{Base: metric[i], Head: metric[j], Block: block})
			}
		}
		leads[i] = !slices.ContainsFunc(CompareFamily(rivals, o), func(c Comparison) bool {
			return c.Verdict == Faster
		})
	}
	return leads
}
