package advice

import (
	"fmt"
	"math"
	"slices"

	"github.com/fanbench/fanbench/internal/quantity"
	"github.com/fanbench/fanbench/reports/summary"
)

// closeEnough is a ratio of limits too small to be worth a trial in between.
const closeEnough = 1.06

// untried lists what a search would spend more time on: untried limits next to the advised
// one, or below all failed ones. It is empty for a run without a search.
func untried(r *summary.Run, sc *summary.Scenario, a *Advice) []string {
	out := []string{}
	if len(a.Screenings) == 0 {
		return out
	}
	use := a.Find(a.Use)
	lowest, below, above := math.MaxInt, 0, math.MaxInt // of the limits tried
	for _, s := range r.Scenarios {
		if s.Tasks != sc.Tasks {
			continue // a pilot
		}
		for _, st := range s.Strategies {
			lowest = min(lowest, st.Width)
			if use != nil && st.Width < use.Width {
				below = max(below, st.Width)
			}
			if use != nil && st.Width > use.Width {
				above = min(above, st.Width)
			}
		}
	}
	if l := a.LeftOut; l != nil && use != nil && l.Limit < use.Width {
		below = max(below, l.Limit) // and all that are lower: none of them can win
	}
	switch {
	case use == nil:
		if lowest > 1 && lowest < math.MaxInt {
			out = append(out, limitsFrom(1, lowest-1))
		}
		return out
	case below == 0 && use.Width > 1:
		out = append(out, limitsFrom(1, use.Width-1))
	case gap(below, use.Width):
		out = append(out, limitsFrom(below+1, use.Width-1))
	}
	alike := slices.ContainsFunc(a.Candidates, func(c *Candidate) bool { return c.Width == above && c.Standing == AsGood })
	if a.Fastest == a.Use && !alike && above < math.MaxInt && gap(use.Width, above) {
		out = append(out, limitsFrom(use.Width+1, above-1))
	}
	return out
}

// gap reports whether there is a limit worth a trial between low and high.
func gap(low, high int) bool {
	return low > 0 && high-low > 1 && float64(high) > closeEnough*float64(low)
}

func limitsFrom(low, high int) string {
	if low == high {
		return fmt.Sprintf("a limit of %d", low)
	}
	return fmt.Sprintf("limits from %d to %d", low, high)
}

// nearMemory is the share of the memory limit above which a peak is near it.
const nearMemory = 0.8

// nearLimit warns if the advised strategy's memory comes near the limit.
func (a *Advice) nearLimit(sc *summary.Scenario) {
	use := a.Find(a.Use)
	if use == nil || use.PeakRSS == nil || sc.MemoryLimit == 0 {
		return
	}
	share := *use.PeakRSS / float64(sc.MemoryLimit)
	if share < nearMemory {
		return
	}
	text := fmt.Sprintf("the peak of %s is %s of the memory limit of %s: a batch that needs a little more memory is killed", quantity.Bytes(*use.PeakRSS), quantity.Percent(share), quantity.Bytes(float64(sc.MemoryLimit)))
	for _, c := range a.Candidates {
		if c.Width < use.Width && c.PeakRSS != nil && *c.PeakRSS < nearMemory*float64(sc.MemoryLimit) && c.VsFastest != nil {
			text += fmt.Sprintf("; %s peaks at %s and takes %s of the time of %s", c.Strategy, quantity.Bytes(*c.PeakRSS), quantity.Ratio(c.VsFastest), a.Fastest)
			break
		}
	}
	a.Warnings = append(a.Warnings, text)
}
