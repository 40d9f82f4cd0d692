package results

import (
	"context"
	"errors"
)

// Conclude sets the run's status from its trials and from the error that ended it.
func (r *Run) Conclude(err error) {
	switch {
	case errors.Is(err, context.Canceled):
		r.Status = RunPartial
		r.Reasons = append(r.Reasons, interrupted)
	case err != nil:
		r.Status = RunPartial
		r.Reasons = append(r.Reasons, err.Error())
	default:
		r.Status = RunComplete
	}
	reasons := r.Environment.Invalid()
	r.Warnings = append(r.Warnings, r.Environment.Warnings()...)
	for _, p := range r.Scenarios {
		found := append(Invalid(p.Scenario, r.Trials), r.saturated(p.Scenario)...)
		if p.Scenario.Measure.Screening {
			r.Warnings = append(r.Warnings, found...)
			r.Warnings = append(r.Warnings, r.overBudget(p.Scenario, func(Trial) bool { return false })...)
		} else {
			reasons = append(reasons, found...)
		}
		r.Warnings = append(r.Warnings, stalled(p.Scenario, r.Trials)...)
		r.Warnings = append(r.Warnings, resent(p.Scenario, r.Trials)...)
		r.Warnings = append(r.Warnings, r.unusual(p.Scenario)...)
	}
	r.Reasons = append(r.Reasons, reasons...)
	if len(reasons) > 0 && r.Status == RunComplete {
		r.Status = RunInvalid
	}
}
