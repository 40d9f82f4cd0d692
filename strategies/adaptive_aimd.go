package strategies

import "time"

var aimdParams = []Param{MaxParam(), InitialParam(), {
	Name: "backoff", Doc: "what a decrease multiplies the limit by", Kind: Percent, Default: 50, Min: 1, Max: 99,
}, {
	Name: "slow", Doc: "a task that takes longer counts as overload", Kind: Duration,
	Default: int64(time.Second), Min: int64(time.Microsecond), Max: int64(time.Hour),
}}

func init() {
	Register(Spec{
		Name:   "adaptive-aimd",
		Doc:    "a limit that grows by one per round trip while tasks go well, and shrinks by a factor when one fails or is slow",
		Params: aimdParams,
		Check:  CheckInitial,
		Traits: adaptiveTraits,
		Width:  func(p Params) int { return p.Int("max") },
		New:    func(p Params) (Strategy, error) { return adaptive{p.Int("max"), aimdOf(p)}, nil },
	})
}

// aimdOf returns a function that creates a controller with these parameters.
func aimdOf(p Params) func() controller {
	return func() controller {
		return &aimd{
			window:  float64(p.Int("initial")),
			max:     float64(p.Int("max")),
			backoff: p.Fraction("backoff"),
			slow:    p.Duration("slow"),
		}
	}
}

// aimd is additive increase, multiplicative decrease (Chiu and Jain, 1989), the rule of TCP
// Reno. The limit grows by one after as many successful tasks as the limit, and is cut by
// the backoff factor after an error or a slow task. Tasks that started before the last cut
// do not cut again, because they did not run under the smaller limit. The limit does not
// grow while less than half of it is in use.
type aimd struct {
	window, max float64
	backoff     float64
	slow        time.Duration
	cut         time.Duration // when the last decrease was
}

func (a *aimd) limit() int { return int(a.window) }

func (a *aimd) observe(s sample) {
	switch {
	case s.failed || s.end-s.start > a.slow:
		if s.start >= a.cut {
			a.window = max(1, a.window*a.backoff)
			a.cut = s.end
		}
	case float64(s.running) >= a.window/2:
		a.window = min(a.max, a.window+1/a.window)
	}
}
