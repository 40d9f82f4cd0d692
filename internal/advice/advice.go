// Package advice says which strategy to use, with which limit, and why. It measures
// nothing:
//
//	summary.Run   of `fanbench advise`, or of any other run
//	  -> Of       an Advice for each scenario but the screenings
//
// The rule, of which each line leaves fewer:
//
//  1. what did every task of every trial, with no more errors than the budget allows;
//  2. of the leading group (what no other is shown to beat), the fastest, and what takes no
//     longer than it by more than the tolerance, as estimated from the rounds;
//  3. of these, what runs the fewest tasks at once;
//  4. of these, what takes no more than a tenth more memory than the least;
//  5. of these, the plainest.
//
// Line 2 accepts the estimate if the rounds do not show more: an advice that waited for
// proof would be "no limit at all" on every busy machine. The advice says which it is.
package advice

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fanbench/fanbench/bench/results"
	"github.com/fanbench/fanbench/bench/stat"
	"github.com/fanbench/fanbench/reports/summary"
)

// Schema is the version of the advice as JSON. It grows by one when a field changes its
// meaning or goes away; a new field leaves it as it is.
const Schema = 1

// Advice is what to use for a scenario. Times are in seconds, sizes in bytes.
type Advice struct {
	Schema    int              `json:"schema"`
	Run       string           `json:"run"` // name of the run directory
	Status    results.RunState `json:"status"`
	Reasons   []string         `json:"reasons"`  // why the run is partial or invalid
	Warnings  []string         `json:"warnings"` // what else a reader should know, screenings left out
	Scenario  string           `json:"scenario"`
	Target    string           `json:"target"`
	Tasks     int              `json:"tasks"`
	Rounds    int              `json:"rounds"`    // held; all figures are from these
	Planned   int              `json:"planned"`   // rounds
	Tolerance float64          `json:"tolerance"` // a difference of makespans that a lower limit is worth
	Use       string           `json:"use"`       // the strategy; "" where none can be recommended
	Guess     bool             `json:"guess"`     // there were too few rounds to decide between those that may be used
	Fastest   string           `json:"fastest"`   // of the leading group; what the candidates are compared with
	Summary   string           `json:"summary"`   // the advice in a sentence

	Candidates []*Candidate `json:"candidates"` // that did all their work, the fastest first by the ratios
	Excluded   []Excluded   `json:"excluded"`   // that did not, here or in the screening
	Screenings []Screening  `json:"screenings"` // what came before
	Untried    []string     `json:"untried"`    // what more time would be spent on, each in a few words
	Slots      int          `json:"slots"`      // that the target is known to have; 0 is not known
	HTTP       bool         `json:"http"`       // the tasks are requests to a server
}

// Standing is what the rounds say about a candidate.
type Standing string

// The standings.
const (
	ToUse     Standing = "use"       // the advice
	AsGood    Standing = "as good"   // shown to be the same within the tolerance as the fastest, or the fastest itself
	Undecided Standing = "undecided" // not shown to be as good, nor to be slower
	Slower    Standing = "slower"    // another is shown to beat it, by more than the tolerance
)

// Candidate is a strategy that may be used.
type Candidate struct {
	Strategy    string           `json:"strategy"`
	Standing    Standing         `json:"standing"`
	Width       int              `json:"width"` // the most tasks that it runs at once
	Makespan    *summary.Spread  `json:"makespan"`
	VsFastest   *stat.Comparison `json:"vs_fastest"` // nil for the fastest
	Shown       bool             `json:"shown"`      // to be the same within the tolerance as the fastest
	Efficiency  *float64         `json:"efficiency"`
	PeakRSS     *float64         `json:"peak_rss_bytes"`
	CPU         *float64         `json:"cpu"` // of a trial
	Threads     *float64         `json:"threads"`
	Goroutines  *float64         `json:"goroutines"`
	Connections *float64         `json:"connections"`
	Service     *float64         `json:"service"`   // mean time of a task from its start to its end
	Behaviour   *Behaviour       `json:"behaviour"` // nil where it is not declared, as of programs
}

// Excluded is a strategy that did not do its work.
type Excluded struct {
	Strategy string `json:"strategy"`
	Why      string `json:"why"`
}

// Screening is a first look, which chose what was measured.
type Screening struct {
	Scenario string   `json:"scenario"`
	Pilot    bool     `json:"pilot"` // of fewer tasks than the batch has: it tells how long one takes
	Rounds   int      `json:"rounds"`
	Tried    []string `json:"tried"`
	// LeastWidth is the least that any of them runs at once.
	LeastWidth int        `json:"least_width"`
	Dropped    []Screened `json:"dropped"` // not measured further though nothing failed, the best first
}

// Screened is a strategy that was left behind.
type Screened struct {
	Strategy  string  `json:"strategy"`
	Width     int     `json:"width"`
	TimesBest float64 `json:"times_best"` // median makespan, as a multiple of the best of the screening that did its work
}

