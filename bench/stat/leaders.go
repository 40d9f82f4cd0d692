package stat

import "slices"

// Leaders tells which strategies are in the leading group: those that no other is shown
// to beat. metric has one strategy per element, element i of which is of round i.
//
// Each strategy meets all others in a family of its own, and leaves the group if any
// comes out better. So the best one is in the group with probability at least
// 1 - Alpha, and the group shrinks as rounds are added (subset selection: Gupta, "On
// some multiple decision (selection and ranking) rules", Technometrics 7, 1965; Hsu,
// "Constrained simultaneous confidence intervals for multiple comparisons with the
// best", Annals of Statistics 12, 1984, for why a family of its own is enough). Who is
// within the margin of the best stays. A strategy without a single positive, finite
// value is in no group.
func Leaders(metric [][]float64, o Options) []bool {
	leads := make([]bool, len(metric))
	for i, own := range metric {
		var rivals []Pair
		for j, other := range metric {
			if j != i {
				rivals = append(rivals, Pair{Base: own, Head: other})
			}
		}
		beaten := slices.ContainsFunc(CompareFamily(rivals, o), func(c Comparison) bool {
			return c.Verdict == Faster
		})
		leads[i] = !beaten && slices.ContainsFunc(own, positive)
	}
	return leads
}
