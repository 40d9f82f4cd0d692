package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/fanbench/fanbench/bench/stat/simulate"
	"github.com/fanbench/fanbench/internal/doctor"
)

// mostHeld is the maximum coverage of 95% intervals of another machine.
const mostHeld = 0.97

// machineRuns is how many times as many runs there are as of the other simulations. 4,000 give a
// coverage of 95% a standard error of 0.34 percentage points, so that few goals are left open.
const machineRuns = 4

// machineRow is the simulation of runs of several machines with one kind of noise.
type machineRow struct {
	Noise     string      `json:"noise"`
	Machines  int         `json:"machines"`
	Spread    float64     `json:"spread"`    // of the ratio between machines, in units of the noise
	Rejected  doctor.Rate `json:"rejected"`  // false positives on these machines, where machines do not differ
	Unlike    doctor.Rate `json:"unlike"`    // machines said to differ, where they do not
	Held      doctor.Rate `json:"held"`      // coverage of the mean over machines
	Measured  doctor.Rate `json:"measured"`  // predictions that held the ratio as measured on another machine
	Predicted doctor.Rate `json:"predicted"` // predictions that held its true ratio
}

// machineNoises are the kinds of noise that machines have in the simulation.
var machineNoises = []string{"iid", "AR(1) .9", "heavy tails, t(2)"}

// acrossMachines simulates runs of several machines.
func acrossMachines(p simulate.Plan) (rows []machineRow) {
	p.Noises = slices.DeleteFunc(simulate.Noises(), func(n simulate.Noise) bool { return !slices.Contains(machineNoises, n.Name) })
	p.Trials *= machineRuns
	for _, r := range p.Machines() {
		rows = append(rows, machineRow{r.Noise, r.Machines, r.Spread, rate(r.Rejected), rate(r.Unlike), rate(r.Held), rate(r.Measured), rate(r.Predicted)})
	}
	return rows
}

// machines is the section about runs of several machines.
func (p *proof) machines() section {
	s := section{
		title: "Simulated: several machines",
		table: newTable("noise", "machines", "spread", "called different on these", "machines said to differ", "coverage, another machine", "prediction held: measured", "true"),
	}
	alike, unlike := newGoals("false positive rate of 3 to 7% on these machines"), newGoals("at most 7% of machines that do not differ are said to")
	held, measured, truth := newGoals("coverage of 93 to 97% of the mean over machines like these"), newGoals("93 to 97% of predictions hold the ratio as measured on another machine"), newGoals("at least 93% of predictions hold the true ratio of another machine")
	for _, r := range p.Machines {
		row := table.Row{r.Noise, r.Machines, fmt.Sprintf("%g sigma", r.Spread)}
		known := false
		for _, c := range []struct {
			rate        doctor.Rate
			least, most float64
			goals       *goals
		}{
			{r.Rejected, leastFalse, mostFalse, alike},
			{r.Unlike, 0, mostFalse, unlike},
			{r.Held, leastHeld, mostHeld, held},
			{r.Measured, leastHeld, mostHeld, measured},
			{r.Predicted, leastHeld, 1, truth},
		} {
			if c.rate.Of == 0 {
				row = append(row, "-")
				continue
			}
			known = true
			row = append(row, percent(c.rate))
			c.goals.add(rateWithin(c.rate, c.least, c.most))
		}
		if known {
			s.table.AppendRow(row)
		}
	}
	if len(p.Machines) > 0 {
		s.text = fmt.Sprintf("Identical strategies on machines that differ in speed, in noise (standard deviations by a factor of up to 7) and in their number of rounds (4 to 16), in %d runs for each figure. Spread: standard deviation, between machines, of the ratio's logarithm, in units of the noise. Called different: the verdict on these machines, where they do not differ. Said to differ: p_alike of at most 5%%, likewise. Coverage: of the interval of the mean over machines like these. Prediction: of the ratio on one more machine, as it is measured there in 4 to 16 rounds, and as it truly is. Where machines differ by less than the noise of their rounds, fewer predictions hold what is measured: the error of the other machine's rounds then decides, and it differs between machines by a factor of up to 15.", p.Machines[0].Rejected.Of)
	}
	s.goals = []*goals{alike, unlike, held, measured, truth}
	return s
}

// machinesText is the section alone, for a document that has the others already.
func (p *proof) machinesText() string {
	s := p.machines()
	s.text = fmt.Sprintf("Simulated %s in %v, by `make prove-machines`.\n\n%s", p.Began.Format(time.DateOnly), p.Took.Round(time.Second), s.text)
	return markdown("", []section{s})
}
