// Package advice decides which strategy to use, with which limit, and explains why. It
// measures nothing:
//
//	summary.Run   of `fanbench advise`, or of any other run
//	  -> Of       an Advice for each scenario except screenings
//
// The rule. Each line keeps only some of the candidates of the line before:
//
//  1. strategies that did every task of every trial, within the error budget;
//  2. the fastest of the leading group (strategies that no other is shown to beat), and those
//     whose estimated makespan exceeds the fastest's by at most the tolerance;
//  3. those that run the fewest tasks at once;
//  4. those that take at most a tenth more memory than the least;
//  5. the plainest.
//
// Line 2 uses the estimate even if the rounds do not prove it: advice that waited for proof
// would be "no limit at all" on every busy machine. The advice says which of the two it is.
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
// meaning or is removed. A new field does not change it.
const Schema = 1

// Advice is the recommendation for a scenario. Times are in seconds, sizes in bytes.
type Advice struct {
	Schema    int              `json:"schema"`
	Run       string           `json:"run"` // name of the run directory
	Status    results.RunState `json:"status"`
	Reasons   []string         `json:"reasons"`  // why the run is partial or invalid
	Warnings  []string         `json:"warnings"` // except those about screenings
	Scenario  string           `json:"scenario"`
	Target    string           `json:"target"`
	Tasks     int              `json:"tasks"`
	Rounds    int              `json:"rounds"`    // completed; all figures are from these
	Planned   int              `json:"planned"`   // planned rounds
	Tolerance float64          `json:"tolerance"` // how much slower than the fastest a lower limit may be, 0..1
	Use       string           `json:"use"`       // the strategy; "" if none can be recommended
	Guess     bool             `json:"guess"`     // too few rounds to decide between the candidates
	Fastest   string           `json:"fastest"`   // of the leading group; the candidates are compared with it
	Summary   string           `json:"summary"`   // the advice in one sentence

	Candidates []*Candidate `json:"candidates"`         // strategies that did all their work, ordered by ratio, the fastest first
	Excluded   []Excluded   `json:"excluded"`           // strategies that did not, here or in the screening
	Screenings []Screening  `json:"screenings"`         // the screenings before the decision
	LeftOut    *LeftOut     `json:"left_out,omitempty"` // what was not measured because it cannot win; nil for nothing
	Untried    []string     `json:"untried"`            // what more time would be spent on, in a few words each
	Slots      int          `json:"slots"`              // known workers of the target; 0 means unknown
	HTTP       bool         `json:"http"`               // the tasks are requests to a server

	Load *Load `json:"load,omitempty"` // for batches that arrive; then there are no candidates
}

// Standing is the result of the rounds for a candidate.
type Standing string

// The standings.
const (
	ToUse     Standing = "use"       // the advice
	AsGood    Standing = "as good"   // the fastest, or shown to be the same within the tolerance
	Undecided Standing = "undecided" // neither shown to be as good nor to be slower
	Slower    Standing = "slower"    // another is shown to beat it, by more than the tolerance
)

// Candidate is a strategy that can be recommended.
type Candidate struct {
	Strategy    string           `json:"strategy"`
	Standing    Standing         `json:"standing"`
	Width       int              `json:"width"` // concurrency limit
	Makespan    *summary.Spread  `json:"makespan"`
	VsFastest   *stat.Comparison `json:"vs_fastest"` // nil for the fastest
	Shown       bool             `json:"shown"`      // shown to be the same as the fastest within the tolerance
	Efficiency  *float64         `json:"efficiency"`
	PeakRSS     *float64         `json:"peak_rss_bytes"`
	CPU         *float64         `json:"cpu"` // of one trial
	Threads     *float64         `json:"threads"`
	Goroutines  *float64         `json:"goroutines"`
	Connections *float64         `json:"connections"`
	Service     *float64         `json:"service"`   // mean time of a task from its start to its end
	Behaviour   *Behaviour       `json:"behaviour"` // nil if not declared, as for programs
}