// Of returns the advices that follow from a run: one for each scenario except screenings.
// For a run that ended in its screening, the only one says that nothing can be recommended.
func Of(r *summary.Run) []*Advice {
	var out []*Advice
	for _, sc := range r.Concluded() {
		out = append(out, of(r, sc))
	}
	if n := len(r.Scenarios); n > 0 && len(out) == 0 {
		last := *slices.MaxFunc(r.Scenarios, func(x, y *summary.Scenario) int { return cmp.Compare(x.Tasks, y.Tasks) }) // a pilot has fewer
		last.Strategies, last.RoundsHeld, last.Rounds = nil, 0, 0
		out = append(out, of(r, &last))
	}
	return out
}

func of(r *summary.Run, sc *summary.Scenario) *Advice {
	a := &Advice{
		Schema: Schema, Run: r.Run, Status: r.Status, Reasons: r.Reasons, Warnings: warnings(r),
		Scenario: sc.Name, Target: sc.Target, Tasks: sc.Tasks, Rounds: sc.RoundsHeld, Planned: sc.Rounds, Tolerance: sc.Margin,
		Candidates: []*Candidate{}, Excluded: []Excluded{}, Screenings: []Screening{}, Untried: []string{},
		Slots: sc.Slots, HTTP: sc.HTTP,
	}
	if fastest := fastestOf(sc); fastest != nil {
		a.Fastest = fastest.Strategy
		against := sc.Against(fastest)
		for i, st := range sc.Strategies {
			if whyNot(sc, st) == "" {
				a.Candidates = append(a.Candidates, newCandidate(st, against[i], sc.TooFewRounds))
			}
		}
		slices.SortStableFunc(a.Candidates, func(x, y *Candidate) int { return cmp.Compare(x.ratio(), y.ratio()) })
		a.Use = choose(a.Candidates, a.Tolerance)
	}
	a.exclude(sc)
	for _, look := range r.Scenarios {
		if look.Screening {
			a.exclude(look)
			a.Screenings = append(a.Screenings, a.screening(look, sc))
		}
	}
	a.Guess = a.Use != "" && (len(a.Candidates) > 1 || a.dropped()) && a.Rounds < sc.LeastRounds(max(1, len(a.Candidates)-1))
	a.Untried = untried(r, sc, a)
	a.nearLimit(sc)
	a.Summary = a.sentence()
	return a
}

// warnings are the run's warnings, without those about a screening.
func warnings(r *summary.Run) []string {
	out := slices.Clone(r.Warnings)
	for _, sc := range r.Scenarios {
		if sc.Screening {
			out = slices.DeleteFunc(out, func(w string) bool {
				return strings.HasPrefix(w, sc.Name+":") || strings.HasPrefix(w, sc.Name+",")
			})
		}
	}
	return out
}

// newCandidate is a strategy as compared with the fastest; c is nil for that. tooFew says
// that there are too few rounds to show anything.
func newCandidate(st *summary.Strategy, c *stat.Comparison, tooFew bool) *Candidate {
	out := &Candidate{
		Strategy: st.Strategy, Standing: Undecided, Width: st.Width, Makespan: st.Makespan, VsFastest: c, Efficiency: st.Efficiency,
		PeakRSS: st.PeakRSS, CPU: st.CPU, Threads: st.Threads, Goroutines: st.Goroutines, Connections: st.Connections,
		Behaviour: behaviourOf(st.Spec()),
	}
	if st.Service != nil {
		out.Service = &st.Service.Mean
	}
	out.Shown = c == nil || c.Verdict == stat.Same || c.Verdict == stat.Faster
	switch {
	case out.Shown:
		out.Standing = AsGood
	case !st.Leads && !tooFew:
		out.Standing = Slower
	}
	return out
}

// exclude adds what did not do its work in a scenario.
func (a *Advice) exclude(sc *summary.Scenario) {
	for _, st := range sc.Strategies {
		why := whyNot(sc, st)
		known := slices.ContainsFunc(a.Excluded, func(e Excluded) bool { return e.Strategy == st.Strategy })
		if why == "" || known || sc.RoundsHeld == 0 {
			continue
		}
		a.Excluded = append(a.Excluded, Excluded{st.Strategy, why})
	}
}

func (a *Advice) screening(look, sc *summary.Scenario) Screening {
	out := Screening{Scenario: look.Name, Pilot: look.Tasks < sc.Tasks, Rounds: look.RoundsHeld, Tried: []string{}, Dropped: []Screened{}}
	best := 0.0 // of those that did their work; the fastest stand first
	for _, st := range look.Strategies {
		out.Tried = append(out.Tried, st.Strategy)
		if out.LeastWidth == 0 || st.Width < out.LeastWidth {
			out.LeastWidth = st.Width
		}
		if whyNot(look, st) != "" {
			continue
		}
		if best == 0 {
			best = st.Makespan.Median
		}
		if best > 0 && sc.Find(st.Strategy) == nil {
			out.Dropped = append(out.Dropped, Screened{st.Strategy, st.Width, st.Makespan.Median / best})
		}
	}
	return out
}

// Find returns a candidate, nil if there is none of that name.
func (a *Advice) Find(strategy string) *Candidate {
	for _, c := range a.Candidates {
		if c.Strategy == strategy {
			return c
		}
	}
	return nil
}

// dropped reports whether a screening found anything that does its work.
func (a *Advice) dropped() bool {
	return slices.ContainsFunc(a.Screenings, func(s Screening) bool { return len(s.Dropped) > 0 })
}
