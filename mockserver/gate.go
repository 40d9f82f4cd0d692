package mockserver

import (
	"math"
	"sync"
	"time"

	"github.com/fanbench/fanbench/mockserver/config"
	"github.com/fanbench/fanbench/mockserver/internal/clock"
)

// gate makes an engine refuse all connections while a fault strikes every one of them. Only
// the kernel can refuse a connection: it does so if nothing listens. A fault that strikes
// only some connections is decided after they were accepted, and resets them; see
// model.accept.
type gate struct {
	model  *model
	engine engine
	mu     sync.Mutex
	timer  *time.Timer // of the next look, nil if there is nothing to wait for
	shut   bool        // nothing listens
	ended  bool
}

// retryListening is when one that could not listen tries again.
const retryListening = 50 * time.Millisecond

// look shuts or opens the gate as the current faults require, and sets the timer for the
// next change. It blocks until connections are refused or accepted.
func (g *gate) look() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return
	}
	if g.timer != nil {
		g.timer.Stop()
		g.timer = nil
	}
	shut, until := g.model.refusesAll(clock.Now())
	if shut != g.shut {
		switch g.engine.listen(!shut) {
		case nil:
			g.shut = shut
		default:
			// A system that cannot refuse resets connections, as for a fault that strikes some;
			// one that cannot listen again, for lack of memory, tries again.
			if !shut {
				until = clock.Now() + int64(retryListening)
			}
		}
	}
	if until != math.MaxInt64 {
		g.timer = time.AfterFunc(time.Duration(until-clock.Now()), g.look)
	}
}

// end keeps the gate as it is from now on.
func (g *gate) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	if g.timer != nil {
		g.timer.Stop()
	}
}

// refusesAll reports whether a fault refuses every connection at a time, and until when;
// math.MaxInt64 means forever.
func (m *model) refusesAll(now int64) (all bool, until int64) {
	until = math.MaxInt64
	begin := m.begin.Load()
	b, _ := m.behavior()
	for _, f := range b.Faults {
		if f.Kind != config.FaultRefuse || len(f.Tasks) > 0 || f.Probability != 0 && f.Probability != 1 {
			continue
		}
		from := later(begin, int64(f.After))
		to := int64(math.MaxInt64)
		if f.For > 0 {
			to = later(from, int64(f.For))
		}
		if now >= from && now < to {
			all = true
		}
		for _, edge := range []int64{from, to} {
			if edge > now {
				until = min(until, edge)
			}
		}
	}
	return all, until
}
