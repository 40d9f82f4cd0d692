package strategies

import (
	"slices"
	"time"
)

var gradientParams = []Param{MaxParam(), InitialParam(), {
	Name: "tolerance", Doc: "longest time of a task, relative to the usual one, that does not lower the limit", Kind: Percent, Default: 150, Min: 100, Max: 1000,
}}

func init() {
	Register(Spec{
		Name:   "adaptive-gradient",
		Doc:    "a limit that follows the ratio of the usual time of a task to the present one: it falls when tasks queue",
		Params: gradientParams,
		Check:  CheckInitial,
		Traits: adaptiveTraits,
		Width:  func(p Params) int { return p.Int("max") },
		New:    func(p Params) (Strategy, error) { return adaptive{p.Int("max"), gradientOf(p)}, nil },
	})
}

// gradientOf returns a function that creates a controller with these parameters.
func gradientOf(p Params) func() controller {
	return func() controller {
		return &gradient{
			window:    float64(p.Int("initial")),
			max:       float64(p.Int("max")),
			tolerance: p.Fraction("tolerance"),
		}
	}
}

const (
	gradientReading = 64  // tasks at least in a reading, so that its median is not noise
	gradientQueue   = 4   // tasks that may queue at the server: what lets the limit grow
	gradientFall    = 0.5 // one reading never leaves less than this share of the limit, but for the queue
)

// gradient multiplies the limit by usual time x tolerance / present time, limited to between
// a half and one, and adds a small queue: the gradient rule of Netflix's concurrency-limits.
// The usual time is the shortest present time so far, as in TCP Vegas (Brakmo and Peterson,
// 1995); an average of all times would drift up with the queue that the limit itself causes.
// The present time is the median of a reading: twice as many tasks as run at once, so that
// most of them ran under the present limit. Failed tasks are excluded, because their time
// means nothing. The limit does not change while less than half of it is in use.
type gradient struct {
	window, max float64
	tolerance   float64
	usual       time.Duration
	reading     []time.Duration
	peak        int // most tasks running in this reading
}

func (g *gradient) limit() int { return int(g.window) }

func (g *gradient) observe(s sample) {
	if s.failed {
		return
	}
	g.reading = append(g.reading, s.end-s.start)
	g.peak = max(g.peak, s.running)
	if len(g.reading) < max(gradientReading, 2*g.limit()) {
		return
	}
	slices.Sort(g.reading)
	present := max(1, g.reading[len(g.reading)/2])
	if g.usual == 0 || present < g.usual {
		g.usual = present
	}
	if float64(g.peak) >= g.window/2 {
		slope := min(1, max(gradientFall, g.tolerance*float64(g.usual)/float64(present)))
		g.window = min(g.max, g.window*slope+gradientQueue)
	}
	g.reading, g.peak = g.reading[:0], 0
}
