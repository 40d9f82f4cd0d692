package strategies

import (
	"slices"
	"sync"
	"time"
)

func init() {
	Register(Spec{
		Name: "hedged-percentile",
		Doc:  "hedged, with a delay that is a percentile of how long the batch's tasks have been taking",
		Params: []Param{WorkersParam(), {
			Name: "percentile", Doc: "percentile of recent task times that is the delay", Kind: Percent, Default: 95, Min: 1, Max: 99,
		}, hedgeBudget()},
		Traits: hedgedTraits,
		Width:  Workers,
		New: func(p Params) (Strategy, error) {
			return hedged{
				workers: p.Int("workers"),
				budget:  p.Fraction("budget"),
				delays:  func() delays { return &percentileDelay{quantile: p.Fraction("percentile")} },
			}, nil
		},
	})
}

const (
	percentileWindow = 256 // tasks remembered: the 99th percentile still has two above it
	percentileFirst  = 20  // tasks seen before the first hedge: the 95th has one above it
	percentileEvery  = 16  // tasks between two readings, which each sort the window
)

// percentileDelay is the delay that "The Tail at Scale" recommends: the time within which
// 95% of requests have answered. A hedged task counts with the time of its winning attempt,
// so the estimate is too short for a heavy tail; the budget limits the cost of that.
type percentileDelay struct {
	quantile float64

	mu     sync.Mutex
	recent [percentileWindow]time.Duration
	sorted [percentileWindow]time.Duration
	seen   int
	delay  time.Duration
}

func (p *percentileDelay) next() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay, p.seen >= percentileFirst
}

func (p *percentileDelay) observe(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.recent[p.seen%percentileWindow] = took
	p.seen++
	if p.seen == percentileFirst || p.seen%percentileEvery == 0 {
		n := copy(p.sorted[:], p.recent[:min(p.seen, percentileWindow)])
		slices.Sort(p.sorted[:n])
		p.delay = p.sorted[int(p.quantile*float64(n))]
	}
}
