package bench

import (
	"time"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
)

// progressMeter converts finished trials into the share of the expected time that has
// passed. It expects every round of a strategy to take as long as the first.
type progressMeter struct {
	to             Progress
	each           map[[2]string]expectedTrial // by scenario and strategy
	rounds         map[string]roundCount       // by scenario
	over, all      int
	passed, expect float64 // seconds
}

// roundCount counts planned rounds.
type roundCount struct{ warmup, measured int }

// expectedTrial is how long a trial should take, in seconds: of the warm-up, and of those
// that are measured.
type expectedTrial struct{ warmup, measured float64 }

func (e expectedTrial) of(warmup bool) float64 {
	if warmup {
		return e.warmup
	}
	return e.measured
}

func newProgressMeter(to Progress, planned []results.Planned) *progressMeter {
	p := &progressMeter{to: to, each: map[[2]string]expectedTrial{}, rounds: map[string]roundCount{}}
	for _, pl := range planned {
		for _, r := range pl.Plan.Rounds {
			p.plan(pl.Scenario, r)
		}
	}
	return p
}

// plan adds a round to the expected time.
func (p *progressMeter) plan(s scenario.Scenario, r scenario.Round) {
	n := p.rounds[s.Name]
	n.warmup, n.measured = max(n.warmup, -r.Number), max(n.measured, r.Number)
	p.rounds[s.Name] = n
	var tasks []time.Duration // drawn once for all strategies, and only if one is new
	for _, i := range r.Order {
		key := [2]string{s.Name, s.Strategies[i].String()}
		if _, known := p.each[key]; !known {
			if tasks == nil {
				tasks = s.Foreseen()
			}
			d := s.Expected(tasks, i)
			p.each[key] = expectedTrial{d.Seconds(), (d + s.Renewal(d)).Seconds()}
		}
		p.all++
		p.expect += p.each[key].of(r.Warmup())
	}
}

func (p *progressMeter) trial(t results.Trial) {
	p.over++
	p.passed += p.each[[2]string{t.Scenario, t.Strategy}].of(t.Warmup())
	if p.to == nil {
		return
	}
	at := Position{Over: p.over, All: p.all, Rounds: p.rounds[t.Scenario].measured, Part: p.passed / p.expect}
	if t.Warmup() {
		at.Rounds = p.rounds[t.Scenario].warmup
	}
	p.to.Trial(t, at)
}
