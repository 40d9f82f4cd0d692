package main

import (
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/internal/doctor"
)

// untilWidth is the width at which simulated runs stop: --until 3%.
const untilWidth = 0.03

// noiseRow is the simulation of one noise model.
type noiseRow struct {
	Noise     string      `json:"noise"`
	Blocked   doctor.Rate `json:"blocked"` // false positives, unpaired
	Paired    doctor.Rate `json:"paired"`  // false positives, fanbench
	Held      doctor.Rate `json:"held"`    // coverage of fanbench's intervals
	UntilHeld doctor.Rate `json:"until_held"`
	Rounds    float64     `json:"until_rounds"` // mean number with --until
}

// simulated returns a row for each noise model.
func simulated(p simulate.Plan) []noiseRow {
	var rows []noiseRow
	of := map[string]*noiseRow{}
	for _, c := range p.Coverage() {
		rows = append(rows, noiseRow{Noise: c.Noise, Held: rate(c.Held)})
	}
	for i := range rows {
		of[rows[i].Noise] = &rows[i]
	}
	for _, r := range p.Rejections(1) {
		switch {
		case r.Schedule == simulate.Blocks && r.Test == simulate.MannWhitney:
			of[r.Noise].Blocked = rate(r.Rejected)
		case r.Schedule == simulate.RandomPairs && r.Test == simulate.Verdict:
			of[r.Noise].Paired = rate(r.Rejected)
		}
	}
	for _, s := range p.Stopping(stat.Until{Width: untilWidth}) {
		if s.Rule == simulate.RuleUntil {
			of[s.Noise].UntilHeld, of[s.Noise].Rounds = rate(s.Held), s.Rounds
		}
	}
	return rows
}

func rate(r simulate.Rate) doctor.Rate { return doctor.NewRate(r.Runs, r.Of) }

// share is the rate, 0..1; 0 without comparisons.
func share(r doctor.Rate) float64 { return float64(r.Different) / float64(max(1, r.Of)) }
