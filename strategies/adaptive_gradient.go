package strategies

func init() {
	Register(Spec{
		Name: "adaptive-gradient",
		Doc:  "a limit that follows the ratio of the usual time of a task to the present one: it falls when tasks queue",
		Params: []Param{MaxParam(), InitialParam(), {
			Name: "tolerance", Doc: "time of a task, relative to the usual one, that is not yet held against it", Kind: Percent, Default: 150, Min: 100, Max: 1000,
		}},
		Check:  CheckInitial,
		Traits: adaptiveTraits,
		Width:  func(p Params) int { return p.Int("max") },
		New: func(p Params) (Strategy, error) {
			return adaptive{max: p.Int("max"), controller: func() controller {
				return &gradient{
					window:    float64(p.Int("initial")),
					max:       float64(p.Int("max")),
					tolerance: p.Fraction("tolerance"),
				}
			}}, nil
		},
	})
}

const (
	gradientQueue   = 4.0      // tasks that may queue at the server: what lets the limit grow
	gradientSmooth  = 0.2      // share of a new reading in the limit
	gradientUsual   = 2. / 601 // share of a task in the usual time: an average over some 600
	gradientWarmup  = 10       // tasks whose plain mean is the usual time, to start with
	gradientFall    = 0.5      // one reading never asks for less than this share
	gradientForgive = 0.95     // the usual time is cut to this share of itself
	gradientTwice   = 2.0      // while it is more than so many times the present one: a past overload is forgotten
)

// gradient is the rule of Netflix's concurrency-limits (Gradient2), after TCP Vegas:
// the limit is multiplied by usual time x tolerance / present time, between a half
// and one, and a small queue is added, smoothed. It is not moved by failed tasks,
// whose time says nothing, nor while less than half of the limit is in use.
type gradient struct {
	window, max float64
	tolerance   float64
	usual       float64 // nanoseconds
	seen        int
}

func (g *gradient) limit() int { return int(g.window) }

func (g *gradient) observe(s sample) {
	if s.failed {
		return
	}
	took := max(1, float64(s.end-s.start))
	g.learn(took)
	if float64(s.running) < g.window/2 {
		return
	}
	slope := min(1, max(gradientFall, g.tolerance*g.usual/took))
	window := g.window*(1-gradientSmooth) + (g.window*slope+gradientQueue)*gradientSmooth
	g.window = min(g.max, max(1, window))
}

// learn adds a task's time to the usual time.
func (g *gradient) learn(took float64) {
	g.seen++
	share := gradientUsual
	if g.seen <= gradientWarmup {
		share = 1 / float64(g.seen)
	}
	g.usual += share * (took - g.usual)
	if g.usual > gradientTwice*took {
		g.usual *= gradientForgive
	}
}
