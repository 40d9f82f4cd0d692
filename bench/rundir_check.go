package bench

import (
	"fmt"
	"path/filepath"
)

// check reports what a run that was written here cannot have: whoever changes its files
// by hand gets an error for it, and no surprise.
func (r *Run) check() error {
	for _, p := range r.Scenarios {
		for _, round := range p.Plan.Rounds {
			for _, i := range round.Order {
				if i < 0 || i >= len(p.Scenario.Strategies) {
					return fmt.Errorf("%s: round %d of %s: there is no strategy %d", filepath.Join(r.Dir, manifestFile), round.Number, p.Scenario.Name, i)
				}
			}
		}
	}
	for line, t := range r.Trials {
		at := fmt.Sprintf("%s:%d", filepath.Join(r.Dir, trialsFile), line+1)
		switch {
		case t.Round == 0 || t.Round < -MaxRounds || t.Round > MaxRounds:
			return fmt.Errorf("%s: there is no round %d", at, t.Round)
		case !filepath.IsLocal(filepath.FromSlash(t.Records)):
			return fmt.Errorf("%s: records: %q is not a file of the run", at, t.Records)
		}
	}
	return nil
}

// missing is how many trials a run that came to its end held and has no longer. A strategy
// that died had none after that.
func (r *Run) missing() (n int) {
	type key struct {
		scenario, strategy string
		round              int
	}
	held := map[key]Trial{}
	for _, t := range r.Trials {
		held[key{t.Scenario, t.Strategy, t.Round}] = t
	}
	for _, p := range r.Scenarios {
		died := map[int]bool{}
		for _, round := range p.Plan.Rounds {
			for _, i := range round.Order {
				if died[i] {
					continue
				}
				t, ok := held[key{p.Scenario.Name, p.Scenario.Strategies[i].String(), round.Number}]
				if !ok {
					n++
				}
				died[i] = t.Died()
			}
		}
	}
	return n
}
