package results

import (
	"fmt"

	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/bench/stat"
)

// PromiseError is the probability of a wrong statement about whether a strategy keeps a promise
// at a rate. A strategy's highest rate follows from up to four statements on each side (one
// while the rate doubles or halves, three while the interval is bisected), so that its interval
// holds with 95%. With it, 8 rounds that agree are enough.
const PromiseError = 0.05 / 2 / 4

// LeastPromiseRounds is the number of rounds that, if all agree, decide about a promise.
const LeastPromiseRounds = 8

// Standing of a promise at a rate.
type Kept string

// The statements about a promise: most rounds keep it, most rounds break it, or the rounds are
// too few to tell.
const (
	Keeps     Kept = "keeps"
	Breaks    Kept = "breaks"
	Undecided Kept = "undecided"
)

// Promised is how a strategy keeps the promise of its scenario.
type Promised struct {
	Kept   Kept    `json:"kept"`
	Rounds int     `json:"rounds"` // that were measured
	Of     int     `json:"of"`     // rounds that kept the promise
	Broken float64 `json:"broken"` // share of the batches of all rounds that broke it
}

// String is the statement with the rounds that it follows from.
func (p *Promised) String() string {
	if p == nil {
		return ""
	}
	text := map[Kept]string{Keeps: "kept", Breaks: "broken", Undecided: "undecided"}[p.Kept]
	return fmt.Sprintf("%s, %d of %d", text, p.Of, p.Rounds)
}

// JudgePromise judges the measured trials of a strategy, nil without a promise. A trial that
// failed breaks the promise.
func JudgePromise(promise scenario.Promise, trials []Trial) *Promised {
	if promise.Share == 0 || len(trials) == 0 {
		return nil
	}
	p := &Promised{Rounds: len(trials), Kept: Undecided}
	broken, batches := 0, 0
	for _, t := range trials {
		if t.Phase == nil {
			continue
		}
		broken += t.Phase.Broken
		batches += t.Phase.Batches
		if !t.Died() && t.Phase.Keeps(promise) {
			p.Of++
		}
	}
	p.Broken = float64(broken) / float64(max(batches, 1))
	switch {
	case stat.SignTest(p.Of, p.Rounds) <= PromiseError:
		p.Kept = Keeps
	case stat.SignTest(p.Rounds-p.Of, p.Rounds) <= PromiseError:
		p.Kept = Breaks
	}
	return p
}
