package scenario

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestPlanIsAFunctionOfTheSeed(t *testing.T) {
	a, b := NewPlan(5, 2, 10, 7), NewPlan(5, 2, 10, 7)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same seed gave two plans")
	}
	if reflect.DeepEqual(a, NewPlan(5, 2, 10, 8)) {
		t.Error("two seeds gave the same plan")
	}
	// More warm-up leaves the measured rounds as they are.
	if longer := NewPlan(5, 4, 10, 7); !reflect.DeepEqual(a.Rounds[2:], longer.Rounds[4:]) {
		t.Error("the measured rounds depend on the warm-up")
	}
}

func TestEveryRoundHoldsEveryStrategyOnce(t *testing.T) {
	p := NewPlan(4, 2, 3, 1)
	var numbers []int
	for _, r := range p.Rounds {
		numbers = append(numbers, r.Number)
		sorted := slices.Sorted(slices.Values(r.Order))
		if !slices.Equal(sorted, []int{0, 1, 2, 3}) {
			t.Errorf("round %d holds %v", r.Number, r.Order)
		}
		if r.Warmup() != (r.Number < 0) {
			t.Errorf("round %d: warm-up %v", r.Number, r.Warmup())
		}
	}
	if !slices.Equal(numbers, []int{-1, -2, 1, 2, 3}) {
		t.Errorf("rounds are numbered %v", numbers)
	}
}

// No strategy is favoured with a slot, nor with a predecessor.
func TestOrdersAreUniform(t *testing.T) {
	const strategies, rounds = 4, 24_000
	var slots, before [strategies][strategies]float64
	for _, r := range NewPlan(strategies, 0, rounds, 1).Rounds {
		for slot, s := range r.Order {
			slots[s][slot]++
			if slot > 0 {
				before[s][r.Order[slot-1]]++
			}
		}
	}
	// Six standard deviations of a binomial count.
	near := func(count, want float64) bool { return math.Abs(count-want) < 6*math.Sqrt(want) }
	for s := range strategies {
		for o := range strategies {
			if !near(slots[s][o], rounds/strategies) {
				t.Errorf("strategy %d ran %v times in slot %d of %d rounds", s, slots[s][o], o, rounds)
			}
			if s != o && !near(before[s][o], rounds/strategies) {
				t.Errorf("strategy %d ran %v times after %d of %d rounds", s, before[s][o], o, rounds)
			}
		}
	}
}
