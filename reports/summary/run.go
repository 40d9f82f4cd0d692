// Package summary computes every figure that the reports show, once, from a run.
//
//	bench.Run            the manifest and the trials
//	  -> trial records   read as a stream, one pass, never held
//	  -> Run             per scenario and strategy: medians, intervals, comparisons,
//	                     distributions, the timeline of one round
//
// Missing data of a partial or broken run are left out and reported in Warnings. The fields
// with JSON names are summary.json (docs/summary.md); the others are for the charts.
package summary

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fanbench/fanbench/bench/machine"
	"github.com/fanbench/fanbench/bench/results"
)

// Schema is the version of summary.json. It grows by one when a field changes its meaning or
// is removed. A new field does not change it.
const Schema = 3

// confidence is the confidence level of every interval shown.
const confidence = 0.95

// Run is the summary of a run. Times are in seconds, sizes in bytes.
type Run struct {
	Schema      int                 `json:"schema"`
	Run         string              `json:"run"` // name of the run directory
	Status      results.RunState    `json:"status"`
	Reasons     []string            `json:"reasons"`  // why it is partial or invalid
	Warnings    []string            `json:"warnings"` // reservations that do not invalidate the run
	Failures    []string            `json:"failures"` // strategies that crashed, hung, lost work or exceeded the error budget
	Command     []string            `json:"command"`
	Fanbench    string              `json:"fanbench"` // version and commit
	Started     time.Time           `json:"started"`
	Ended       time.Time           `json:"ended"`
	Isolated    bool                `json:"isolated"` // each strategy ran in its own process
	Environment machine.Environment `json:"environment"`
	Machines    []string            `json:"machines,omitempty"`   // of a merged run, each with its shard, processor and instance; environment is that of the first
	Capacities  []Capacity          `json:"capacities,omitempty"` // the highest rates at which strategies keep a promise, the highest first
	Scenarios   []*Scenario         `json:"scenarios"`            // in order of measurement, with screenings last
}

// Of computes every figure of a run.
func Of(run *results.Run) (*Run, error) {
	s := &Run{
		Schema:      Schema,
		Run:         filepath.Base(run.Dir),
		Status:      run.Status,
		Reasons:     slices.Clone(run.Reasons),
		Warnings:    slices.Clone(run.Warnings),
		Failures:    run.Failures(),
		Command:     run.Command,
		Fanbench:    run.Fanbench,
		Started:     run.Started,
		Ended:       run.Ended,
		Isolated:    run.Isolated,
		Environment: run.Environment,
	}
	for _, p := range run.Parts {
		e := p.Environment
		text := fmt.Sprintf("%s (shard %v): %s, %d CPUs", p.Machine(), p.Shard, cmp.Or(e.CPU, e.Arch), e.CPUs)
		if e.Instance != "" {
			text += ", " + e.Instance
		}
		s.Machines = append(s.Machines, text)
	}
	if run.Status == results.RunRunning {
		s.Reasons = append(s.Reasons, "the run is still in progress, or its coordinator was killed")
	}
	for _, p := range run.Scenarios {
		sc, warnings, err := newScenario(run, p.Scenario)
		if err != nil {
			return nil, fmt.Errorf("summing up %s: %w", p.Scenario.Name, err)
		}
		s.Warnings = append(s.Warnings, warnings...)
		sc.Verdict = s.caveat(sc) + sc.Verdict
		s.Scenarios = append(s.Scenarios, sc)
	}
	slices.SortStableFunc(s.Scenarios, func(a, b *Scenario) int { return cmp.Compare(a.looks(), b.looks()) })
	s.Capacities = capacities(s)
	return s, nil
}

// caveat is the text before a scenario's verdict if the run is not complete and valid.
func (r *Run) caveat(sc *Scenario) string {
	look := ""
	if sc.Screening {
		look = "A first look, which chose what was measured next. "
	}
	switch r.Status {
	case results.RunInvalid:
		return "Not a result: the run is invalid. "
	case results.RunPartial, results.RunRunning:
		return look + fmt.Sprintf("From %d of %d rounds. ", sc.RoundsHeld, sc.Rounds)
	}
	return look
}

// StatusLine is the first line of every report of a run that is not complete and valid, "" for
// one that is. It includes the reason if there is only one; otherwise StatusList has them.
func (r *Run) StatusLine() string {
	if r.Status == results.RunComplete {
		return ""
	}
	name := strings.ToUpper(string(r.Status))
	if r.Status == results.RunRunning {
		name = "UNFINISHED"
	}
	return Headed(name, r.Reasons)
}

// StatusList are the reasons for a run's status if there are several.
func (r *Run) StatusList() []string { return Several(r.Reasons) }

// Headed is a heading with its reason or, if there are several, with their number.
func Headed(heading string, reasons []string) string {
	switch len(reasons) {
	case 0:
		return heading
	case 1:
		return heading + ": " + reasons[0]
	}
	return fmt.Sprintf("%s for %d reasons:", heading, len(reasons))
}

// Several returns the items to list below a heading: none if there is only one, which the
// heading includes.
func Several(items []string) []string {
	if len(items) < 2 {
		return nil
	}
	return Listed(items)
}

// Listed returns the first ten items of a list, and the number of further ones.
func Listed(items []string) []string {
	const most = 10
	if n := len(items) - most; n > 0 {
		return append(items[:most:most], fmt.Sprintf("and %d more: summary.json has all", n))
	}
	return items
}
