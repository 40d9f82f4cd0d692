package main

import (
	"fmt"

	"github.com/fanbench/fanbench/internal/doctor"
)

// outcome is the relation of a figure to its goal.
type outcome string

// The outcomes. Open means that there were too few comparisons to decide.
const (
	met    outcome = "met"
	open   outcome = "open"
	missed outcome = "MISSED"
)

// The goals.
const (
	leastFalse, mostFalse = 0.03, 0.07 // range of the false positive rate at a nominal 5%
	leastHeld             = 0.93       // minimum coverage of 95% intervals
	leastUntil            = 0.95       // minimum coverage with --until
	leastSavings          = 3          // minimum ratio of trials for the same power
	unlikely              = 0.05       // p-value below which an effect persists
)

// rateWithin compares a rate with the range of its goal. A rate outside the range is open
// if its confidence interval reaches the range.
func rateWithin(r doctor.Rate, least, most float64) outcome {
	switch value := share(r); {
	case value >= least && value <= most:
		return met
	case r.High >= least && r.Low <= most:
		return open
	}
	return missed
}

// notPersistent compares the prediction of even rounds by odd rounds with its goal.
func notPersistent(p doctor.Persistence) outcome {
	switch {
	case !p.Tested():
		return open
	case p.P > unlikely:
		return met
	}
	return missed
}

// atLeast compares a rate with another that it should not fall below. It is open if their
// confidence intervals overlap.
func atLeast(r, other doctor.Rate) outcome {
	switch {
	case share(r) >= share(other):
		return met
	case r.High >= other.Low:
		return open
	}
	return missed
}

// outcome compares the savings with their goal, by the whole confidence interval.
func (s savings) outcome() outcome {
	switch {
	case s.Interval.Low >= leastSavings:
		return met
	case s.Interval.High >= leastSavings:
		return open
	}
	return missed
}

// goals counts the outcomes for one goal.
type goals struct {
	what  string // "false positives of 3 to 7%"
	lack  string // of what there is too little where an outcome is open
	count map[outcome]int
	all   int
}

func newGoals(what string) *goals {
	return &goals{what: what, lack: "too few comparisons", count: map[outcome]int{}}
}

// newPhaseGoals are those about phases, whose intervals get narrower with their length.
func newPhaseGoals(what string) *goals {
	g := newGoals(what)
	g.lack = "phases too short"
	return g
}

func (g *goals) add(o outcome) {
	g.count[o]++
	g.all++
}

// String describes the goal and its outcomes in one line.
func (g *goals) String() string {
	text := fmt.Sprintf("Goal: %s. ", g.what)
	switch {
	case g.all == 0:
		return text + "Not measured."
	case g.count[met] == g.all && g.all > 1:
		return text + fmt.Sprintf("Met in all %d cases.", g.all)
	case g.count[met] == g.all:
		return text + "Met."
	case g.count[missed] > 0:
		text += "MISSED"
	default:
		text += "Not shown"
	}
	if g.all > 1 {
		text += fmt.Sprintf(": met in %d of %d cases, missed in %d, open in %d", g.count[met], g.all, g.count[missed], g.count[open])
	}
	if g.count[open] > 0 {
		text += fmt.Sprintf(" (%s to tell)", g.lack)
	}
	return text + "."
}

// metIf is the outcome of what can be told exactly.
func metIf(yes bool) outcome {
	if yes {
		return met
	}
	return missed
}