// Excluded is a strategy that did not do its work.
type Excluded struct {
	Strategy string `json:"strategy"`
	Why      string `json:"why"`
}

// Screening is a first look, which chose what was measured next.
type Screening struct {
	Scenario string   `json:"scenario"`
	Pilot    bool     `json:"pilot"` // has fewer tasks than the batch, to find out how long one takes
	Rounds   int      `json:"rounds"`
	Tried    []string `json:"tried"`
	// LeastWidth is the lowest concurrency limit among them.
	LeastWidth int        `json:"least_width"`
	Dropped    []Screened `json:"dropped"` // did not fail but were not measured further, the best first
}

// LeftOut is what was not measured because its batch takes at least longer than the best took.
type LeftOut struct {
	Strategies []string `json:"strategies"` // candidates
	Limit      int      `json:"limit"`      // all untried limits up to this one
	Least      float64  `json:"least"`      // that the batch takes at that limit
	Task       float64  `json:"task"`       // that a task takes at least on average, as measured; 0 if the scenario states the latencies
	Best       string   `json:"best"`       // the best strategy of the screening
	Takes      float64  `json:"takes"`      // by it, as measured there; if the latencies are stated, with typical ones
}

// Screened is a strategy that was dropped in a screening.
type Screened struct {
	Strategy  string  `json:"strategy"`
	Width     int     `json:"width"`
	TimesBest float64 `json:"times_best"` // median makespan relative to the best working strategy of the screening
}

// Of derives the advice from a run, one for each scenario except screenings. For a run that
// ended in its screening, it returns a single advice without a recommendation.
func Of(r *summary.Run) []*Advice {
	if len(r.Scenarios) > 0 && r.Scenarios[0].Promise != "" {
		return []*Advice{ofLoad(r, r.Scenarios[0])}
	}
	var out []*Advice
	for _, sc := range r.Concluded() {
		out = append(out, of(r, sc))
	}
	if n := len(r.Scenarios); n > 0 && len(out) == 0 {
		last := *slices.MaxFunc(r.Scenarios, func(x, y *summary.Scenario) int { return cmp.Compare(x.Tasks, y.Tasks) }) // a pilot has fewer tasks
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
	a.leaveOut(r, sc)
	a.Untried = untried(r, sc, a)
	a.nearLimit(sc)
	a.Summary = a.sentence()
	return a
}

// warnings returns the run's warnings that are not about a screening.
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

// newCandidate compares a strategy with the fastest; c is nil for the fastest itself. tooFew
// means that there are too few rounds to show anything.
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

// exclude adds the strategies of a scenario that did not do their work.
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
	best := 0.0 // of those that did their work; the fastest come first
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

// leaveOut says what was not measured, unless what it cannot beat is excluded after all.
func (a *Advice) leaveOut(r *summary.Run, sc *summary.Scenario) {
	l := sc.LeftOut
	if l == nil || slices.ContainsFunc(a.Excluded, func(e Excluded) bool { return e.Strategy == l.Best }) {
		return
	}
	a.LeftOut = &LeftOut{Limit: l.Limit, Least: l.Least.Seconds(), Task: l.Task.Seconds(), Best: l.Best, Takes: l.Takes.Seconds(), Strategies: []string{}}
	for _, name := range l.Strategies { // a later stage may have measured it
		if !slices.ContainsFunc(r.Scenarios, func(s *summary.Scenario) bool { return s.Tasks == sc.Tasks && s.Find(name) != nil }) {
			a.LeftOut.Strategies = append(a.LeftOut.Strategies, name)
		}
	}
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

// dropped reports whether a screening dropped any working strategy.
func (a *Advice) dropped() bool {
	return slices.ContainsFunc(a.Screenings, func(s Screening) bool { return len(s.Dropped) > 0 })
}
