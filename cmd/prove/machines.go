package main

import (
	"fmt"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/internal/doctor"
)

// mostHeld is the maximum coverage of 95% intervals of another machine where machines differ.
const mostHeld = 0.97

// machineRow is the simulation of runs of several machines with one kind of noise.
type machineRow struct {
	Noise     string      `json:"noise"`
	Machines  int         `json:"machines"`
	Spread    float64     `json:"spread"`   // of the ratio between machines, in units of the noise
	Rejected  doctor.Rate `json:"rejected"` // false positives on these machines, where machines do not differ
	Held      doctor.Rate `json:"held"`     // coverage of the mean over machines
	Predicted doctor.Rate `json:"predicted"`
}

// machineNoises are the kinds of noise that machines have in the simulation.
var machineNoises = []string{"iid", "AR(1) .9", "heavy tails, t(2)"}

// acrossMachines simulates runs of several machines.
func acrossMachines(p simulate.Plan) (rows []machineRow) {
	p.Noises = slices.DeleteFunc(simulate.Noises(), func(n simulate.Noise) bool { return !slices.Contains(machineNoises, n.Name) })
	for _, r := range p.Machines() {
		rows = append(rows, machineRow{r.Noise, r.Machines, r.Spread, rate(r.Rejected), rate(r.Held), rate(r.Predicted)})
	}
	return rows
}

// machines is the section about runs of several machines.
func (p *proof) machines() section {
	s := section{
		title: "Simulated: several machines",
		table: newTable("noise", "machines", "spread", "called different on these", "coverage, another machine", "prediction held"),
	}
	alike, held, alone := newGoals("false positive rate of 3 to 7% on these machines"), newGoals("coverage of 93 to 97% where machines differ by 2 sigma"), newGoals("coverage of at least 93% where they differ less")
	for _, r := range p.Machines {
		known := func(r doctor.Rate) string {
			if r.Of == 0 {
				return "-"
			}
			return percent(r)
		}
		s.table.AppendRow(table.Row{r.Noise, r.Machines, fmt.Sprintf("%g sigma", r.Spread), known(r.Rejected), known(r.Held), known(r.Predicted)})
		if r.Rejected.Of > 0 {
			alike.add(rateWithin(r.Rejected, leastFalse, mostFalse))
		}
		switch {
		case r.Held.Of == 0:
		case r.Spread >= 2:
			held.add(rateWithin(r.Held, leastHeld, mostHeld))
		default:
			alone.add(rateWithin(r.Held, leastHeld, 1))
		}
	}
	if len(p.Machines) > 0 {
		s.text = "Identical strategies on machines that differ in speed, in noise (standard deviations by a factor of up to 7) and in their number of rounds (4 to 16). Spread: standard deviation, between machines, of the ratio's logarithm, in units of the noise. Called different: the verdict on these machines, where they do not differ. Coverage: of the interval of the mean over machines like these; prediction: of the ratio on one more machine. Where machines hardly differ, the interval of few machines is wider than 95%: it is never narrower than if they did not differ at all."
	}
	s.goals = []*goals{alike, held, alone}
	return s
}
