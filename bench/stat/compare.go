package stat

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
)

// Options say how to compare. The zero value is a two-sided test at 5%, of a metric of
// which less is better, with no margin of equivalence.
type Options struct {
	Alpha          float64 // level of the test, and 1 - confidence of the interval; outside (0, 1) it is 0.05
	Margin         float64 // 0.02 asks for "same within 2%"; not above 0, no verdict is Same
	HigherIsBetter bool    // for a rate such as tasks/s
	Until          bool    // the run ends by itself, see Until: every look is judged at a stricter level
	Seed           uint64  // of the sign patterns drawn beyond 500 rounds
}

func (o Options) withDefaults() Options {
	if !(o.Alpha > 0 && o.Alpha < 1) {
		o.Alpha = 1 - defaultConfidence
	}
	if !(o.Margin > 0) || math.IsInf(o.Margin, 1) {
		o.Margin = 0
	}
	return o
}

// price is what a look costs: p-values are multiplied by it.
func (o Options) price() float64 {
	if o.Until {
		return untilPrice
	}
	return 1
}

// Pair is one metric of two strategies, element i of both being of round i.
type Pair struct {
	Base, Head []float64

	// Block has the block of each round, such as its machine; nil if all rounds are of one.
	// Rounds are compared within their block only, and blocks count alike, however many
	// rounds they have: so the question is whether the strategies differ in these blocks.
	// BetweenBlocks answers for others.
	Block []int
}

// PairRounds pairs the figures of the rounds that both have, in the order of the rounds.
func PairRounds(base, head map[int]float64) (p Pair) {
	for _, r := range slices.Sorted(maps.Keys(base)) {
		if h, ok := head[r]; ok {
			p.Base, p.Head = append(p.Base, base[r]), append(p.Head, h)
		}
	}
	return p
}

// Comparison is what the rounds say about head against base.
type Comparison struct {
	Rounds   int `json:"rounds"`             // with a ratio
	Excluded int `json:"excluded,omitempty"` // without: see LogRatios. They count for nothing here, so show them

	Ratio    float64  `json:"ratio"`    // head/base, Hodges-Lehmann; NaN without rounds
	Interval Interval `json:"interval"` // of the ratio, at 1 - Alpha; 0 and +Inf where unbounded

	P         float64 `json:"p"`                 // two-sided, of no difference
	PAdjusted float64 `json:"p_adjusted"`        // for the looks of Until and, by Holm, for the family
	PError    float64 `json:"p_error,omitempty"` // Monte Carlo standard error of P; 0 where it is exact

	Margin        float64 `json:"margin"`          // as asked
	PSame         float64 `json:"p_same"`          // of a difference of at least the margin; 1 without a margin
	PSameAdjusted float64 `json:"p_same_adjusted"` // for the looks of Until and, by Holm, for the family

	Verdict    Verdict `json:"verdict"`
	MoreRounds int     `json:"more_rounds"` // 0 if decided; else about how many more would decide it; -1 if that cannot be told
}

// plain is a Comparison without its methods, to be written by the rules of its tags.
type plain Comparison

// nullableRatio has its Ratio in place of that of plain.
type nullableRatio struct {
	*plain
	Ratio *float64 `json:"ratio"`
}

// MarshalJSON writes a Ratio that is not finite as null, because JSON has no NaN.
func (c Comparison) MarshalJSON() ([]byte, error) {
	p := plain(c)
	return json.Marshal(nullableRatio{&p, orNull(c.Ratio)})
}

// UnmarshalJSON reads what MarshalJSON writes: a Ratio that is missing or null is NaN.
func (c *Comparison) UnmarshalJSON(data []byte) error {
	read := nullableRatio{plain: (*plain)(c)}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	c.Ratio = math.NaN()
	if read.Ratio != nil {
		c.Ratio = *read.Ratio
	}
	return nil
}

// Compare is CompareFamily for a comparison that is shown alone.
func Compare(base, head []float64, o Options) Comparison {
	return CompareFamily([]Pair{{Base: base, Head: head}}, o)[0]
}

// CompareFamily compares every pair, in order, and corrects the p-values for being
// shown together. It never fails: a comparison with fewer than LeastRounds is TooFew.
//
// P is the sign-flip test of the rounds' differences of aligned ranks, see
// logPair.rankDifferences; Ratio and Interval are the same test turned round. Ranks, not
// the values themselves, because a stalled trial then costs one rank, not the comparison;
// aligned, because what a round shares then costs nothing, and no trial has to carry the
// outliers of another where rounds share nothing. Verdict says what follows from them.
func CompareFamily(pairs []Pair, o Options) []Comparison {
	o = o.withDefaults()
	comparisons := make([]Comparison, len(pairs))
	logs := make([]logPair, len(pairs))
	for i, pair := range pairs {
		comparisons[i], logs[i] = estimate(pair, o)
	}
	settle(comparisons, o, LeastRounds(len(pairs), o), func(i int) int { return moreRounds(logs[i], o, len(pairs)) })
	return comparisons
}

// settle corrects a family's p-values and draws the verdicts. least is the fewest rounds
// that can carry one, and more tells how many more would decide the i-th.
func settle(comparisons []Comparison, o Options, least int, more func(i int) int) {
	differ, same := make([]float64, len(comparisons)), make([]float64, len(comparisons))
	for i, c := range comparisons {
		differ[i] = min(1, o.price()*c.P)
		same[i] = min(1, o.price()*c.PSame)
	}
	differ, same = Holm(differ), Holm(same)
	for i := range comparisons {
		c := &comparisons[i]
		c.PAdjusted, c.PSameAdjusted = differ[i], same[i]
		c.Verdict = decide(*c, o, least)
		if c.Verdict == Undecided || c.Verdict == TooFew {
			c.MoreRounds = more(i)
		}
	}
}

// estimate fills in all that needs no knowledge of the family, and returns the logarithms
// that it rests on.
func estimate(pair Pair, o Options) (Comparison, logPair) {
	logs, excluded := newLogPair(pair)
	c := Comparison{Rounds: logs.len(), Excluded: excluded, Margin: o.Margin, PSame: 1}

	center, iv := logs.estimate(1 - o.Alpha/o.price())
	c.Ratio = math.Exp(center)
	c.Interval = Interval{math.Exp(iv.Low), math.Exp(iv.High), 1 - o.price()*(1-iv.Confidence)}

	c.P, c.PError = logs.p(0, o.Seed)
	if o.Margin > 0 {
		c.PSame = logs.equivalence(math.Log1p(o.Margin), o.Seed)
	}
	return c, logs
}

// equivalence is the p-value of two one-sided tests: the larger of that of "the shift is
// at most -margin" and "the shift is at least margin". It is at most alpha exactly when
// the interval at confidence 1 - 2 alpha lies inside the margin (Schuirmann, "A comparison
// of the two one-sided tests procedure and the power approach", J. Pharmacokinetics and
// Biopharmaceutics 15, 1987).
func (x logPair) equivalence(margin float64, seed uint64) float64 {
	return max(x.pSide(-margin, 1, seed), x.pSide(margin, -1, seed))
}
