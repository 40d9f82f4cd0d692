package main

import (
	"fmt"
	"math"

	"github.com/jedib0t/go-pretty/v6/table"
)

// littleResult is a phase's number in the system in both ways in which fanbench computes it.
type littleResult struct {
	Phase    string  `json:"phase"`
	InSystem float64 `json:"in_system"` // the time of all batches within the window, by its length
	Little   float64 `json:"little"`    // rate times mean response time
	// Ends is by how much the two must differ: the batches that arrived before the window
	// count for the first alone, and what is left of others after it for the second.
	Ends float64 `json:"ends"`
}

func newLittle(f *phase) littleResult {
	a := f.scenario.Workload.Arrivals
	from, to := int64(a.Warmup), int64(a.Warmup+a.For)
	r := littleResult{Phase: f.scenario.Name, InSystem: f.trial.Phase.InSystem, Little: f.trial.Phase.Little}
	n := f.scenario.Workload.Tasks
	for b := range f.batches {
		end := f.batches[b].End
		for i := range f.tasks[b*n : (b+1)*n] {
			end = max(end, f.tasks[b*n+i].End)
		}
		if ready := f.batches[b].Ready; ready < from {
			r.Ends += float64(max(0, min(end, to)-from))
		} else {
			r.Ends -= float64(max(0, end-to))
		}
	}
	r.Ends /= float64(a.For)
	return r
}

// off is the difference of the two, as a part; but is what the ends of the window leave of it.
func (r littleResult) off() (all, but float64) {
	return (r.InSystem - r.Little) / r.Little, (r.InSystem - r.Ends - r.Little) / r.Little
}

// mostLittle is by how much the two may differ.
const mostLittle = 0.01

func littleSection(list []littleResult) section {
	s := section{
		title: "Little's law",
		text:  "The mean number of batches in the system, by the time that each spent in the window, against the rate times the mean response time of the batches that arrived in it. Ends: batches that are under way when the window begins count for the first alone, and the time after its end for the second. In a long window that is nothing.",
		table: newTable("phase", "in system", "rate x mean response", "difference", "without the ends"),
	}
	g := newGoals(fmt.Sprintf("both differ by at most %.0f%%, without the ends", 100*mostLittle))
	for _, r := range list {
		all, but := r.off()
		s.table.AppendRow(table.Row{r.Phase, fmt.Sprintf("%.3f", r.InSystem), fmt.Sprintf("%.3f", r.Little), signedPercent(all), signedPercent(but)})
		g.add(metIf(math.Abs(but) <= mostLittle))
	}
	s.goals = []*goals{g}
	return s
}
