package summary

import (
	"errors"
	"fmt"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/scenario"
	"github.com/fanbench/fanbench/strategies"
)

// reader reads the files of a run's trials. An unreadable file is a warning, except for
// damaged records, which are already among the run's reasons.
type reader struct {
	run      *results.Run
	warnings []string
}

// records visits a trial's records as far as they can be read.
func (r *reader) records(t results.Trial, visit func(task int, record *strategies.Record)) {
	if err := r.run.ScanRecords(t, visit); err != nil && !errors.Is(err, results.ErrDamaged) {
		r.warnings = append(r.warnings, fmt.Sprintf("%s, %s, %s: %v", t.Scenario, t.Strategy, results.RoundName(t.Round), err))
	}
}

// shownTrials returns the trials whose timelines are drawn, nil for a strategy without one. It
// is the strategy's trial in the given round or, without one, its last trial, even if that is
// a warm-up that it did not survive.
func shownTrials(run *results.Run, s scenario.Scenario, round int) (shown []*results.Trial) {
	for _, c := range s.Strategies {
		var show *results.Trial
		for _, t := range run.Of(s.Name, c.String()) {
			if show == nil || show.Round != round {
				show = &t
			}
		}
		shown = append(shown, show)
	}
	return shown
}
